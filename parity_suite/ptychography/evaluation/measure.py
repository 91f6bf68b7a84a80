"""A number that may not exist: nan then, with a status that says why."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from parity_suite.compare.ratio import OK

NOTHING_COVERED: Final = "blocked_nothing_covered"
CANVAS_CONSTANT: Final = "blocked_canvas_constant"
TRUTH_CONSTANT: Final = "blocked_truth_constant"
#: no window of SSIM, or no ring of FRC, fits into the covered area
AREA_SMALL: Final = "blocked_area_small"
#: the canvas is zero at pixels where the truth has a phase
PHASE_UNDEFINED: Final = "blocked_phase_undefined"
#: the ring correlation lies below the threshold from the first ring on
UNRESOLVED: Final = "blocked_unresolved"


@dataclass(frozen=True)
class Measure:
    """A measured number. ``value`` is nan exactly where ``status`` is not ``ok``: no comparison with nan passes."""

    value: float
    status: str = OK

    @property
    def ok(self) -> bool:
        return self.status == OK


def blocked(reason: str) -> Measure:
    """No number, for this reason."""
    return Measure(math.nan, reason)
