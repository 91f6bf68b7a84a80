"""A short reconstruction of an object, only to see how well one explains a few neighbouring patterns.

The ePIE of Maiden and Rodenburg (Ultramicroscopy 109 (2009) 1256) with a probe that stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

import numpy as np
from scipy import fft

from .background import share_of_background
from .photon_noise import expected_distance
from .scan import Array, Scan

#: Sweeps over all patterns: by then a right geometry is apart from a wrong one.
SWEEPS: Final = 8
#: Of a canvas: neighbours that are further apart share nothing.
_MOST_PIXELS: Final = 2**24


class Left(NamedTuple):
    """What a reconstruction leaves."""

    excess: float
    #: what photon noise makes of the squared distance, over the computed power
    noise: float
    #: (m,) the power of each pattern over the computed one
    exposures: Array = np.ones(0)
    #: what every pixel holds beyond what is computed, over the computed power
    background: float = 0.0


def left_by_object(
    probe: Array, positions: Array, measured: Array, kept: Array, counts_per_power: float, sweeps: int = SWEEPS
) -> Left:
    """What the best object found in a few sweeps leaves.

    ``probe (P, N, N)`` complex, ``positions (m, 2)`` [x, y] in pixels, of which whole ones are taken, ``measured
    (m, N, N)`` amplitudes, ``kept (N, N)`` bool the pixels that count.
    """
    size = probe.shape[-1]
    corner = _corners(positions)
    width, height = corner.max(axis=0, initial=0) + size
    if not len(corner) or width * height > _MOST_PIXELS:
        return Left(np.inf, np.inf)
    light = float(np.sum(np.abs(probe) ** 2))
    power = float(np.mean(np.sum(measured.astype(np.float64) ** 2, axis=(1, 2))))
    canvas = np.full((height, width), np.sqrt(power / light), np.complex64)
    fourier, measured = _Fourier(probe, kept), np.fft.ifftshift(measured, axes=(1, 2))
    # A golden step visits the patterns far from where the last one was.
    order = np.argsort(np.arange(len(positions)) * 0.6180339887 % 1)
    for _ in range(sweeps):
        for index in order:
            x, y = corner[index]
            patch = canvas[y : y + size, x : x + size]
            patch += fourier.step(measured[index], patch)
    patches = (canvas[y : y + size, x : x + size] for x, y in corner)
    return _left(fourier, patches, measured, counts_per_power)


def _left(fourier: _Fourier, patches: Iterable[Array], measured: Array, counts_per_power: float) -> Left:
    """What these patches leave of the patterns ``(m, N, N)``, with zero frequency in the corner."""
    kept = fourier.kept
    distance = noise = 0.0
    powers, computed_power = np.zeros((2, len(measured))), np.zeros(kept.shape)
    for index, patch in enumerate(patches):
        computed, seen = fourier.amplitude(patch), measured[index][kept]
        distance += float(np.sum((computed[kept] - seen) ** 2, dtype=np.float64))
        rate = np.float32(np.sqrt(counts_per_power)) * computed[kept]
        noise += float(np.sum(expected_distance(rate), dtype=np.float64)) / counts_per_power
        powers[:, index] = [np.sum(one**2, dtype=np.float64) for one in (seen, computed[kept])]
        computed_power += computed**2
    seen, given = powers
    total = float(given.sum())
    if not total > 0:
        return Left(np.inf, np.inf)
    measured_power = np.asarray(np.sum(measured**2, axis=0, dtype=np.float64))
    background = share_of_background(measured_power, computed_power, kept)
    lit = given > 0
    return Left((distance - noise) / total, noise / total, seen[lit] / given[lit], background)


def whole_object(scan: Scan, kept: Array) -> tuple[Array, Array]:
    """An object for all frames of a scan, streamed once a sweep, and the positions (M, 2) of the frames on it.

    ``kept (N, N)`` bool are the pixels that count. ValueError where the scan spans more than a canvas can hold.
    """
    size = scan.size
    corner = _corners(scan.positions)
    width, height = corner.max(axis=0) + size
    if width * height > _MOST_PIXELS:
        raise ValueError(f"positions: {width} x {height} pixels are too many to reconstruct")
    fourier = _Fourier(scan.probe, kept)
    canvas = np.ones((height, width), np.complex64)
    for _ in range(SWEEPS):
        for place, block in scan.blocks():
            for (x, y), measured in zip(corner[place], np.fft.ifftshift(block, axes=(1, 2)), strict=True):
                patch = canvas[y : y + size, x : x + size]
                patch += fourier.step(measured, patch)
    return canvas, corner + size // 2


def _corners(positions: Array) -> Array:
    """Upper left pixels [x, y] of patches at these positions, on the smallest canvas that holds them."""
    away = np.minimum(positions - positions.min(axis=0, initial=np.inf), _MOST_PIXELS)
    return np.asarray(np.rint(away), np.int64)


class _Fourier:
    """The modulus constraint of each pattern, with zero frequency in the corner."""

    def __init__(self, probe: Array, kept: Array) -> None:
        self.probe = probe.astype(np.complex64)
        self.kept = np.fft.ifftshift(kept)
        self._size = np.float32(probe.shape[-1])
        self._back = np.conj(self.probe) / np.sum(np.abs(self.probe) ** 2, axis=0).max()

    def amplitude(self, patch: Array) -> Array:
        """What a patch (N, N) gives."""
        return self._modulus(fft.fft2(self.probe * patch))

    def step(self, measured: Array, patch: Array) -> Array:
        """What to add to a patch, of one pattern."""
        wave = fft.fft2(self.probe * patch)
        modulus = self._modulus(wave)
        ratio = np.where(self.kept, measured / np.maximum(modulus, np.float32(1e-12)), np.float32(1))
        change = fft.ifft2(wave * (ratio - 1))
        return np.asarray((self._back * change).sum(axis=0))

    def _modulus(self, wave: Array) -> Array:
        power = (wave.real**2 + wave.imag**2).sum(axis=0)
        return np.asarray(np.sqrt(power) / self._size)
