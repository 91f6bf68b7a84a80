"""A window that falls to zero before every uncovered pixel."""

from __future__ import annotations

from typing import Final

import numpy as np

from parity_suite.backends.api import Array

#: The part of the shorter side of the covered bounding box over which the window rises.
_RISE: Final = 0.25


def bounding_box(covered: Array) -> tuple[slice, slice]:
    """Rows and columns of the smallest rectangle that holds every covered pixel of an (H, W) mask with at least one."""
    rows, columns = np.flatnonzero(covered.any(axis=1)), np.flatnonzero(covered.any(axis=0))
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def tapered(covered: Array) -> Array:
    """(H, W) weights in [0, 1]: ``sin^2(pi/2 min(d/rise, 1))``, d the distance to the nearest uncovered pixel.

    What lies beyond the border counts as uncovered. On a full rectangle this is a Hann-flanked (Tukey) window; around
    holes it stays soft, where a mask with hard edges would leave its own shape in both spectra.
    """
    from scipy import ndimage

    box = bounding_box(covered)
    rise = max(1.0, _RISE * min(s.stop - s.start for s in box))
    distance = ndimage.distance_transform_edt(np.pad(covered, 1))[1:-1, 1:-1]
    return np.asarray(np.sin(np.pi / 2 * np.minimum(distance / rise, 1)) ** 2)
