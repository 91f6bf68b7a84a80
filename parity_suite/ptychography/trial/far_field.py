"""What probe and object give at each position: the amplitudes that a scan claims to have measured."""

from __future__ import annotations

import numpy as np
from scipy import fft

from .scan import Array


class FarField:
    """``sqrt(fftshift(sum over modes |FFT2(P O)|^2 / N^2))``, in float32 and unlike the oracle in blocks.

    ``probe (P, N, N)`` and ``object (H, W)`` are complex64; beyond the canvas there is nothing.
    """

    def __init__(self, probe: Array, canvas: Array) -> None:
        self._probe = probe.astype(np.complex64)
        self._size = probe.shape[-1]
        # A patch that lies wholly outside is taken from the margin.
        self._canvas = np.pad(canvas.astype(np.complex64), self._size + 1)

    def amplitude(self, positions: Array) -> Array:
        """(m, N, N) float32 at ``positions (m, 2)``, [x, y] in pixels."""
        patches = self.patches(positions)
        power = np.zeros(patches.shape, np.float32)
        for mode in self._probe:
            wave = fft.fft2(mode * patches)
            power += wave.real**2 + wave.imag**2
        amplitude: Array = np.fft.fftshift(np.sqrt(power), axes=(1, 2)) / np.float32(self._size)
        return amplitude

    def patches(self, positions: Array) -> Array:
        """(m, N, N) complex64: row i of a patch is canvas row y - N//2 + i, between rows by bilinear interpolation."""
        size, margin = self._size, self._size + 1
        corner = positions - size // 2 + margin
        limit = np.array(self._canvas.shape[::-1]) - margin
        corner = np.clip(corner, 0, limit)
        whole = np.floor(corner).astype(np.int64)
        part = (corner - whole).astype(np.float32)
        found = np.empty((len(positions), size, size), np.complex64)
        for out, (left, top), (fx, fy) in zip(found, whole, part, strict=True):
            window = self._canvas[top : top + size + 1, left : left + size + 1]
            rows = window[:-1] + fy * (window[1:] - window[:-1]) if fy else window[:-1]
            out[:] = rows[:, :-1] + fx * (rows[:, 1:] - rows[:, :-1]) if fx else rows[:, :-1]
        return found
