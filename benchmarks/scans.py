"""Patches of a dense scan, made with no memory but their own."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

SIDE: Final = 64
CANVAS: Final = (448, 448)


def scan(count: int) -> tuple[Any, Any]:
    """complex64 patches (B, N, N, 1) and float64 positions (B, 1, 2, 1), all of them inside the canvas."""
    rng = np.random.default_rng(count)
    patches = np.empty((count, SIDE, SIDE, 1), np.complex64)
    rng.standard_normal(out=patches.view(np.float32), dtype=np.float32)
    reach = (min(CANVAS) - SIDE) / 2 - 1
    return patches, rng.uniform(-reach, reach, (count, 1, 2, 1))


def plain_loop(patches: Any, positions: Any) -> Any:
    """The numerator the plain way: for each patch, four weighted shifts added to a slice of the canvas."""
    canvas = np.zeros(CANVAS, patches.dtype)
    corners = positions[:, 0, :, 0] + (CANVAS[0] - SIDE) / 2
    for patch, (x, y) in zip(patches[..., 0], corners.tolist(), strict=True):
        row, column = int(y), int(x)
        fy, fx = y - row, x - column
        for dy, wy in ((0, 1 - fy), (1, fy)):
            for dx, wx in ((0, 1 - fx), (1, fx)):
                top, left = row + dy, column + dx
                canvas[top : top + SIDE, left : left + SIDE] += wy * wx * patch
    return canvas
