"""The geometry of overlap: how much of itself a disc shares with another, and the disc that a probe comes to."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from .dataset import Array


def disc_overlap(distance: ArrayLike, diameter: float) -> Array:
    """The part of its area that a disc of this diameter shares with another of the same size, in [0, 1].

    ``distance`` between their centres, in any shape and in the unit of ``diameter``. With R half the diameter:
    ``(2 R^2 acos(d / 2R) - (d / 2) sqrt(4 R^2 - d^2)) / (pi R^2)``, the area of the lens of two circles over that of
    one; 1 at d = 0, and 0 from the diameter on. ValueError for a distance that is negative or nan, and for a diameter
    that is not finite and positive.
    """
    d = np.asarray(distance, np.float64)
    require_diameter(diameter)
    if not np.all(d >= 0):
        raise ValueError("distance: at least 0 is wanted, and no nan")
    # With u = d / 2R the formula has no squares, which could overflow.
    u = np.minimum(d, diameter) / diameter
    # Close to u = 1 two equal numbers are subtracted, and not every machine's arccos rounds to the larger one.
    return np.asarray(np.maximum(2 * (np.arccos(u) - u * np.sqrt((1 - u) * (1 + u))) / math.pi, 0.0))


def probe_fwhm(probe: Array) -> float:
    """The full width at half maximum of a probe, in pixels: the diameter of the disc with the area that is lit.

    ``probe`` (N, N) or (P, N, N) complex: P incoherent modes, whose intensities add. Lit are the pixels at or above
    half of the greatest intensity, wherever they lie: the hole of a hollow cone is left out, so that its outline is
    wider, and noise with one bright pixel makes the width that of a pixel. ValueError where the probe has another
    rank, values that are not finite, or no light.
    """
    modes = np.asarray(probe, np.complex128)
    if modes.ndim not in (2, 3):
        raise ValueError(f"probe: (N, N) or (P, N, N) is wanted, not {modes.shape}")
    if not np.all(np.isfinite(modes)):
        raise ValueError("probe: finite values are wanted")
    amplitude = np.abs(modes).reshape(-1, *modes.shape[-2:])
    brightest = amplitude.max(initial=0.0)
    if brightest == 0:
        raise ValueError("probe: all zero, so it has no width")
    intensity = np.sum((amplitude / brightest) ** 2, axis=0)
    lit = np.count_nonzero(intensity >= intensity.max() / 2)
    return 2 * math.sqrt(lit / math.pi)


def require_diameter(diameter: float) -> None:
    """Raises ValueError where no disc has this diameter."""
    if not (math.isfinite(diameter) and diameter > 0):
        raise ValueError(f"diameter: {diameter} px, a finite number above 0 is wanted")
