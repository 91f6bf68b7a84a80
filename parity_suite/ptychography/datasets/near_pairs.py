"""All pairs of places nearer than a distance: found row by row of a grid, and handed out in runs."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

import numpy as np

from .dataset import Array

#: Pairs whose distances are held at a time.
_PAIRS: Final = 2**16
#: Rows are higher than the distance by this part, so that no rounding puts two near places more than a row apart.
_HIGHER: Final = 1e-9


def near_pairs(places: Array, times: Array, distance: float) -> Iterator[tuple[Array, Array]]:
    """The distances (k,) float64 below ``distance`` of two of ``places (U, 2)``, which differ, beside the pairs (k,)
    int64 that each stands for, where place u is taken ``times (U,)``.
    """
    row = np.floor((places[:, 1] - places[:, 1].min()) / (distance * (1 + _HIGHER)))
    order = np.lexsort((places[:, 0], row))
    (x, y), row, times = places[order].T, row[order], times[order]
    for first, stop in _ranges(x, row, distance):
        for own, other in _runs(first, stop):
            across, down = x[other] - x[own], y[other] - y[own]
            apart = np.sqrt(across * across + down * down)
            near = apart < distance
            yield apart[near], (times[own] * times[other])[near]


def _ranges(x: Array, row: Array, distance: float) -> Iterator[tuple[Array, Array]]:
    """For each place the others [first, stop) that may be near: of those after it in its row, and of the next row."""
    starts = np.flatnonzero(np.diff(row, prepend=-1.0))
    bounds = [*starts.tolist(), len(x)]
    own_stop, first, stop = (np.zeros(len(x), np.int64) for _ in range(3))
    for at, (start, end) in enumerate(pairwise(bounds)):
        own = x[start:end]
        own_stop[start:end] = start + np.searchsorted(own, own + distance, side="right")
        if end < len(x) and row[end] - row[start] == 1:
            below = x[end : bounds[at + 2]]
            first[start:end] = end + np.searchsorted(below, own - distance)
            stop[start:end] = end + np.searchsorted(below, own + distance, side="right")
    yield np.arange(1, len(x) + 1), own_stop
    yield first, stop


def _runs(first: Array, stop: Array) -> Iterator[tuple[Array, Array]]:
    """Each index with those from its ``first`` to before its ``stop``, no more than :data:`_PAIRS` of them at a time
    where one index alone has no more.
    """
    ahead = np.concatenate([[0], np.cumsum(stop - first)])
    start = 0
    while start < len(first):
        end = max(int(np.searchsorted(ahead, ahead[start] + _PAIRS, side="right")) - 1, start + 1)
        own = np.repeat(np.arange(start, end), (stop - first)[start:end])
        # Counted from the first of their own index.
        yield own, first[own] + np.arange(ahead[start], ahead[end]) - ahead[own]
        start = end
