"""What ptychography's faults need of the input that they are asked."""

from __future__ import annotations

from parity_suite.core.packs import BY_NAME
from parity_suite.faults.need import OF_ITEMS, Requirement
from parity_suite.ptychography.sizes import LARGE_EVEN, LARGE_ODD


def _large(stage: str) -> int:
    (case,) = LARGE_EVEN if BY_NAME[stage].multiples else LARGE_ODD
    return case.size("N")


class InputNeed(Requirement):
    """What input must have for a fault to change anything that is checked on it."""

    ODD_SIDE = "odd N", "N", 15
    MODES = "two probe modes", "P", 2
    CHANNELS = "gridsize above 1", "C", 4
    MANY_CHANNELS = "more than sixteen channels", "C", 17
    LARGE = "sides above 64 that are not a power of two", "N", _large
    EMPTY = "a call or a chunk without patches", OF_ITEMS, 0
    TIES = "scan positions at equal distances"
    BORDER = "patches that hang over the border of the object"
    OVERLAP = "groups that share pixels, which those chosen of a scan do not"
    DARK = "a patch that holds nothing"
    SCALE = "a scale other than one"
    FLOOR = "pixels below the rate floor"
    DRAWS = "counts drawn, not measured"
    SMALL = "patches small enough to difference the oracle"
    LESSON = "a lesson, and none is made of measured data"
    BLOCKS = "fewer offsets than images"
    WIDE = "images wider than high"
    FINE = "offsets that float32 does not hold"
    NEAREST = "an interpolation asked for by name"
    BY_SIZE = "batches of a size that is asked for"
    PARTIAL = "a last chunk that is smaller than another"
    COINCIDING = "axes of one size, or three modes"
    SHAPES = "objects, canvases, scans or networks of other shapes"
