"""Where the patches lie: positions and offsets from the centre of stitching, [x, y] in pixels."""

from __future__ import annotations

from typing import Any

import numpy as np

from parity_suite.ptychography.dumps.moments import Array, Moments


class OffsetStatistics:
    """Extremes and mean of all positions; the values themselves of at most ``limit`` patches."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._all = Moments(2)
        self._non_finite = 0
        #: [x, y] of the listed patches, in the order of the patch statistics
        self.listed: list[Array] = []

    def add(self, positions: Array) -> None:
        """Takes in ``positions (B, 1, 2, C)``."""
        xy = np.moveaxis(positions[:, 0].astype(np.float64), 1, 2).reshape(-1, 2)
        self._all.add(xy)
        self._non_finite += int(np.sum(~np.isfinite(xy)))
        # Copies: a view would keep the whole batch alive.
        self.listed += [row.copy() for row in xy[: self._limit - len(self.listed)]]

    def summary(self, centre: Array | None) -> dict[str, Any]:
        """Everything, as nested plain values; without a ``centre (2,)`` there are no offsets."""
        # min and max move with the origin without error: rounding a difference keeps the order.
        return {
            "unit": "pixel, [x, y]",
            "patches": {"seen": self._all.count, "recorded": len(self.listed)},
            "non_finite": self._non_finite,
            "positions": self._about(np.zeros(2)),
            "centre": centre,
            "offsets": None if centre is None else self._about(centre),
        }

    def _about(self, origin: Array) -> dict[str, Any]:
        seen = self._all.count > 0
        return {
            "min": self._all.minimum - origin,
            "max": self._all.maximum - origin,
            "mean": self._all.mean - origin if seen else np.full(2, np.nan),
            "values": [row - origin for row in self.listed],
        }
