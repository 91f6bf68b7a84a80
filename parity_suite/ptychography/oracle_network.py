"""The reference network in NumPy: the formulas and the order of weights of
:mod:`parity_suite.ptychography.learning.architecture`, written out once more.

Nothing is imported from there: what the backends read the same table from, no comparison with them could find wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isqrt, prod
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

#: Share of the mean far field of the probe under which a pixel of the detector gives no phase.
DAMPING: Final = 1e-3


def network(amplitude: Array, probe: Array, scale: float, weights: Array) -> Array:
    """Patches (B, N, N, C) from amplitudes (B, N, N, C) in the precision of ``amplitude``."""
    w = named(weights.astype(amplitude.dtype), amplitude.shape[3])
    update = projection(amplitude / amplitude.dtype.type(scale), probe)
    x = np.moveaxis(np.concatenate([update.real, update.imag], axis=3), 3, 1)
    h0 = _silu(_convolve(x, w, "encoder0"))
    h1 = _silu(_convolve(_pool(h0), w, "encoder1"))
    h2 = _silu(_convolve(_pool(h1), w, "encoder2"))
    y1 = _silu(_convolve(_up(h2), w, "decoder1") + h1)
    y0 = _silu(_convolve(_up(y1), w, "decoder0") + h0)
    modulus = 2 * _sigmoid(_convolve(y0, w, "modulus"))
    patches = modulus * np.exp(1j * np.pi * np.tanh(_convolve(y0, w, "phase")))
    return np.ascontiguousarray(np.moveaxis(patches, 1, 3)).astype(probe.dtype)


def named(weights: Array, c: int) -> dict[str, Array]:
    """The arrays that lie one after the other in the vector (W,) of a network for ``c`` channels.

    With ``f`` channels after the first convolution ``W = 180 f^2 + (36 c + 10) f + c``, which gives ``f``.
    """
    linear = 36 * c + 10
    f = (isqrt(linear**2 + 720 * (len(weights) - c)) - linear) // 360
    shapes = {
        "encoder0.kernel": (f, 2 * c, 3, 3),
        "encoder0.bias": (f,),
        "encoder1.kernel": (2 * f, f, 3, 3),
        "encoder1.bias": (2 * f,),
        "encoder2.kernel": (4 * f, 2 * f, 3, 3),
        "encoder2.bias": (4 * f,),
        "decoder1.kernel": (2 * f, 4 * f, 3, 3),
        "decoder1.bias": (2 * f,),
        "decoder0.kernel": (f, 2 * f, 3, 3),
        "decoder0.bias": (f,),
        "modulus.kernel": (c, f, 3, 3),
        "modulus.bias": (c,),
        "phase.kernel": (c, f, 3, 3),
    }
    ends = np.cumsum([prod(shape) for shape in shapes.values()])
    parts = np.split(weights, ends)[:-1]
    return {name: part.reshape(shape) for (name, shape), part in zip(shapes.items(), parts, strict=True)}


def projection(amplitude: Array, probe: Array) -> Array:
    """The update (B, N, N, C) of a transparent object by one projection on the moduli ``amplitude``."""
    n = probe.shape[-1]
    far = np.fft.fftshift(np.fft.fft2(probe), axes=(1, 2)) / n
    light = np.sum(np.abs(far) ** 2, axis=0)
    ratio = amplitude / np.sqrt(light + DAMPING * np.mean(light))[:, :, None]
    update = np.zeros(amplitude.shape, probe.dtype)
    for mode, field in zip(probe, far, strict=True):
        wave = np.fft.ifftshift(ratio * field[:, :, None], axes=(1, 2))
        update += np.conj(mode)[:, :, None] * (np.fft.ifft2(wave, axes=(1, 2)) * n - mode[:, :, None])
    return np.asarray(update / np.sum(np.mean(np.abs(probe) ** 2, axis=(1, 2))))


def _convolve(x: Array, weights: Mapping[str, Array], name: str) -> Array:
    """3 x 3 cross-correlation of (B, I, N, N) with zeros around."""
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))
    out = np.tensordot(weights[f"{name}.kernel"], windows, axes=((1, 2, 3), (1, 4, 5)))
    out = np.moveaxis(out, 0, 1)
    bias = weights.get(f"{name}.bias")
    return out if bias is None else out + bias[:, None, None]


def _pool(x: Array) -> Array:
    """The mean of 2 x 2 pixels."""
    return (x[:, :, ::2, ::2] + x[:, :, 1::2, ::2] + x[:, :, ::2, 1::2] + x[:, :, 1::2, 1::2]) / 4


def _up(x: Array) -> Array:
    """Each pixel 2 x 2 times."""
    return x.repeat(2, axis=2).repeat(2, axis=3)


def _sigmoid(x: Array) -> Array:
    return np.asarray(0.5 * (1 + np.tanh(0.5 * x)))


def _silu(x: Array) -> Array:
    return x * _sigmoid(x)
