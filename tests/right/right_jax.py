"""The stages that the example in JAX leaves out: translation, reassembly, loss, network and statistics."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import jax_forward
import numpy as np
from jax_forward import bilinear, compiled, diffract, extract, illuminate, intensity

from parity_suite.core.packs import BY_NAME
from parity_suite.ptychography.admission import admit
from parity_suite.ptychography.oracle_network import DAMPING, named


def translate(images: Any, offsets: Any, interpolation: str | None = None) -> Any:
    places = offsets
    if interpolation == "nearest":
        places = jnp.floor(places) + (places - jnp.floor(places) >= 0.5)
    if len(images):
        places = jnp.repeat(places, len(images) // len(places), axis=0)
    rows, columns = (jnp.arange(side) for side in images.shape[1:3])
    moved = jax.vmap(lambda image, p: bilinear(image, rows - p[1], columns - p[0]))(images[..., 0], places)
    return moved[..., None]


def reassemble(patches: Any, positions: Any, centre: Any, canvas: tuple[int, int], batch: int | None = None) -> Any:
    side = patches.shape[1]
    own = centre.ndim > 1
    rows, columns = (jnp.arange(n) - n // 2 + side // 2 for n in canvas)
    middle = centre if own else centre.reshape(1, 1, 2, 1)
    places = jnp.moveaxis((positions - middle)[:, 0], 2, 1)

    def put(image: Any, p: Any) -> Any:
        return bilinear(image, rows - p[1], columns - p[0])

    tiles = jnp.moveaxis(patches, 3, 1)
    over = (1,) if own else (0, 1)
    numerator = jax.vmap(jax.vmap(put))(tiles, places).sum(axis=over)
    one = jnp.ones((side, side), patches.real.dtype)
    count = jax.vmap(jax.vmap(lambda p: put(one, p)))(places).sum(axis=over)
    covered = count >= 1e-3
    filled = jnp.where(covered, numerator / jnp.where(covered, count, 1), 0)
    return {"numerator": numerator, "count": count, "canvas": filled}


def loss(amplitude: Any, counts: Any, scale: Any, patches: Any) -> Any:
    # In float64, as the counts are: close to them a gradient is the difference of two numbers of their size.
    root, n = scale * amplitude.astype(float), counts
    rate = jnp.maximum(root**2, 1e-6)
    steps = [jnp.abs(jnp.diff(patches, axis=axis)).sum() for axis in (1, 2)]
    return {
        "poisson_nll": (rate - n * jnp.log(rate)).sum() / len(amplitude),
        "amplitude_mae": jnp.abs(root - jnp.sqrt(n)).mean(),
        "total_variation": sum(steps) / len(amplitude),
    }


def stats(patches: Any) -> Any:
    size = jnp.abs(patches.astype(complex))
    mean, axes = size.mean(axis=(1, 2)), (1, 2)
    spread = jnp.mean((size - mean[:, None, None]) ** 2, axis=axes)
    found = {"mean": mean, "std": jnp.sqrt(spread), "minimum": size.min(axis=axes), "maximum": size.max(axis=axes)}
    return {name: one.astype(patches.real.dtype) for name, one in {**found, "var_zero_mean": spread}.items()}


def network(amplitude: Any, probe: Any, scale: Any, weights: Any) -> Any:
    w = _named(weights, amplitude.shape[3])
    update = _update(amplitude / scale, probe)
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
    light = intensity(far).sum(axis=0)
    ratio = jnp.moveaxis(amplitude, 3, 1) / jnp.sqrt(light + DAMPING * light.mean())
    waves = jnp.fft.ifft2(jnp.fft.ifftshift(ratio[:, :, None] * far, axes=(3, 4))) * n
    update = (probe.conj() * (waves - probe)).sum(axis=2) / intensity(probe).mean(axis=(1, 2)).sum()
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


def objective(
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
    p = probe if power is None else probe * jnp.sqrt(power / intensity(probe).sum())
    patches = network(jnp.sqrt(counts).astype(p.real.dtype), p, scale, weights)
    if object_big:
        canvases = reassemble(patches, positions, centres, canvas)["canvas"]
        places = positions - centres + np.array(canvas[::-1]).reshape(1, 1, 2, 1) // 2
        cut = [extract(one, places[b : b + 1], p.shape[-1]) for b, one in enumerate(canvases)]
        patches = jnp.concatenate(cut)
    amplitude = diffract(illuminate(patches, p))
    return {"amplitude": amplitude, "poisson_nll": loss(amplitude, counts, scale, patches)["poisson_nll"]}


class Jax(jax_forward.Jax):
    """Each stage is a function of JAX arrays, compiled for every shape; places in float64."""

    functions: ClassVar[Mapping[str, Callable[..., Any]]] = {
        **jax_forward.Jax.functions,
        **compiled(translate, reassemble, loss, network, objective, stats),
    }

    def refuse(self, stage: str, inputs: Mapping[str, Any]) -> None:
        admit(BY_NAME[stage], inputs)

    def translate(self, images: Any, offsets: Any, interpolation: str | None = None) -> Any:
        return self.ask("translate", images=images, offsets=offsets, interpolation=interpolation)

    def reassemble(
        self, patches: Any, positions: Any, centre: Any, canvas: Any, batch: int | None = None
    ) -> Mapping[str, Any]:
        given = {"patches": patches, "positions": positions, "centre": centre, "canvas": canvas, "batch": batch}
        return self.ask("reassemble", **given)  # type: ignore[no-any-return]

    def loss(self, amplitude: Any, counts: Any, scale: float, patches: Any) -> Mapping[str, Any]:
        given = {"amplitude": amplitude, "counts": counts, "scale": scale, "patches": patches}
        return self.ask("loss", **given)  # type: ignore[no-any-return]

    def network(self, amplitude: Any, probe: Any, scale: float, weights: Any) -> Any:
        return self.ask("network", amplitude=amplitude, probe=probe, scale=scale, weights=weights)

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
        given = {"counts": counts, "positions": positions, "centres": centres, "probe": probe, "scale": scale}
        rest = {"weights": weights, "canvas": canvas, "object_big": object_big, "power": power}
        return self.ask("objective", **given, **rest)  # type: ignore[no-any-return]

    def stats(self, patches: Any) -> Mapping[str, Any]:
        return self.ask("stats", patches=patches)  # type: ignore[no-any-return]
