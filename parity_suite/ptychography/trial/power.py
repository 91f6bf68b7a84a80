"""Frames that hold far less or far more light than the rest, which can be told without an object."""

from __future__ import annotations

from typing import Final

import numpy as np

from .scan import Array, Scan
from .survey import Survey

#: A frame with less than this part of the median power was taken in the dark: those of the recipes have 0.63 or more.
DARK: Final = 0.01
#: A frame with more than so many times the median power was not scattered by a specimen that others see too.
BRIGHT: Final = 20.0
#: Photons in the brightest pixel below which one more is many times as many.
FEW_COUNTS: Final = 20.0


def frames_out_of_power(scan: Scan, survey: Survey) -> Array:
    """The indices of frames that are dark or far too bright beside the others."""
    power = survey.frames.power
    middle = float(np.median(power))
    # Of a handful of photons, some frames have none by chance.
    lowest = DARK * middle if middle * scan.counts_per_power * DARK >= 1 else -1.0
    peak = survey.frames.peak**2
    # One pixel may be all that a cosmic ray hits.
    usual = max(float(np.median(peak)), FEW_COUNTS / scan.counts_per_power)
    return np.flatnonzero((power <= lowest) | (power > BRIGHT * middle) | (peak > BRIGHT * usual))
