"""Ways to make the inputs of a stage simpler: fewer items, a smaller side, plainer values.

They follow from the axes and kinds of a stage's fields alone. A step may give inputs that the stage does not take:
whoever asks finds out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final

import numpy as np

from parity_suite.core.packs import BY_NAME
from parity_suite.core.stage import Field

Inputs = Mapping[str, Any]
#: From inputs to simpler ones; None where it does not apply to them.
Step = Callable[[Inputs], Inputs | None]

#: Indices along one axis that are kept.
Kept = tuple[int, ...]

#: Axes whose items have an order in space: a part of them is a window, not a choice.
_SPATIAL: Final = ("N", "H", "W")

#: Sides that are tried first: the smallest odd, even and round ones.
_SIDES: Final = (1, 2, 3, 4, 5, 6, 8)

#: Scalars that are as plain as any; where they are read as a size, a power or a factor, 1 may hide the failure.
_PLAIN: Final = (1.0, 2.0)

#: Of arrays with more elements no parts are made zero.
_FEW: Final = 256


def smaller(stage: str, inputs: Inputs) -> Iterator[Step]:
    """Steps to one item or none, the smallest sides, small numbers and no options."""
    sizes = axes_of(stage, inputs)
    for axis in sorted(sizes, key=lambda axis: axis in _SPATIAL):
        yield from (_keep(stage, axis, kept) for kept in _quick(axis, sizes[axis]))
    yield from _numbers(stage, inputs)


def plainer(stage: str, inputs: Inputs) -> Iterator[Step]:
    """Steps that make all values of an array zero, near, real or whole."""
    for field, value in _arrays(stage, inputs):
        if value.dtype.kind in "fc" and value.size:
            yield from _values(field, value)


def thorough(stage: str, inputs: Inputs) -> Iterator[Step]:
    """Steps that leave out every part of an axis, and make every part of a small array zero."""
    for axis, size in axes_of(stage, inputs).items():
        yield from (_keep(stage, axis, kept) for kept in _parts(axis, size))
    for field, value in _arrays(stage, inputs):
        if value.dtype.kind in "fc" and value.size <= _FEW:
            yield from _blanks(field.name, value)


#: From the steps that save most to those that are many.
PASSES: Final = (smaller, plainer, thorough)


def axes_of(stage: str, inputs: Inputs) -> dict[str, int]:
    """The sizes above 0 of the axes that can be cut; ``name:0`` is the first axis of an array without named ones."""
    sizes: dict[str, int] = {}
    for field, value in _arrays(stage, inputs):
        if field.axes == ("*",):
            # Of square images the two are one.
            square = {k + 1 for k in range(value.ndim - 1) if value.shape[k] == value.shape[k + 1] > 1}
            sizes |= {f"{field.name}:{k}": n for k, n in enumerate(value.shape) if k not in square}
            continue
        for axis, n in zip(field.axes, value.shape, strict=False):
            if not axis.isdigit():
                sizes[axis] = min(n, sizes.get(axis, n)) if field.for_blocks else sizes.get(axis, n)
    return {axis: n for axis, n in sizes.items() if n > 0}


def _arrays(stage: str, inputs: Inputs) -> Iterator[tuple[Field, Any]]:
    for field in BY_NAME[stage].inputs:
        if isinstance(inputs.get(field.name), np.ndarray):
            yield field, inputs[field.name]


def _quick(axis: str, size: int) -> Iterator[Kept]:
    """One of the first items or the last; or windows of the smallest sides."""
    if axis in _SPATIAL or ":" in axis:
        for side in _SIDES:
            if side < size:
                yield from _windows(side, size)
        return
    if size > 1:
        yield from ((k,) for k in sorted({0, 1, 2, size - 1}) if k < size)
    if axis == "C" and size > 4:
        yield (0, 1, 2, 3)


def _windows(side: int, size: int) -> Iterator[Kept]:
    for start in sorted({0, (size - side) // 2, size - side}):
        yield tuple(range(start, start + side))


def _parts(axis: str, size: int) -> Iterator[Kept]:
    """Each part of 2, 4, ... alone, then everything but it (Zeller and Hildebrandt 2002, ddmin)."""
    whole, part = tuple(range(size)), size
    while part > 1:
        part = -(-part // 2)
        for start in range(0, size, part):
            if axis in _SPATIAL or ":" in axis:
                yield from (kept for kept in (whole[: size - part], whole[part:]) if kept and start == 0)
                continue
            yield whole[start : start + part]
            yield whole[:start] + whole[start + part :]


def _keep(stage: str, axis: str, kept: Kept) -> Step:
    def step(inputs: Inputs) -> Inputs | None:
        size = axes_of(stage, inputs).get(axis)
        if size is None or len(kept) >= size or (kept and max(kept) >= size):
            return None
        out = dict(inputs)
        for field, value in _arrays(stage, inputs):
            out[field.name] = _cut(field, value, axis, kept, size)
        return out

    return step


def _cut(field: Field, value: Any, axis: str, kept: Kept, size: int) -> Any:
    """The array with the kept part of an axis, in each place where it has it."""
    if field.axes == ("*",):
        if axis.startswith(f"{field.name}:"):
            first = int(axis.rpartition(":")[2])
            # Its square neighbours go with it.
            places = [first]
            while places[-1] + 1 < value.ndim and value.shape[places[-1] + 1] == size > 1:
                places.append(places[-1] + 1)
        else:
            places = [0] if axis == "B" and value.ndim > 1 and len(value) == size else []
    else:
        places = [k for k, name in enumerate(field.axes[: value.ndim]) if name == axis]
    for place in places:
        each = value.shape[place] // size
        picked = [k * each + j for k in kept for j in range(each)]
        value = np.take(value, np.array(picked, int), axis=place)
    return np.ascontiguousarray(value)


def _numbers(stage: str, inputs: Inputs) -> Iterator[Step]:
    """Options left out, smaller whole numbers and canvases, plain scalars."""
    for field in BY_NAME[stage].inputs:
        value = inputs.get(field.name)
        if value is None:
            continue
        if field.optional:
            yield partial(_without, name=field.name)
        if field.kind == "integer":
            yield from (partial(_lower, name=field.name, sizes=(k,)) for k in (1, 2, value // 2, value - 1))
        elif field.kind == "shape":
            height, width = value
            for k in (1, 2, 3, 4, 5, 8, min(value) // 2, min(value) - 1):
                for sizes in ((k, k), (k, width), (height, k)):
                    yield partial(_lower, name=field.name, sizes=sizes)
        elif field.kind == "scalar":
            yield from (partial(_plain_scalar, name=field.name, value=x) for x in (*_PLAIN, float(np.rint(value))))


def _without(inputs: Inputs, name: str) -> Inputs | None:
    return None if inputs[name] is None else {**inputs, name: None}


def _lower(inputs: Inputs, name: str, sizes: tuple[int, ...]) -> Inputs | None:
    """A whole number, or a pair of them, in the place of one that is by now not less."""
    before = inputs[name]
    if before is None:
        return None
    now = before if isinstance(before, tuple) else (before,)
    if min(sizes) < 1 or sizes == now or any(one > other for one, other in zip(sizes, now, strict=True)):
        return None
    return {**inputs, name: sizes if isinstance(before, tuple) else sizes[0]}


def _plain_scalar(inputs: Inputs, name: str, value: float) -> Inputs | None:
    before = inputs[name]
    return None if before is None or before in _PLAIN or value <= 0 or value == before else {**inputs, name: value}


def _values(field: Field, value: Any) -> Iterator[Step]:
    """Everything zero, near the origin, real, rounded."""
    name = field.name
    yield _map(name, np.zeros_like)
    if field.kind == "position":
        yield from (_map(name, partial(_near, period=period)) for period in (1, 2, 4, 8, 16))
    if value.dtype.kind == "c":
        yield _map(name, _real)
    yield from (_map(name, partial(np.round, decimals=digits)) for digits in (0, 1, 2))


def _near(array: Any, period: int) -> Any:
    return np.mod(array, array.dtype.type(period))


def _real(array: Any) -> Any:
    return array.real.astype(array.dtype)


def _blanks(name: str, value: Any) -> Iterator[Step]:
    part = value.size
    while part > 1:
        part = -(-part // 2)
        for start in range(0, value.size, part):
            yield _map(name, partial(_blank, start=start, part=part))


def _blank(array: Any, start: int, part: int) -> Any:
    flat = array.flatten()
    flat[start : start + part] = 0
    return flat.reshape(array.shape)


def _map(name: str, change: Callable[[Any], Any]) -> Step:
    def step(inputs: Inputs) -> Inputs | None:
        changed = change(inputs[name])
        return None if np.array_equal(changed, inputs[name]) else {**inputs, name: changed}

    return step
