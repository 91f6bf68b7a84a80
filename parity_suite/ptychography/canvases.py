"""How two canvases of stitched patches are compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from parity_suite.compare.deviation import Outcome, deviation, exactly, with_about
from parity_suite.ptychography.pipeline import COVER_THRESHOLD

#: Coverage may differ where the count lies this close to the threshold.
_MASK_MARGIN = 1e-4


def compare_canvas(label: str, got: Mapping[str, Any], want: Mapping[str, Any], variant: str = "") -> Iterator[Outcome]:
    """Values where both cover, masks except near the threshold."""
    if got["canvas"].shape != want["canvas"].shape or got["count"].shape != want["count"].shape:
        yield with_about(deviation(label, got["canvas"], want["canvas"]), field="canvas", variant=variant)
        return
    ours, theirs = (np.asarray(side["count"], np.float64) >= COVER_THRESHOLD for side in (got, want))
    near = np.abs(np.asarray(want["count"], np.float64) - COVER_THRESHOLD) < _MASK_MARGIN
    yield exactly(f"covered {label}", ours | near, theirs | near)
    uncovered = got["canvas"][~ours]
    yield exactly(f"uncovered {label} is zero", uncovered, np.zeros_like(uncovered))
    both = ours & theirs
    # A quotient is as good as its denominator: a small count magnifies the rounding of the numerator.
    weight = np.minimum(np.asarray(want["count"], np.float64), 1.0)
    found = deviation(label, np.where(both, got["canvas"] * weight, 0), np.where(both, want["canvas"] * weight, 0))
    yield with_about(found, field="canvas", variant=variant)
