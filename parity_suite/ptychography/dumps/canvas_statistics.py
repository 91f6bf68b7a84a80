"""Statistics of a stitched canvas over the pixels that patches cover."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from parity_suite.ptychography.dumps.moments import Array
from parity_suite.ptychography.pipeline import COVER_THRESHOLD

DEFINITION: Final = (
    "over covered pixels, population (divided by n), null where a pixel is not finite or there is none; "
    "phase in rad over covered pixels other than 0, unwrapped about its circular mean"
)
_FIELDS: Final = ("numerator", "count", "canvas")


def require_canvas(canvas: Mapping[str, Array]) -> None:
    """``ValueError`` unless ``numerator``, ``count`` and ``canvas`` are there with one shape (H, W)."""
    missing = [name for name in _FIELDS if name not in canvas]
    if missing:
        raise ValueError(f"canvas: {', '.join(missing)} missing")
    shapes = {name: np.shape(canvas[name]) for name in _FIELDS}
    if len(set(shapes.values())) > 1 or len(shapes["canvas"]) != 2:
        raise ValueError(f"canvas: numerator, count and canvas of one shape (H, W) are wanted, not {shapes}")


def covered_pixels(canvas: Mapping[str, Array]) -> Array:
    """(H, W) bool; a count that is not finite covers, so that what is wrong is not hidden."""
    return ~(np.asarray(canvas["count"]) < COVER_THRESHOLD)


def canvas_summary(canvas: Mapping[str, Array]) -> dict[str, Any]:
    """Plain values by name; what is not finite is left so."""
    stitched = np.asarray(canvas["canvas"], np.complex128)
    covered = covered_pixels(canvas)
    over = stitched[covered]
    with np.errstate(over="ignore", invalid="ignore"):
        return {
            "definition": DEFINITION,
            "shape": stitched.shape,
            "covered": int(covered.sum()),
            "covered_fraction": float(covered.mean()) if covered.size else np.nan,
            "non_zero": int(np.count_nonzero(stitched)),
            "non_finite": int(np.sum(~np.isfinite(stitched))),
            "amplitude": _moments(np.abs(over)),
            "phase": _moments(unwrapped_phase(over[over != 0])),
            "numerator_energy": float(np.sum(np.abs(np.asarray(canvas["numerator"], np.complex128)) ** 2)),
            "count_sum": float(np.sum(np.asarray(canvas["count"], np.float64))),
        }


def unwrapped_phase(values: Array) -> Array:
    """The phase of every value, rad, taken within pi of the circular mean phase.

    So a canvas whose global phase lies near pi has the spread of the same canvas with its phase near 0.
    """
    phase = np.angle(values)
    middle = np.angle(np.sum(np.exp(1j * phase)))
    return np.asarray(middle + np.angle(np.exp(1j * (phase - middle))))


def _moments(values: Array) -> dict[str, float]:
    if not values.size:
        return dict.fromkeys(("mean", "std", "min", "max", "var"), np.nan)
    return {
        "mean": float(values.mean()),
        "std": float(values.std()),
        "min": float(values.min()),
        "max": float(values.max()),
        "var": float(values.var()),
    }
