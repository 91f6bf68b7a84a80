"""Mistakes on the way in: what the oracle makes of inputs that are read otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.cases.input_hypothesis import Change, InputHypothesis, Inputs
from parity_suite.cases.rules import rules_of
from parity_suite.core.kinds import Kind
from parity_suite.core.packs import BY_NAME
from parity_suite.core.stage import Field


def misreadings(stage: str) -> Iterator[InputHypothesis]:
    """All ways to misread one input of a stage, or a position and its origin together."""
    for field in BY_NAME[stage].inputs:
        maker = _MAKERS.get(field.kind)
        if maker and field.is_array:
            for kind, text, change in maker(field):
                yield InputHypothesis(kind, f"{field.name} {text}", _one(field.name, change))
        elif not field.is_array:
            yield from _plain(field)
    yield from rules_of(stage).input_hypotheses()
    yield from _about_origins(stage)


def _one(name: str, change: Callable[[Array], Array | None]) -> Change:
    def changed(inputs: Inputs) -> Inputs | None:
        value = inputs.get(name)
        if not isinstance(value, np.ndarray) or not value.size:
            return None
        other = change(value)
        return None if other is None else {**inputs, name: np.ascontiguousarray(other)}

    return changed


Way = tuple[Kind, str, Callable[[Array], Array | None]]


def _positions(field: Field) -> Iterator[Way]:
    axis = field.axes.index("2") if "2" in field.axes else 0
    channel = field.axes.index("C") if "C" in field.axes else None

    def both(x: float, y: float) -> Array:
        return np.array([x, y]).reshape([2 if k == axis else 1 for k in range(max(1, len(field.axes)))])

    yield Kind.SIGN, "of the opposite sign", lambda v: -v
    yield Kind.AXES, "with x and y swapped", lambda v: np.flip(v, axis)
    yield Kind.SIGN, "with x of the opposite sign", lambda v: v * both(-1, 1)
    yield Kind.SIGN, "with y of the opposite sign", lambda v: v * both(1, -1)
    yield Kind.AXES, "with x and y swapped, and of the opposite sign", lambda v: -np.flip(v, axis)
    yield Kind.NEAREST, "rounded to whole pixels", np.rint
    yield Kind.NEAREST, "rounded down to whole pixels", np.floor
    yield Kind.NEAREST, "cut to whole pixels", np.trunc
    yield Kind.NEAREST, "rounded up from a half", lambda v: np.floor(v + 0.5)
    for step, kind in ((0.5, Kind.HALF_PIXEL), (1.0, Kind.SHIFT)):
        for name, x, y in (("x and y", 1, 1), ("x", 1, 0), ("y", 0, 1)):
            for sign in (1, -1):
                by = both(sign * step * x, sign * step * y)
                yield kind, f"off by {sign * step:+g} pixel in {name}", partial(np.add, by)
    yield (Kind.CENTRE if field.origin_of else Kind.IGNORED), "taken for zero", np.zeros_like
    whose = Kind.CENTRE if field.origin_of else Kind.REPEATED
    yield whose, "of the first item for all", lambda v: np.repeat(v[:1], len(v), axis=0)
    if channel is not None:
        yield Kind.REPEATED, "of the first channel for all", lambda v: v.take([0] * v.shape[channel], channel)
        yield Kind.ORDER, "with channels counted along columns", lambda v: _column_major(v, channel)
    yield Kind.BATCH, "less the mean of the batch", lambda v: v - v.mean(axis=_all_but(v, axis), keepdims=True)
    yield Kind.ORDER, "of the items in the opposite order", lambda v: v[::-1]
    yield Kind.PRECISION, "rounded to float32", lambda v: v.astype(np.float32).astype(v.dtype)
    yield Kind.PRECISION, "rounded to float16", lambda v: v.astype(np.float16).astype(v.dtype)


def _all_but(values: Array, axis: int) -> tuple[int, ...]:
    return tuple(k for k in range(values.ndim) if k != axis)


def _column_major(values: Array, axis: int) -> Array | None:
    g = round(values.shape[axis] ** 0.5)
    return values.take(np.arange(g * g).reshape(g, g).T.ravel(), axis) if g * g == values.shape[axis] else None


def _images(field: Field) -> Iterator[Way]:
    names = field.axes
    plane = [k for k, one in enumerate(names) if one in ("N", "H", "W")]
    if field.kind == "complex":
        yield Kind.CONJUGATE, "conjugated", np.conj
    if len(plane) == 2:
        row, column = plane
        yield Kind.TRANSPOSE, "with rows and columns swapped", lambda v: _square(v, row, column)
        yield Kind.MIRROR, "mirrored left to right", lambda v: np.flip(v, column)
        yield Kind.MIRROR, "mirrored top to bottom", lambda v: np.flip(v, row)
        yield Kind.MIRROR, "turned by half a turn", lambda v: np.flip(v, (row, column))
        yield Kind.FFTSHIFT, "shifted by half its side", lambda v: np.fft.fftshift(v, (row, column))
    for k, word in ((k, _AXES[one]) for k, one in enumerate(names) if one in _AXES):
        yield Kind.REPEATED, f"of the first {word} for all", partial(_first_along, k)
        yield Kind.ORDER, f"with {word}s in the opposite order", partial(np.flip, axis=k)
    if "P" in names:
        mode = names.index("P")
        yield Kind.DROPPED, "of the first mode alone", lambda v: v.take([0], mode)
    if "C" in names:
        channel = names.index("C")
        yield Kind.ORDER, "with channels counted along columns", lambda v: _column_major(v, channel)
    yield Kind.MODULUS, "in modulus alone", lambda v: np.abs(v).astype(v.dtype)
    if field.kind == "complex":
        yield Kind.MODULUS, "in its real part alone", lambda v: v.real.astype(v.dtype)
    yield Kind.POWER, "squared", lambda v: v**2
    yield Kind.POWER, "under a root", np.emath.sqrt
    yield Kind.BATCH, "over the mean of the batch", lambda v: v / v.mean() if v.mean() else None
    yield Kind.PRECISION, "rounded to float16", lambda v: _half(v, 1.0)
    yield Kind.PRECISION, "rounded to float16, over its largest value", lambda v: _half(v, float(np.abs(v).max()))


_AXES: Final = {"B": "item", "P": "mode", "C": "channel"}


def _first_along(axis: int, values: Array) -> Array:
    return values.take([0] * values.shape[axis], axis)


def _square(values: Array, row: int, column: int) -> Array | None:
    return np.swapaxes(values, row, column) if values.shape[row] == values.shape[column] else None


def _half(values: Array, size: float) -> Array | None:
    if not size:
        return None
    parts = [(part / size).astype(np.float16).astype(np.float64) * size for part in (values.real, values.imag)]
    whole = parts[0] + 1j * parts[1] if values.dtype.kind == "c" else parts[0]
    return np.asarray(whole).astype(values.dtype)


_MAKERS: Final[Mapping[str, Callable[[Field], Iterator[Way]]]] = {
    "position": _positions,
    "complex": _images,
    "real": _images,
}


def _plain(field: Field) -> Iterator[InputHypothesis]:
    """A number, a switch or a word that is not looked at."""

    def swap(value: Callable[[Any], Any]) -> Change:
        def changed(inputs: Inputs) -> Inputs | None:
            given = inputs.get(field.name)
            return None if given is None else {**inputs, field.name: value(given)}

        return changed

    if field.kind == "scalar":
        yield InputHypothesis(Kind.IGNORED, f"{field.name} taken for 1", swap(lambda v: 1.0))
        yield InputHypothesis(Kind.POWER, f"{field.name} squared", swap(lambda v: v**2))
        yield InputHypothesis(Kind.POWER, f"{field.name} under a root", swap(lambda v: float(np.sqrt(v))))
        yield InputHypothesis(Kind.POWER, f"{field.name} taken for its reciprocal", swap(lambda v: 1 / v))
    if field.kind == "flag":
        yield InputHypothesis(Kind.IGNORED, f"{field.name} is ignored, and on", swap(lambda v: True))
        yield InputHypothesis(Kind.IGNORED, f"{field.name} is ignored, and off", swap(lambda v: False))
    if field.optional:
        yield InputHypothesis(Kind.IGNORED, f"{field.name} is ignored", swap(lambda v: None))


def _about_origins(stage: str) -> Iterator[InputHypothesis]:
    """Positions beside what they are measured from."""
    for field in BY_NAME[stage].inputs:
        if field.origin_of:
            yield from _about(field.name, BY_NAME[stage].input(field.origin_of))


def _about(name: str, field: Field) -> Iterator[InputHypothesis]:
    of, xy = field.name, field.axes.index("2")
    # The origin of all is along the axis of its coordinates, and one elsewhere.
    flat = [2 if k == xy else 1 for k in range(len(field.axes))]

    def towards(inputs: Inputs) -> Array:
        origin = np.asarray(inputs[name])
        return origin.reshape(flat) if origin.ndim == 1 else origin

    def moved(change: Callable[[Array], Array]) -> Change:
        return lambda i: {**i, of: change(i[of] - towards(i)) + towards(i)}

    def both_swapped(inputs: Inputs) -> Inputs:
        origin = inputs[name]
        return {**inputs, of: np.flip(inputs[of], xy), name: np.flip(origin, 0 if origin.ndim == 1 else xy)}

    def on_mean(inputs: Inputs) -> Inputs | None:
        positions, origin = inputs[of], inputs[name]
        if not len(positions):
            return None
        if origin.ndim == 1:
            return {**inputs, name: positions.mean(axis=_all_but(positions, xy))}
        others = tuple(k for k in _all_but(positions, xy) if k)
        return {**inputs, name: positions.mean(axis=others, keepdims=True)}

    def first(inputs: Inputs) -> Inputs | None:
        origin = inputs[name]
        return None if origin.ndim == 1 else {**inputs, name: np.broadcast_to(origin[:1], origin.shape).copy()}

    yield InputHypothesis(Kind.SIGN, f"{of} on the other side of {name}", moved(lambda d: -d))
    yield InputHypothesis(Kind.AXES, f"x and y of {of} swapped about {name}", moved(lambda d: np.flip(d, xy)))
    yield InputHypothesis(Kind.AXES, f"x and y of {of} and {name} swapped", both_swapped)
    yield InputHypothesis(Kind.NEAREST, f"offsets from {name} rounded to whole pixels", moved(np.rint))
    yield InputHypothesis(Kind.NEAREST, f"offsets from {name} rounded down to whole pixels", moved(np.floor))
    yield InputHypothesis(Kind.IGNORED, f"{of} taken for {name}", moved(lambda d: 0 * d))
    yield InputHypothesis(Kind.CENTRE, f"{name} not taken off", lambda i: {**i, name: np.zeros_like(i[name])})
    yield InputHypothesis(Kind.CENTRE, f"the mean of the {of} at hand for {name}", on_mean)
    yield InputHypothesis(Kind.CENTRE, f"the first of {name} for all", first)
