"""The forward chain of ptychography in JAX: functions of arrays, and the class that the suite asks with NumPy's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from parity_suite import Field, validate_inputs
from parity_suite.ptychography.pipeline import STAGES

# Without it float64 is float32, and a place some hundred pixels from the origin is off by 3e-5 pixel.
jax.config.update("jax_enable_x64", True)

STAGE = {stage.name: stage for stage in STAGES}


def probe(probe: jax.Array, probe_scale: float, masked: bool) -> dict[str, jax.Array]:
    """The probe, masked to a disk or not, over its mean modulus."""
    n = probe.shape[-1]
    line = jnp.arange(n) - n // 2
    lit = jnp.where(line[:, None] ** 2 + line**2 <= (n / 4) ** 2, probe, 0) if masked else probe
    factor = probe_scale * jnp.abs(lit).mean()
    return {"probe": lit / factor, "factor": factor}


def bilinear(image: jax.Array, rows: jax.Array, columns: jax.Array) -> jax.Array:
    """``image`` at the places ``rows`` times ``columns``, zero outside."""
    top, left = jnp.floor(rows), jnp.floor(columns)
    fy, fx = ((at - low).astype(image.real.dtype) for at, low in ((rows, top), (columns, left)))
    out = jnp.zeros((len(rows), len(columns)), image.dtype)
    for r, wy in ((top, 1 - fy), (top + 1, fy)):
        for c, wx in ((left, 1 - fx), (left + 1, fx)):
            inside = ((r >= 0) & (r < image.shape[0]))[:, None] & ((c >= 0) & (c < image.shape[1]))
            y, x = (jnp.clip(at, 0, side - 1).astype(int) for at, side in zip((r, c), image.shape, strict=True))
            out += wy[:, None] * wx * jnp.where(inside, image[y[:, None], x], 0)
    return out


def extract(object: jax.Array, positions: jax.Array, size: int) -> jax.Array:
    """Patches of an object around positions ``[x, y]``."""
    line = jnp.arange(size) - size // 2
    cut = jax.vmap(lambda place: bilinear(object, line + place[1], line + place[0]))
    # (B, 1, 2, C) to places (B, C, 2) and back to patches (B, N, N, C).
    return jnp.moveaxis(jax.vmap(cut)(jnp.moveaxis(positions[:, 0], 2, 1)), 1, 3)


def illuminate(patches: jax.Array, probe: jax.Array) -> jax.Array:
    """The exit wave of each patch under each mode of the probe."""
    return jax.vmap(lambda mode: patches * mode[..., None], out_axes=1)(probe)


def intensity(x: jax.Array) -> jax.Array:
    """``|x|^2``, without the root in between."""
    return x.real**2 + x.imag**2


def diffract(psi: jax.Array) -> jax.Array:
    """The amplitude in the far field, zero frequency in the middle."""
    far = jnp.fft.fft2(psi, axes=(2, 3)) / psi.shape[2]
    light = jnp.fft.fftshift(intensity(far).sum(axis=1), axes=(1, 2))
    # A gradient of zero where there is no light, and not one without end.
    return jnp.where(light > 0, jnp.sqrt(jnp.where(light > 0, light, 1)), 0)


def scale(psi: jax.Array | None, nphotons: float, size: int, learned: float | None = None) -> dict[str, jax.Array]:
    """The intensity scale that was learned, else that of the data, else the closed form."""
    if learned is not None:
        return {"scale": jnp.asarray(learned)}
    if psi is None:
        return {"scale": jnp.sqrt(nphotons) / (size / 2)}
    # XLA adds one pixel after another, which in float32 costs a digit.
    return {"scale": jnp.sqrt(nphotons / intensity(psi).sum(axis=(1, 2, 3), dtype=float).mean())}


def compiled(*functions: Callable[..., Any]) -> dict[str, Callable[..., Any]]:
    """Each function by its name, compiled anew for every shape and for every value that is no number."""

    def plain(stage: str) -> list[str]:
        return [field.name for field in STAGE[stage].inputs if not field.is_array and field.kind != "scalar"]

    return {one.__name__: jax.jit(one, static_argnames=plain(one.__name__)) for one in functions}


class Jax:
    """The stages of the chain, asked by name with NumPy arrays."""

    functions: ClassVar[Mapping[str, Callable[..., Any]]] = compiled(probe, extract, illuminate, diffract, scale)

    def __init__(self, *, device: str = "cpu", precision: str = "float32") -> None:
        if device != "cpu":
            raise ValueError(f"device: {device!r} is not supported")
        self.real = np.dtype(precision)
        self.complex = np.result_type(self.real, np.complex64)

    def probe(self, probe: Any, probe_scale: float, masked: bool) -> Mapping[str, Any]:
        found = self.ask("probe", probe=probe, probe_scale=probe_scale, masked=masked)
        if not found["factor"]:
            raise ValueError("probe: all zero where it is lit")
        return found

    def extract(self, object: Any, positions: Any, size: int) -> Any:
        return self.ask("extract", object=object, positions=positions, size=size)

    def illuminate(self, patches: Any, probe: Any) -> Any:
        return self.ask("illuminate", patches=patches, probe=probe)

    def diffract(self, psi: Any) -> Any:
        return self.ask("diffract", psi=psi)

    def scale(self, psi: Any, nphotons: float, size: int, learned: float | None = None) -> Mapping[str, Any]:
        found = self.ask("scale", psi=psi, nphotons=nphotons, size=size, learned=learned)
        if not np.isfinite(found["scale"]):
            raise ValueError("psi: empty or all zero, so it gives no scale")
        source = "learned" if learned is not None else "closed" if psi is None else "data"
        return {**found, "source": source}

    def ask(self, stage: str, **inputs: Any) -> Any:
        """What a stage makes of NumPy arrays, as such; ``ValueError`` or ``TypeError`` of what breaks its contract."""
        self.refuse(stage, inputs)
        found = self.functions[stage](**self.arguments(stage, inputs))
        return {name: _as_numpy(one) for name, one in found.items()} if isinstance(found, dict) else _as_numpy(found)

    def refuse(self, stage: str, inputs: Mapping[str, Any]) -> None:
        """Raises where an input breaks the contract of the stage."""
        validate_inputs(STAGE[stage], inputs)

    def arguments(self, stage: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """The inputs of a stage in the precision; positions and counts in float64."""
        fields = (field for field in STAGE[stage].inputs if field.name in inputs)
        return {field.name: self._cast(field, inputs[field.name]) for field in fields}

    def _cast(self, field: Field, value: Any) -> Any:
        if value is None or not field.is_array:
            # A Python number takes the precision of the array that it meets.
            return float(value) if field.kind == "scalar" and value is not None else value
        wide = field.kind == "position" or field.double
        return value.astype(float if wide else self.complex if value.dtype.kind == "c" else self.real)

    def put(self, array: Any) -> jax.Array:
        return jnp.asarray(array)

    def get(self, handle: jax.Array) -> Any:
        return np.array(handle)

    def chain(self, stages: Sequence[tuple[str, Mapping[str, Any]]], handle: jax.Array) -> jax.Array:
        """Stages one after another on JAX's arrays, each fed the result of the one before."""
        for stage, rest in stages:
            handle = self.functions[stage](handle, **self.arguments(stage, rest))
        return handle

    def vjp(self, stage: str, inputs: Mapping[str, Any], output: str, wrt: str, cotangent: Any) -> Any:
        """``dL/dRe + i dL/dIm`` of ``L = Re sum(conj(cotangent) output)``, of which JAX gives the conjugate."""
        given = self.arguments(stage, inputs)

        def loss(x: jax.Array) -> jax.Array:
            found = self.functions[stage](**{**given, wrt: x})
            return jnp.sum(jnp.real(jnp.conj(cotangent) * (found[output] if isinstance(found, dict) else found)))

        return np.conj(jax.grad(loss)(given[wrt]))


def _as_numpy(array: jax.Array) -> Any:
    """A copy, into which may be written; a number without axes as such."""
    return np.array(array) if array.ndim else array.item()
