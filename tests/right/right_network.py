"""A right way to write the network, with convolutions as sums over nine shifted images, and the objective."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from right_base import Right

from parity_suite.ptychography.oracle_network import DAMPING, named


class ShiftedConvolutions(Right):
    """Channels last; each of the nine taps of a kernel is a product of matrices."""

    def network(self, amplitude: Any, probe: Any, scale: float, weights: Any) -> Any:
        w = named(self.cast(weights), amplitude.shape[3])
        update = self._update(self.cast(amplitude) * self.real.type(1 / scale), self.cast(probe))
        x = np.concatenate([update.real, update.imag], axis=3)
        h0 = _silu(_convolved(x, w, "encoder0"))
        h1 = _silu(_convolved(_halved(h0), w, "encoder1"))
        h2 = _silu(_convolved(_halved(h1), w, "encoder2"))
        y1 = _silu(_convolved(_doubled(h2), w, "decoder1") + h1)
        y0 = _silu(_convolved(_doubled(y1), w, "decoder0") + h0)
        modulus = 2 / (1 + np.exp(-_convolved(y0, w, "modulus")))
        angle = self.real.type(np.pi) * np.tanh(_convolved(y0, w, "phase"))
        return (modulus * np.cos(angle) + 1j * (modulus * np.sin(angle))).astype(self.complex)

    def _update(self, amplitude: Any, probe: Any) -> Any:
        far = np.fft.fftshift(np.fft.fft2(probe, norm="ortho"), axes=(1, 2))
        light = (far.real**2 + far.imag**2).sum(axis=0)
        damped = np.sqrt(light + self.real.type(DAMPING) * light.mean())
        images = np.moveaxis(amplitude, 3, 1)[:, :, None] * (far / damped)
        waves = np.fft.ifft2(np.fft.ifftshift(images, axes=(3, 4)), norm="ortho")
        power = (probe.real**2 + probe.imag**2).mean(axis=(1, 2)).sum()
        update = (probe.conj() * (waves - probe)).sum(axis=2) / power
        return np.moveaxis(update, 1, 3).astype(self.complex)


def composed_objective(
    self: Any,
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
    """The objective through the other stages of a backend."""
    p = self.cast(probe)
    if power is not None:
        p = p * np.sqrt(self.real.type(power) / (p.real**2 + p.imag**2).sum())
    patches = self.network(np.sqrt(counts).astype(self.real), p, scale, weights)
    if object_big:
        canvases = self.reassemble(patches, positions, centres, canvas)["canvas"]
        middle = np.array(canvas[::-1]).reshape(1, 1, 2, 1) // 2
        places = positions + (middle - centres)
        patches = np.concatenate([self.extract(one, places[b : b + 1], p.shape[-1]) for b, one in enumerate(canvases)])
    amplitude = self.diffract(self.illuminate(patches, p))
    return {
        "amplitude": amplitude,
        "poisson_nll": self.loss(amplitude, np.asarray(counts, np.float64), scale, patches)["poisson_nll"],
    }


def _convolved(x: Any, weights: Mapping[str, Any], name: str) -> Any:
    kernel = weights[f"{name}.kernel"]
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    rows, columns = x.shape[1:3]
    out = np.zeros((*x.shape[:3], len(kernel)), x.dtype)
    for row, column in np.ndindex(3, 3):
        out += padded[:, row : row + rows, column : column + columns] @ kernel[:, :, row, column].T
    return out + weights.get(f"{name}.bias", x.dtype.type(0))


def _halved(x: Any) -> Any:
    batch, rows, columns, channels = x.shape
    return x.reshape(batch, rows // 2, 2, columns // 2, 2, channels).mean(axis=(2, 4))


def _doubled(x: Any) -> Any:
    return np.kron(x, np.ones((1, 2, 2, 1), x.dtype))


def _silu(x: Any) -> Any:
    return x / (1 + np.exp(-x))
