"""Whether an object is only where a reconstruction starts, and says nothing of the specimen."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from .scan import Array, Scan

#: Deviation of an object from its mean, over the mean: that of all ones is 0, of the weakest fixture 0.2.
FLAT: Final = 0.01
#: Squared difference of neighbours over twice the variance: 1 where neighbours know nothing of each other, and 0.22 at
#: most of the fixtures and the measured star.
NOISE: Final = 0.9


def is_start(canvas: Array) -> bool:
    """Whether an object (H, W) is all but one value, or noise from pixel to pixel."""
    values = canvas.astype(np.complex128)
    mean = values.mean()
    variance = float(np.mean(np.abs(values - mean) ** 2))
    if variance <= (FLAT * abs(mean)) ** 2:
        return True
    steps = [np.mean(np.abs(np.diff(values, axis=axis)) ** 2) for axis in (0, 1) if values.shape[axis] > 1]
    return bool(steps) and float(min(steps)) / (2 * variance) > NOISE


def without_start(scan: Scan) -> Scan:
    """The scan, without an object that is only where a reconstruction starts."""
    return replace(scan, object=None) if scan.object is not None and is_start(scan.object) else scan
