"""Count, mean, population variance and extremes of a stream of rows, in memory that does not grow."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


class Moments:
    """Of every column of the rows added so far; a value that is not finite makes its column so, for good.

    Batches are merged by the update of Chan, Golub and LeVeque (1979), which loses no digits where the mean is large
    beside the spread.
    """

    def __init__(self, columns: int) -> None:
        self.count = 0
        self.mean: Array = np.zeros(columns)
        self.minimum: Array = np.full(columns, np.inf)
        self.maximum: Array = np.full(columns, -np.inf)
        self._squares: Array = np.zeros(columns)

    def add(self, rows: Array) -> None:
        """Takes in ``rows (n, columns)``, n >= 0."""
        added = len(rows)
        if not added:
            return
        total = self.count + added
        with np.errstate(over="ignore", invalid="ignore"):
            mean = rows.mean(axis=0)
            gap = mean - self.mean
            self._squares += np.sum((rows - mean) ** 2, axis=0) + gap**2 * (self.count * added / total)
            # The first mean is taken as it is: 0 + (mean - 0) would round where the sum over one batch does not.
            self.mean = self.mean + gap * (added / total) if self.count else mean
            self.minimum = np.minimum(self.minimum, rows.min(axis=0))
            self.maximum = np.maximum(self.maximum, rows.max(axis=0))
        self.count = total

    @property
    def variance(self) -> Array:
        """Population variance: divided by the count."""
        return self._squares / self.count if self.count else np.full_like(self._squares, np.nan)
