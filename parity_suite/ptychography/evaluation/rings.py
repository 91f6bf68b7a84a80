"""Fourier ring correlation: down to which detail two complex images agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.ptychography.evaluation.measure import AREA_SMALL, UNRESOLVED, Measure, blocked
from parity_suite.ptychography.evaluation.windows import bounding_box, tapered

#: The threshold that Rosenthal & Henderson (2003) put to half data sets.
ONE_SEVENTH: Final = 1 / 7
#: The least side of the covered bounding box: fewer pixels make fewer than eight rings.
_LEAST_SIDE: Final = 16
#: Fourier pixels farther apart than this are uncorrelated behind any window that rises over a quarter of its box.
_REACH: Final = 3


@dataclass(frozen=True)
class RingCorrelation:
    """The curve and the detail at which it first falls below each threshold.

    A resolution is a full period in pixels, ``1 / frequency``: 2 at best (2 n / (n - 1) for an odd side n), where the
    curve stays above the threshold up to the last ring; ``blocked_unresolved`` where it is below from the first one.
    """

    #: cycles per pixel, one a ring, without the centre
    frequencies: tuple[float, ...]
    #: nan in a ring where one image has no power at all
    correlation: tuple[float, ...]
    #: the 1/2-bit threshold of each ring
    half_bit: tuple[float, ...]
    resolution_half_bit: Measure
    resolution_one_seventh: Measure


def unavailable(reason: str) -> RingCorrelation:
    """No curve, for this reason."""
    return RingCorrelation((), (), (), blocked(reason), blocked(reason))


def ring_correlation(image: Array, truth: Array, covered: Array) -> RingCorrelation:
    """``Re sum F conj(G) / sqrt(sum |F|^2 sum |G|^2)`` over rings one bin wide, after van Heel & Schatz (2005).

    F and G are the Fourier transforms of the (H, W) complex images over the bounding box of ``covered``, less their
    weighted means, times a window that is zero wherever not covered. The phase is not taken out: images are aligned
    before. The thresholds were made for two halves of the data; against a noiseless truth the same curve stands for
    twice the data or more, so these resolutions are cautious.
    """
    if not covered.any():
        return unavailable(AREA_SMALL)
    box = bounding_box(covered)
    window = tapered(covered[box])
    side = min(window.shape)
    if side < _LEAST_SIDE:
        return unavailable(AREA_SMALL)
    f, g = (_spectrum(array[box], window) for array in (image, truth))
    rings = _rings(window.shape)
    whole = slice(1, side // 2 + 1)
    cross, power_f, power_g = (
        np.bincount(rings.ravel(), values.ravel())[whole]
        for values in ((f * np.conj(g)).real, np.abs(f) ** 2, np.abs(g) ** 2)
    )
    norm = np.sqrt(power_f) * np.sqrt(power_g)
    curve = np.divide(cross, norm, out=np.full_like(norm, np.nan), where=norm > 0)
    threshold = half_bit_threshold(independent_pixels(rings, window)[whole])
    frequencies = np.arange(1, len(curve) + 1) / side
    return RingCorrelation(
        tuple(frequencies.tolist()),
        tuple(curve.tolist()),
        tuple(threshold.tolist()),
        _resolution(frequencies, curve, threshold),
        _resolution(frequencies, curve, np.full_like(curve, ONE_SEVENTH)),
    )


def half_bit_threshold(pixels: Array) -> Array:
    """The 1/2-bit curve of van Heel & Schatz (2005), eq. 17, for rings of so many independent Fourier pixels."""
    root = np.sqrt(pixels)
    return np.asarray((0.2071 + 1.9102 / root) / (1.2071 + 0.9102 / root))


def independent_pixels(rings: Array, window: Array) -> Array:
    """How many of the Fourier pixels of every ring, 0 upwards, are independent behind a window.

    A window of smaller extent than its box correlates neighbours in Fourier space. For white noise behind it the
    covariance of two pixels d apart is ``c(d) = sum w^2 exp(-i d r)``, and n pixels average like
    ``n^2 |c(0)|^2 / sum |c(q - q')|^2``, the sum over the pairs of a ring: n for no window.
    """
    covariance = np.abs(np.fft.fft2(window**2)) ** 2
    pixels = np.bincount(rings.ravel()).astype(np.float64)
    shared = np.zeros_like(pixels)
    reach = range(-_REACH, _REACH + 1)
    for down, right in ((down, right) for down in reach for right in reach):
        pairs = rings[rings == np.roll(rings, (down, right), axis=(0, 1))]
        shared += np.bincount(pairs, minlength=pixels.size) * covariance[down, right] / covariance[0, 0]
    return np.asarray(pixels**2 / shared)


def _spectrum(image: Array, window: Array) -> Array:
    mean = np.sum(window * image) / np.sum(window)
    return np.asarray(np.fft.fft2(window * (image - mean)))


def _rings(shape: tuple[int, ...]) -> Array:
    """The ring of every Fourier pixel, one bin of the shorter side wide; the corners go beyond the last one."""
    y, x = np.fft.fftfreq(shape[0])[:, None], np.fft.fftfreq(shape[1])
    return np.asarray(np.rint(np.hypot(y, x) * min(shape)).astype(np.int64))


def _resolution(frequencies: Array, curve: Array, threshold: Array) -> Measure:
    """The period at the first crossing, interpolated between two rings."""
    margin = curve - threshold
    # A ring without power is no agreement: the comparison with nan is false.
    below = np.flatnonzero(~(margin >= 0))
    if not below.size:
        return Measure(float(1 / frequencies[-1]))
    first = int(below[0])
    if first == 0:
        return blocked(UNRESOLVED)
    before, after = float(margin[first - 1]), float(margin[first])
    step = before / (before - after) if np.isfinite(after) else 0.0
    crossing = frequencies[first - 1] + step * (frequencies[first] - frequencies[first - 1])
    return Measure(float(1 / crossing))
