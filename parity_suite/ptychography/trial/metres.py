"""The pixel size of positions that are in metres or another unit, found by where the patterns fit the object."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from .far_field import FarField
from .mends import Mend
from .scan import Array, Scan

#: Positions whose spread is less are no scan in pixels: steps are of a tenth of a probe or more.
_SPREAD_PX: Final = 1.0
#: nor are so many within this part of a pattern's side.
_MANY, _CROWDED = 16, 1 / 20
#: Pixels by which the last position may move from one pixel size to the next that is tried.
_STEP_PX: Final = 0.5
#: The part of the canvas that a scan covers at least.
_COVERED: Final = 0.25
_REFINED: Final = 6
#: Of the frames, every so many are enough for the first look.
_FEWER: Final = 3


def in_metres(scan: Scan) -> bool:
    """Whether the positions lie within a pixel, or are many within a few, as those in metres or in micrometres do."""
    spread = float(np.ptp(scan.positions, axis=0).max())
    crowded = len(np.unique(scan.positions, axis=0)) >= _MANY and spread < _CROWDED * scan.size
    return 0 < spread < _SPREAD_PX or crowded


def beyond_canvas(scan: Scan) -> bool:
    """Whether most frames lie beyond the object, as positions in nanometres do."""
    if scan.object is None:
        return False
    return bool(np.median(np.max(scan.positions / scan.object.shape[::-1], axis=1)) > 1)


def pixel_size_of(scan: Scan, frames: Array, measured: Array, turn: Mend | None = None) -> float | None:
    """The pixel size at which the patterns ``(m, N, N)`` at ``frames (m,)`` fit best, their positions over it mended by
    a ``turn``; None where none can be tried.

    Presumes that position 0 is the canvas's first pixel.
    """
    last = scan.positions.max(axis=0)
    if scan.object is None or not np.all(last > 0):
        return None
    extent = np.array(scan.object.shape[::-1])
    finest = float(np.max(last / extent))
    field = FarField(scan.probe, scan.object)

    def left(size: float, some: slice = slice(None)) -> float:
        sized = replace(scan, positions=scan.positions[frames[some]] / size)
        computed = field.amplitude((turn(sized) if turn else sized).positions)
        return float(np.sum((computed - measured[some]) ** 2, dtype=np.float64))

    step = _STEP_PX / float(extent.max())
    tried = finest * np.exp(np.arange(0, -np.log(_COVERED), step))
    best = float(min(tried, key=lambda size: left(size, slice(None, None, _FEWER))))
    for _ in range(_REFINED):
        step /= 2
        best = min((best * (1 - step), best, best * (1 + step)), key=left)
    return best
