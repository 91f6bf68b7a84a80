"""Adjoints and gradients of the stages in NumPy float64, written from the formulas; tested against central
differences.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import fsum, lgamma
from typing import Any

import numpy as np

from parity_suite.compare.deviation import Array
from parity_suite.ptychography.oracle import RATE_FLOOR, Oracle, divisor


def adjoint_of(stage: str, name: str, inputs: Mapping[str, Any], y: Array) -> Array:
    """``A* y`` for the stage as a linear map of its input ``name``, the others held fixed."""
    o = Oracle()
    if stage == "extract":
        height, width = inputs["object"].shape
        centre = np.array([width // 2, height // 2], np.float64)
        return o.reassemble(y, inputs["positions"], centre, (height, width))["numerator"]
    if stage == "translate":
        # Bilinear interpolation with zeros outside: the transpose of a shift is the opposite shift.
        offsets = inputs["offsets"].astype(np.float64)
        if inputs.get("interpolation") == "nearest":
            offsets = np.rint(offsets) if inputs.get("halves") == "even" else np.floor(offsets + 0.5)
        return o.translate(y, -offsets)
    if stage == "illuminate":
        if name == "patches":
            return np.asarray(np.sum(y * inputs["probe"].conj()[None, :, :, :, None], axis=1))
        return np.asarray(np.sum(y * inputs["patches"].conj()[:, None], axis=(0, 4)))
    if stage == "reassemble":
        return _cut(y, inputs)
    raise KeyError(f"{stage} is not linear")


def _cut(y: Array, inputs: Mapping[str, Any]) -> Array:
    """Cutting patches out of the canvas is the transpose of adding them into it."""
    o, n = Oracle(), inputs["patches"].shape[1]
    middle = np.array(inputs["canvas"][::-1]) // 2
    centre = inputs["centre"].astype(np.float64)
    positions = inputs["positions"].astype(np.float64)
    if centre.ndim == 1:
        return o.extract(y, positions - (centre - middle).reshape(1, 1, 2, 1), n)
    shifted = positions - centre + middle.reshape(1, 1, 2, 1)
    return np.concatenate([o.extract(y[b], shifted[b : b + 1], n) for b in range(len(y))])


def gradient_of(stage: str, output: str, wrt: str, inputs: Mapping[str, Any], cotangent: Any) -> Array:
    """``dL/dRe + i dL/dIm`` of ``L = Re sum(conj(cotangent) output)`` with respect to the input ``wrt``."""
    if stage == "diffract":
        return _amplitude_gradient(inputs["psi"].astype(np.complex128), cotangent)
    if stage == "loss":
        return np.asarray(cotangent * _LOSSES[output](inputs))
    if (stage, wrt) == ("translate", "offsets"):
        return _offset_gradient(inputs, cotangent)
    gradient = adjoint_of(stage, wrt, inputs, cotangent)
    return gradient if np.iscomplexobj(inputs[wrt]) else gradient.real


def _offset_gradient(inputs: Mapping[str, Any], cotangent: Array) -> Array:
    """Of every offset, summed over the block of images that it moves."""
    slopes = offset_slopes(inputs)
    along = np.sum(np.real(np.conj(cotangent)[..., None] * slopes), axis=(1, 2, 3))
    count = len(inputs["offsets"])
    return np.asarray(along.reshape(count, len(along) // max(1, count), 2).sum(axis=1))


def offset_slopes(inputs: Mapping[str, Any]) -> Array:
    """``d out / d [x, y]`` (B, H, W, 1, 2). Between two whole offsets a bilinear shift is linear in each axis, so that
    its slope is the difference of the shifts by the two.
    """
    o, images = Oracle(), inputs["images"]
    offsets = np.repeat(inputs["offsets"].astype(np.float64), len(images) // max(1, len(inputs["offsets"])), axis=0)
    slopes = []
    for axis in (0, 1):
        upper, lower = offsets.copy(), offsets.copy()
        upper[:, axis] = np.ceil(offsets[:, axis])
        lower[:, axis] = upper[:, axis] - 1
        slopes.append(o.translate(images, upper) - o.translate(images, lower))
    return np.stack(slopes, axis=-1)


def smooth(name: str, inputs: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """At whole offsets a bilinear shift has a kink and no gradient, so they are moved off; and an offset for each block
    of images has the sum of their gradients.
    """
    offsets = inputs["offsets"]
    between = np.where(offsets == np.rint(offsets), offsets + offsets.dtype.type(0.375), offsets)
    yield name, {**inputs, "offsets": between}
    images = np.concatenate([inputs["images"], np.flip(inputs["images"], axis=(0, 1))])
    yield f"{name}, in pairs", {"images": images, "offsets": between}


def loss_terms(amplitude: Array, inputs: Mapping[str, Any]) -> dict[str, float]:
    """The absolute terms of a loss (B, N, N, C), which cancel in it."""
    rate = np.maximum((inputs["scale"] * amplitude.astype(np.float64)) ** 2, RATE_FLOOR)
    total = np.sum(rate) + np.sum(np.abs(inputs["counts"] * np.log(rate)))
    if inputs.get("log_factorial"):
        total += fsum(lgamma(n + 1) for n in np.ravel(inputs["counts"]).tolist())
    return {
        "poisson_nll": float(total) / divisor(inputs.get("nll_mean", "batch"), rate),
        "amplitude_mae": float(np.sum(np.sqrt(rate)) / divisor(inputs.get("mae_mean", "pixels"), rate)),
    }


def _amplitude_gradient(psi: Array, cotangent: Array) -> Array:
    """``A^2 = sum_modes |F psi|^2 / N^2`` gives ``dA = Re(conj(F psi) F dpsi) / (N^2 A)``, and ``F* = N^2 F^-1``."""
    amplitude = Oracle().diffract(psi)
    ratio = np.divide(cotangent, amplitude, out=np.zeros_like(amplitude), where=amplitude > 0)
    weight = np.fft.ifftshift(ratio, axes=(1, 2))[:, None]
    return np.fft.ifft2(weight * np.fft.fft2(psi, axes=(2, 3)), axes=(2, 3))


def _poisson(inputs: Mapping[str, Any]) -> Array:
    """``d(rate - n log rate)/dA = 2 s^2 A (1 - n / rate)``, zero where the rate is held at its floor."""
    a, s = inputs["amplitude"].astype(np.float64), inputs["scale"]
    rate = (s * a) ** 2
    lit = rate > RATE_FLOOR
    slope = np.where(lit, 2 * s**2 * a * (1 - inputs["counts"] / np.where(lit, rate, 1)), 0)
    return slope / divisor(inputs.get("nll_mean", "batch"), a)


def _amplitude_error(inputs: Mapping[str, Any]) -> Array:
    a, s = inputs["amplitude"].astype(np.float64), inputs["scale"]
    return np.asarray(s * np.sign(s * a - np.sqrt(inputs["counts"])) / divisor(inputs.get("mae_mean", "pixels"), a))


def _variation(inputs: Mapping[str, Any]) -> Array:
    """Minus the divergence of the unit differences, or of twice them, or of the signs of their parts."""
    o = inputs["patches"].astype(np.complex128)
    out = np.zeros_like(o)
    for axis in (1, 2):
        unit = _slope(np.diff(o, axis=axis), inputs.get("variation_norm", "modulus"))
        pad = [(0, 0)] * 4
        pad[axis] = (1, 1)
        out -= np.diff(np.pad(unit, pad), axis=axis)
    return np.asarray(out / divisor(inputs.get("variation_mean", "batch"), o))


def _slope(step: Array, norm: str) -> Array:
    """``d size / dRe + i d size / dIm`` of complex differences."""
    if norm == "squared":
        return 2 * step
    if norm == "parts":
        return np.asarray(np.sign(step.real) + 1j * np.sign(step.imag))
    size = np.abs(step)
    return np.divide(step, size, out=np.zeros_like(step), where=size > 0)


_LOSSES = {"poisson_nll": _poisson, "amplitude_mae": _amplitude_error, "total_variation": _variation}
