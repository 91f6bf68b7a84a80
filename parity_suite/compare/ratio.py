"""A value over a baseline, where the baseline may be nothing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

OK: Final = "ok"
BASELINE_ZERO: Final = "blocked_baseline_zero"


@dataclass(frozen=True)
class Ratio:
    """``value / baseline``, or nan with the reason why there is none."""

    value: float
    baseline: float
    ratio: float
    #: ``ok``, or ``blocked_baseline_zero`` where the ratio is nan
    status: str


def ratio(value: float, baseline: float) -> Ratio:
    """The ratio of two numbers, never infinite, never 0 for want of a baseline, never a pass by accident.

    A baseline that is zero or not finite, a value that is not, or a quotient beyond the range of floats gives
    ``nan`` and ``blocked_baseline_zero``.
    """
    quotient = value / baseline if baseline and math.isfinite(baseline) else math.nan
    usable = math.isfinite(quotient)
    return Ratio(value, baseline, quotient if usable else math.nan, OK if usable else BASELINE_ZERO)
