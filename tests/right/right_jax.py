"""The stages of the forward chain and of the network in JAX, compiled, with gradients."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from right_base import Right

from parity_suite.core.packs import BY_NAME
from parity_suite.ptychography.oracle_network import DAMPING, named

jax.config.update("jax_enable_x64", True)


class Jax(Right):
    """Each stage is a function of JAX arrays, compiled for every shape; places in float64."""

    def _run(self, stage: str, **inputs: Any) -> Any:
        """The stage on NumPy arrays, and what comes out as such."""
        out = self._traced(stage, inputs)
        return {name: np.asarray(one) for name, one in out.items()} if isinstance(out, Mapping) else np.asarray(out)

    def _traced(self, stage: str, inputs: Mapping[str, Any]) -> Any:
        arrays = {name: value for name, value in inputs.items() if isinstance(value, np.ndarray | jax.Array)}
        rest = {name: value for name, value in inputs.items() if name not in arrays}
        return _compiled(stage, str(self.real), tuple(rest.items()))(**arrays)

    def probe(self, probe: Any, probe_scale: float, masked: bool) -> Mapping[str, Any]:
        found = self._run("probe", probe=self.cast(probe), probe_scale=probe_scale, masked=masked)
        return {"probe": found["probe"], "factor": float(found["factor"])}

    def extract(self, object: Any, positions: Any, size: int) -> Any:
        return self._run("extract", object=self.cast(object), positions=positions, size=int(size))

    def illuminate(self, patches: Any, probe: Any) -> Any:
        return self._run("illuminate", patches=self.cast(patches), probe=self.cast(probe))

    def diffract(self, psi: Any) -> Any:
        return self._run("diffract", psi=self.cast(psi))

    def scale(self, psi: Any, nphotons: float, size: int, learned: float | None = None) -> Mapping[str, Any]:
        if learned is not None:
            return {"scale": self.real.type(learned), "source": "learned"}
        if psi is not None:
            power = np.asarray(self._run("power", psi=self.cast(psi)))
            return {"scale": self.real.type(np.sqrt(nphotons / power)), "source": "data"}
        return {"scale": self.real.type(np.sqrt(nphotons) / (size / 2)), "source": "closed"}

    def translate(self, images: Any, offsets: Any, interpolation: str | None = None) -> Any:
        return self._run("translate", images=self.cast(images), offsets=offsets, interpolation=interpolation)

    def reassemble(
        self, patches: Any, positions: Any, centre: Any, canvas: Any, batch: int | None = None
    ) -> Mapping[str, Any]:
        given = {"patches": self.cast(patches), "positions": positions, "centre": centre}
        return self._run("reassemble", **given, canvas=tuple(map(int, canvas)))  # type: ignore[no-any-return]

    def loss(self, amplitude: Any, counts: Any, scale: float, patches: Any) -> Mapping[str, Any]:
        given = {"amplitude": self.cast(amplitude), "counts": counts, "patches": self.cast(patches)}
        return {name: float(one) for name, one in self._run("loss", **given, scale=np.float64(scale)).items()}

    def network(self, amplitude: Any, probe: Any, scale: float, weights: Any) -> Any:
        given = {"amplitude": amplitude, "probe": probe, "weights": weights}
        cast = {name: self.cast(one) for name, one in given.items()}
        return self._run("network", **cast, scale=np.asarray(scale))

    def objective(
        self,
        counts: Any,
        positions: Any,
        centres: Any,
        probe: Any,
        scale: float,
        weights: Any,
        canvas: Any,
        object_big: bool,
        power: float | None = None,
    ) -> Mapping[str, Any]:
        given = {"counts": counts, "positions": positions, "centres": centres}
        cast = {"probe": self.cast(probe), "weights": self.cast(weights), "scale": np.asarray(scale)}
        rest = {"canvas": tuple(map(int, canvas)), "object_big": bool(object_big), "power": power}
        found = self._run("objective", **given, **cast, **rest)
        return {"amplitude": found["amplitude"], "poisson_nll": float(found["poisson_nll"])}

    def stats(self, patches: Any) -> Mapping[str, Any]:
        return self._run("stats", patches=patches)  # type: ignore[no-any-return]

    def put(self, array: Any) -> Any:
        return jnp.asarray(array)

    def get(self, handle: Any) -> Any:
        return np.asarray(handle)

    def chain(self, stages: Sequence[tuple[str, Mapping[str, Any]]], handle: Any) -> Any:
        for stage, rest in stages:
            cast = {name: self.cast(one) if name == "probe" else one for name, one in rest.items()}
            handle = self._traced(stage, {BY_NAME[stage].inputs[0].name: handle, **cast})
        return handle

    def vjp(self, stage: str, inputs: Mapping[str, Any], output: str, wrt: str, cotangent: Any) -> Any:
        """``dL/dRe + i dL/dIm`` of ``L = Re sum(conj(cotangent) output)``."""
        kept = ("positions", "centre", "centres", "offsets", "counts")
        given = {
            name: self.cast(one) if isinstance(one, np.ndarray) and name not in kept else one
            for name, one in inputs.items()
            if name != "batch"
        }
        given = {name: tuple(one) if name == "canvas" else one for name, one in given.items()}
        start = jnp.asarray(given[wrt])
        arrays = {name: one for name, one in given.items() if isinstance(one, np.ndarray) and name != wrt}
        rest = {name: one for name, one in given.items() if name not in arrays and name != wrt}

        def along(x: Any) -> Any:
            found = _STAGES[stage](self.real, **arrays, **rest, **{wrt: x})
            out = found[output] if isinstance(found, Mapping) else found
            return jnp.sum(jnp.real(jnp.conj(cotangent) * out))

        return np.conj(np.asarray(jax.grad(along)(start)))


def _compiled(stage: str, precision: str, rest: tuple[tuple[str, Any], ...]) -> Callable[..., Any]:
    key = stage, precision, rest
    if key not in _COMPILED:
        _COMPILED[key] = jax.jit(partial(_STAGES[stage], np.dtype(precision), **dict(rest)))
    return _COMPILED[key]


_COMPILED: dict[Any, Callable[..., Any]] = {}


def _power(x: Any) -> Any:
    return jnp.real(x) ** 2 + jnp.imag(x) ** 2


def _sampled(image: Any, rows: Any, columns: Any, real: Any) -> Any:
    """``image`` at the outer grid of places, bilinear, zero outside."""
    top, left = jnp.floor(rows), jnp.floor(columns)
    fy, fx = (rows - top).astype(real)[:, None], (columns - left).astype(real)[None]
    out = jnp.zeros((len(rows), len(columns)), image.dtype)
    for dy, wy in ((0, 1 - fy), (1, fy)):
        for dx, wx in ((0, 1 - fx), (1, fx)):
            r, c = top + dy, left + dx
            inside = ((r >= 0) & (r < image.shape[0]))[:, None] & ((c >= 0) & (c < image.shape[1]))[None]
            y = jnp.clip(r, 0, image.shape[0] - 1).astype(int)
            x = jnp.clip(c, 0, image.shape[1] - 1).astype(int)
            out = out + wy * wx * jnp.where(inside, image[y[:, None], x[None]], 0)
    return out


def _probe(real: Any, probe: Any, probe_scale: float, masked: bool) -> Any:
    n = probe.shape[-1]
    line = jnp.arange(n) - n // 2
    mask = line[:, None] ** 2 + line**2 <= (n / 4) ** 2 if masked else 1
    lit = probe * mask
    factor = real.type(probe_scale) * jnp.mean(jnp.abs(lit))
    return {"probe": lit / factor, "factor": factor}


def _extract(real: Any, object: Any, positions: Any, size: int) -> Any:
    line = jnp.arange(size) - size // 2
    places = jnp.moveaxis(jnp.asarray(positions, float)[:, 0], 2, 1).reshape(-1, 2)
    cut = jax.vmap(lambda p: _sampled(object, line + p[1], line + p[0], real))(places)
    return jnp.moveaxis(cut.reshape(len(positions), positions.shape[3], size, size), 1, 3)


def _illuminate(real: Any, patches: Any, probe: Any) -> Any:
    return patches[:, None] * probe[None, ..., None]


def _diffract(real: Any, psi: Any) -> Any:
    wave = jnp.fft.fft2(psi, axes=(2, 3)) / psi.shape[2]
    power = jnp.fft.fftshift(_power(wave).sum(axis=1), axes=(1, 2))
    # A gradient of zero where there is no light, and not one without end.
    return jnp.where(power > 0, jnp.sqrt(jnp.where(power > 0, power, 1)), 0).astype(real)


def _translate(real: Any, images: Any, offsets: Any, interpolation: str | None = None) -> Any:
    places = jnp.asarray(offsets, float)
    if interpolation == "nearest":
        places = jnp.floor(places) + (places - jnp.floor(places) >= 0.5)
    if len(images):
        places = jnp.repeat(places, len(images) // len(places), axis=0)
    rows, columns = (jnp.arange(side) for side in images.shape[1:3])
    moved = jax.vmap(lambda image, p: _sampled(image, rows - p[1], columns - p[0], real))(images[..., 0], places)
    return moved[..., None]


def _reassemble(
    real: Any, patches: Any, positions: Any, centre: Any, canvas: tuple[int, int], batch: int | None = None
) -> Any:
    side = patches.shape[1]
    own = centre.ndim > 1
    rows, columns = (jnp.arange(n) - n // 2 + side // 2 for n in canvas)
    middle = jnp.asarray(centre, float) if own else jnp.asarray(centre, float).reshape(1, 1, 2, 1)
    places = jnp.moveaxis((positions.astype(float) - middle)[:, 0], 2, 1)

    def put(image: Any, p: Any) -> Any:
        return _sampled(image, rows - p[1], columns - p[0], real)

    tiles = jnp.moveaxis(patches, 3, 1)
    over = (1,) if own else (0, 1)
    numerator = jax.vmap(jax.vmap(put))(tiles, places).sum(axis=over)
    one = jnp.ones((side, side), real)
    count = jax.vmap(jax.vmap(lambda p: put(one, p)))(places).sum(axis=over)
    covered = count >= 1e-3
    filled = jnp.where(covered, numerator / jnp.where(covered, count, 1), 0)
    return {"numerator": numerator, "count": count, "canvas": filled}


def _loss(real: Any, amplitude: Any, counts: Any, scale: Any, patches: Any) -> Any:
    # In float64, as the counts are: close to them a gradient is the difference of two numbers of their size.
    root, n = jnp.asarray(scale, float) * amplitude.astype(float), counts.astype(float)
    rate = jnp.maximum(root**2, 1e-6)
    steps = [jnp.abs(jnp.diff(patches, axis=axis)).sum() for axis in (1, 2)]
    return {
        "poisson_nll": (rate - n * jnp.log(rate)).sum() / len(amplitude),
        "amplitude_mae": jnp.abs(root - jnp.sqrt(n)).mean(),
        "total_variation": sum(steps) / len(amplitude),
    }


def _stats(real: Any, patches: Any) -> Any:
    size = jnp.abs(patches.astype(complex))
    mean, axes = size.mean(axis=(1, 2)), (1, 2)
    spread = jnp.mean((size - mean[:, None, None]) ** 2, axis=axes)
    found = {"mean": mean, "std": jnp.sqrt(spread), "minimum": size.min(axis=axes), "maximum": size.max(axis=axes)}
    return {name: one.astype(real) for name, one in {**found, "var_zero_mean": spread}.items()}


def _network(real: Any, amplitude: Any, probe: Any, scale: Any, weights: Any) -> Any:
    w = _named(weights, amplitude.shape[3])
    update = _update(amplitude / jnp.asarray(scale, real), probe)
    x = jnp.moveaxis(jnp.concatenate([update.real, update.imag], axis=3), 3, 1)
    h0 = jax.nn.silu(_convolved(x, w, "encoder0"))
    h1 = jax.nn.silu(_convolved(_halved(h0), w, "encoder1"))
    h2 = jax.nn.silu(_convolved(_halved(h1), w, "encoder2"))
    y1 = jax.nn.silu(_convolved(_doubled(h2), w, "decoder1") + h1)
    y0 = jax.nn.silu(_convolved(_doubled(y1), w, "decoder0") + h0)
    modulus = 2 * jax.nn.sigmoid(_convolved(y0, w, "modulus"))
    patches = modulus * jnp.exp(1j * (np.pi * jnp.tanh(_convolved(y0, w, "phase"))))
    return jnp.moveaxis(patches, 1, 3).astype(probe.dtype)


def _named(weights: Any, channels: int) -> dict[str, Any]:
    places = named(np.arange(len(weights)), channels)
    return {name: weights[place.ravel()].reshape(place.shape) for name, place in places.items()}


def _update(amplitude: Any, probe: Any) -> Any:
    n = probe.shape[-1]
    far = jnp.fft.fftshift(jnp.fft.fft2(probe), axes=(1, 2)) / n
    light = _power(far).sum(axis=0)
    ratio = jnp.moveaxis(amplitude, 3, 1) / jnp.sqrt(light + DAMPING * light.mean())
    waves = jnp.fft.ifft2(jnp.fft.ifftshift(ratio[:, :, None] * far, axes=(3, 4))) * n
    update = (probe.conj() * (waves - probe)).sum(axis=2) / _power(probe).mean(axis=(1, 2)).sum()
    return jnp.moveaxis(update, 1, 3)


def _convolved(x: Any, weights: Mapping[str, Any], name: str) -> Any:
    out = jax.lax.conv(x, weights[f"{name}.kernel"], (1, 1), "SAME")
    bias = weights.get(f"{name}.bias")
    return out if bias is None else out + bias[:, None, None]


def _halved(x: Any) -> Any:
    b, c, rows, columns = x.shape
    return x.reshape(b, c, rows // 2, 2, columns // 2, 2).mean(axis=(3, 5))


def _doubled(x: Any) -> Any:
    return jnp.repeat(jnp.repeat(x, 2, axis=2), 2, axis=3)


def _objective(
    real: Any,
    counts: Any,
    positions: Any,
    centres: Any,
    probe: Any,
    scale: Any,
    weights: Any,
    canvas: tuple[int, int],
    object_big: bool,
    power: float | None = None,
) -> Any:
    p = probe if power is None else probe * jnp.sqrt(real.type(power) / _power(probe).sum())
    patches = _network(real, jnp.sqrt(jnp.asarray(counts)).astype(real), p, scale, weights)
    if object_big:
        canvases = _reassemble(real, patches, positions, centres, canvas)["canvas"]
        places = positions - centres + np.array(canvas[::-1]).reshape(1, 1, 2, 1) // 2
        cut = [_extract(real, one, places[b : b + 1], p.shape[-1]) for b, one in enumerate(canvases)]
        patches = jnp.concatenate(cut)
    amplitude = _diffract(real, _illuminate(real, patches, p))
    return {"amplitude": amplitude, "poisson_nll": _loss(real, amplitude, counts, scale, patches)["poisson_nll"]}


_STAGES: dict[str, Callable[..., Any]] = {
    "probe": _probe,
    "extract": _extract,
    "illuminate": _illuminate,
    "diffract": _diffract,
    "power": lambda real, psi: _power(psi).sum(axis=(1, 2, 3)).mean(),
    "translate": _translate,
    "reassemble": _reassemble,
    "loss": _loss,
    "network": _network,
    "objective": _objective,
    "stats": _stats,
}
