"""How large a canvas must be so that no patch is clipped."""

from __future__ import annotations

import numpy as np

from parity_suite.backends.api import Array


def canvas_for(positions: Array, centre: Array, size: int) -> tuple[int, int]:
    """The canvas (H, W) for stitching: ``M = N + 2 ceil(max |offset|)`` on each axis, the least that the rule allows.

    ``positions`` is (B, 1, 2, C), [x, y] in pixels; ``centre`` is (2,), the point that lies on the canvas centre;
    ``size`` is N. Give positions and centre as rounded to the precision that will stitch them. Two canvases are the
    same size whatever the signs of the offsets, and N and M have the same parity: M//2 - N//2 is then exactly the
    padding on either side, where an even M around an odd N would have one pixel less on the right than on the left.

    Raises ``ValueError`` naming the field for a wrong shape, a size below 1, or a number that is not finite.
    """
    points, middle = np.asarray(positions, np.float64), np.asarray(centre, np.float64)
    if points.ndim != 4 or points.shape[1:3] != (1, 2):
        raise ValueError(f"positions: shape {points.shape}, wanted (B, 1, 2, C)")
    if middle.shape != (2,):
        raise ValueError(f"centre: shape {middle.shape}, wanted (2,)")
    for name, values in (("positions", points), ("centre", middle)):
        if not np.isfinite(values).all():
            raise ValueError(f"{name}: not finite")
    if size < 1:
        raise ValueError(f"size: {size}, wanted at least 1")
    farthest = np.abs(points - middle[:, None]).max(axis=(0, 1, 3), initial=0.0)
    width, height = (size + 2 * int(np.ceil(offset)) for offset in farthest)
    return height, width
