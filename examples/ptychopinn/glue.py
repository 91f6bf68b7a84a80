"""What both adapters need: groups in one order, the middle of a canvas, and canvases of chunks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np


def ordered(indices: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Groups (G, C) of the points that they are drawn for, by the distance from it: theirs are in random order."""
    seeds = np.arange(len(indices))[:, None]
    squares = np.sum((positions[indices] - positions[seeds]) ** 2, axis=-1)
    order = np.lexsort((indices, squares, indices != seeds), axis=-1)
    return np.take_along_axis(indices, order, axis=1)


def window(image: np.ndarray, shape: tuple[int, ...], away: Iterable[int] = (0, 0)) -> np.ndarray:
    """The middle of the last two axes, pixel H//2 staying the middle, with zeros where the image ends; or a part of it
    so many rows and columns further.
    """
    for axis, size, more in zip((-2, -1), shape, away, strict=True):
        first = image.shape[axis] // 2 - size // 2 + more
        last = first + size - image.shape[axis]
        pad = [(0, 0)] * image.ndim
        pad[axis] = (max(0, -first), max(0, last))
        image = np.take(np.pad(image, pad), np.arange(max(0, first), max(0, first) + size), axis=axis)
    return image


def added(parts: Iterable[Mapping[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """One canvas of those of several chunks, divided as both do, by a count that is not quite zero."""
    numerator, count = map(sum, zip(*((one["numerator"], one["count"]) for one in parts), strict=True))
    return {"numerator": numerator, "count": count, "canvas": numerator / (count + count.dtype.type(1e-9))}
