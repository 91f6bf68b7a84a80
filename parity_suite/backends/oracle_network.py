"""The reference network in NumPy, a transcription of :mod:`parity_suite.learning.architecture`."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.learning.architecture import DAMPING
from parity_suite.learning.weights import by_name


def network(amplitude: Array, probe: Array, scale: float, weights: Array) -> Array:
    """Patches (B, N, N, C) from amplitudes (B, N, N, C) in the precision of ``amplitude``."""
    w = by_name(weights.astype(amplitude.dtype), amplitude.shape[3])
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
