"""What both adapters need: inputs refused before they reach code that refuses nothing, and groups in one order."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from parity_suite.core.packs import BY_NAME
from parity_suite.ptychography.admission import admit


def checked(method: Callable[..., Any]) -> Callable[..., Any]:
    """A stage that refuses what breaks its contract, and of no items gives none of what it gives of two."""
    known = BY_NAME[method.__name__]
    signature = inspect.signature(method)

    @wraps(method)
    def stage(self: Any, *arguments: Any, **named: Any) -> Any:
        given = signature.bind(self, *arguments, **named).arguments
        inputs = {name: value for name, value in given.items() if name != "self"}
        admit(known, inputs)
        empty = [one.name for one in known.inputs if one.axes[:1] == (known.items,) and not len(inputs[one.name])]
        if known.single and empty:
            inputs |= {name: np.zeros((2, *inputs[name].shape[1:]), inputs[name].dtype) for name in empty}
            return method(self, **inputs)[:0]
        return method(self, **inputs)

    return stage


def ordered(indices: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Groups (G, C) of the points that they are drawn for, by the distance from it: theirs are in random order."""
    seeds = np.arange(len(indices))[:, None]
    squares = np.sum((positions[indices] - positions[seeds]) ** 2, axis=-1)
    order = np.lexsort((indices, squares, indices != seeds), axis=-1)
    return np.take_along_axis(indices, order, axis=1)


def window(image: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The middle of the last two axes, pixel H//2 staying the middle, with zeros where the image ends."""
    for axis, size in zip((-2, -1), shape, strict=True):
        first = image.shape[axis] // 2 - size // 2
        last = first + size - image.shape[axis]
        pad = [(0, 0)] * image.ndim
        pad[axis] = (max(0, -first), max(0, last))
        image = np.take(np.pad(image, pad), np.arange(max(0, first), max(0, first) + size), axis=axis)
    return image
