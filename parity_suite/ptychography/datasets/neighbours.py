"""The nearest others of every position, ties by index: exact, and fast for many positions."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.spatial import cKDTree

from .dataset import Array

#: Candidates that the tree gives beyond those wanted: on a raster as many may be equally far.
_SLACK: Final = 12
#: What the tree's distances may be wrong by, of themselves.
_ROUNDING: Final = 1e-12
#: Distances held at a time where the tree can't tell.
_PAIRS: Final = 2**22


def nearest_others(positions: Array, count: int) -> Array:
    """The ``count`` others nearest to each of ``positions (M, 2)``: indices (M, count) int64, nearest first.

    The order is by squared distance in float64, then by index; coinciding positions are others too. At most M - 1
    others are there to be had: ValueError beyond.
    """
    total = len(positions)
    if not 0 <= count < total:
        raise ValueError(f"count: {count} others of {total} positions")
    candidates = min(2 * count + _SLACK, total)
    reach, found = cKDTree(positions).query(positions, candidates)
    own = np.arange(total)[:, None]
    # Ascending, so that a stable sort leaves the lower index first.
    found = np.sort(found.reshape(total, candidates), axis=1)
    order = _ranked(positions, own, found)
    nearest = np.take_along_axis(found, order, axis=1)[:, 1 : count + 1].astype(np.int64)
    if candidates < total and count:
        last = _squared(positions, own, nearest[:, -1:])[:, 0]
        safe = reach[:, -1] ** 2 * (1 - _ROUNDING) > last
        _settle(positions, np.flatnonzero(~safe), nearest)
    return nearest


def _settle(positions: Array, rows: Array, nearest: Array) -> None:
    """Ranks all positions for the ``rows`` of ``nearest`` that more are equally far from than the tree gave."""
    everyone = np.arange(len(positions))[None]
    step = max(1, _PAIRS // len(positions))
    for start in range(0, len(rows), step):
        some = rows[start : start + step]
        nearest[some] = _ranked(positions, some[:, None], everyone)[:, 1 : nearest.shape[1] + 1]


def _ranked(positions: Array, own: Array, others: Array) -> Array:
    """The order of ``others``, which ascend, by distance to ``own``; what is its own index comes first."""
    squared = np.where(others == own, -1.0, _squared(positions, own, others))
    return np.argsort(squared, axis=1, kind="stable")


def _squared(positions: Array, own: Array, others: Array) -> Array:
    difference = positions[own] - positions[others]
    return np.asarray(difference[..., 0] ** 2 + difference[..., 1] ** 2)
