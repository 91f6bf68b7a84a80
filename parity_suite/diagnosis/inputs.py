"""Mistakes on the way in: what the oracle makes of inputs that are read otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import combinations, product
from typing import Any, Final

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.cases.hypotheses import Change, InputHypothesis, Inputs
from parity_suite.cases.rules import rules_of
from parity_suite.compare.diagnosis import ROUNDINGS
from parity_suite.core.kinds import Kind
from parity_suite.core.packs import BY_NAME
from parity_suite.core.stage import ROUNDED, Field
from parity_suite.diagnosis.origins import about_origins, all_but


def misreadings(stage: str) -> Iterator[InputHypothesis]:
    """All ways to misread one input of a stage, or a position and its origin together."""
    for field in BY_NAME[stage].inputs:
        maker = _MAKERS.get(field.kind)
        if maker and field.is_array:
            for kind, text, change in maker(field):
                yield InputHypothesis(kind, f"{field.name} {text}", changed_input(field.name, change))
        elif not field.is_array:
            yield from _plain(field)
    yield from _of_all(stage)
    yield from rules_of(stage).input_hypotheses()
    yield from about_origins(stage)


def changed_input(name: str, change: Callable[[Array], Array | None]) -> Change:
    """Inputs with another array in the place of one; none where that is not given, or has no element."""

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
    yield Kind.IGNORED, "with x taken for zero", lambda v: v * both(0, 1)
    yield Kind.IGNORED, "with y taken for zero", lambda v: v * both(1, 0)
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
    yield Kind.BATCH, "less the mean of the batch", lambda v: v - v.mean(axis=all_but(v, axis), keepdims=True)
    yield Kind.ORDER, "of the items in the opposite order", lambda v: v[::-1]
    for name, to_precision in ROUNDINGS.items():
        yield Kind.PRECISION, f"rounded to {name}", to_precision
    for power in range(1, 13):
        step = 2.0**power
        yield Kind.QUANTISED, f"rounded to 1/{step:g}", partial(_in_steps, np.rint, step)
        yield Kind.QUANTISED, f"rounded down to 1/{step:g}", partial(_in_steps, np.floor, step)
    for digits in (1, 2, 3, 4, 6, 9, 12):
        yield Kind.QUANTISED, f"rounded to {digits} decimals", partial(_to_decimals, digits)


def _column_major(values: Array, axis: int) -> Array | None:
    g = round(values.shape[axis] ** 0.5)
    return values.take(np.arange(g * g).reshape(g, g).T.ravel(), axis) if g * g == values.shape[axis] else None


def _images(field: Field) -> Iterator[Way]:
    names = field.axes
    plane = [k for k, one in enumerate(names) if one in _PLANE]
    if field.kind == "complex":
        yield Kind.CONJUGATE, "conjugated", np.conj
    if len(plane) == 2:
        row, column = plane
        if names[row] == names[column]:
            yield Kind.TRANSPOSE, "with rows and columns swapped", lambda v: _square(v, row, column)
        else:
            yield Kind.TRANSPOSE, "with rows and columns swapped", lambda v: np.swapaxes(v, row, column)
            yield Kind.TRANSPOSE, "with rows and columns swapped where it is high", lambda v: _high(v, row, column)
        yield Kind.MIRROR, "mirrored left to right", lambda v: np.flip(v, column)
        yield Kind.MIRROR, "mirrored top to bottom", lambda v: np.flip(v, row)
        yield Kind.MIRROR, "turned by half a turn", lambda v: np.flip(v, (row, column))
        yield Kind.FFTSHIFT, "shifted by half its side", lambda v: np.fft.fftshift(v, (row, column))
        for down, right in product((-1, 0, 1), repeat=2):
            if down or right:
                text = f"shifted by {right:+d} in x and {down:+d} in y, wrapping around"
                yield Kind.SHIFT, text, partial(np.roll, shift=(down, right), axis=(row, column))
    for k, word in ((k, _AXES[one]) for k, one in enumerate(names) if one in _AXES):
        yield Kind.REPEATED, f"of the first {word} for all", partial(_first_along, k)
        yield Kind.ORDER, f"with {word}s in the opposite order", partial(np.flip, axis=k)
    if "P" in names:
        mode = names.index("P")
        yield Kind.DROPPED, "of the first mode alone", lambda v: v.take([0], mode)
        yield Kind.DROPPED, "of the first two modes alone", lambda v: _of_two(v, mode)
    if "C" in names:
        channel = names.index("C")
        yield Kind.ORDER, "with channels counted along columns", lambda v: _column_major(v, channel)
    for k, name in enumerate(names):
        if name not in (*_PLANE, *_AXES, "*") and not name.isdigit():
            yield (Kind.MIRROR if len(names) > 1 else Kind.ORDER), f"in reverse along {name}", partial(np.flip, axis=k)
            yield Kind.ORDER, f"one place too late along {name}", partial(np.roll, shift=1, axis=k)
            yield Kind.ORDER, f"one place too early along {name}", partial(np.roll, shift=-1, axis=k)
    yield Kind.MODULUS, "in modulus alone", lambda v: np.abs(v).astype(v.dtype)
    for axis, word in ((names.index(one), _AXES[one]) for one in ("B", "P") if one in names):
        yield Kind.DROPPED, f"with {word}s blank that were there before", partial(_without_repeats, axis)
    for one, other in combinations([k for k, name in enumerate(names) if name != "1"], 2):
        if {one, other} != {*plane}:
            text = f"with {names[one]} taken for {names[other]}"
            yield Kind.AXIS, text, partial(_square, row=one, column=other)
            yield Kind.RESHAPE, f"{text}, reshaped", partial(_reshaped, one, other)
    if field.kind == "real":
        yield Kind.POWER, "taken for their reciprocals", lambda v: 1 / v if v.all() else None
        yield Kind.WHOLE, "cut to whole numbers", np.floor
        yield Kind.WHOLE, "rounded to whole numbers", np.rint
        yield Kind.CLIPPED, "held within 31 bits", lambda v: np.minimum(v, _BITS)
        yield Kind.CLIPPED, "held within 24 bits", lambda v: np.minimum(v, 2.0**24)
    if field.kind == "complex":
        yield Kind.MODULUS, "in its real part alone", lambda v: v.real.astype(v.dtype)
    yield Kind.SIGN, "of the opposite sign", np.negative
    yield Kind.POWER, "squared", lambda v: v**2
    yield Kind.POWER, "under a root", np.emath.sqrt
    yield Kind.BATCH, "over the mean of the batch", lambda v: v / v.mean() if v.mean() else None
    for name, to_precision in ROUNDINGS.items():
        yield Kind.PRECISION, f"rounded to {name}", to_precision
    yield Kind.PRECISION, "rounded to float16, over its largest value", lambda v: _half(v, float(np.abs(v).max()))


#: Axes of an image, and those of which it has many, by the symbols that packs commonly give them.
_PLANE: Final = ("N", "H", "W")
_AXES: Final = {"B": "item", "P": "mode", "C": "channel"}


def _first_along(axis: int, values: Array) -> Array:
    return values.take([0] * values.shape[axis], axis)


def _square(values: Array, row: int, column: int) -> Array | None:
    return np.swapaxes(values, row, column) if values.shape[row] == values.shape[column] else None


_TWO: Final = 2
#: The greatest whole number of 31 bits.
_BITS: Final = 2.0**31 - 1


def _in_steps(rounding: Callable[[Array], Array], steps: float, values: Array) -> Array:
    return rounding(values * steps) / steps


def _to_decimals(digits: int, values: Array) -> Array:
    return np.asarray(np.round(values, digits))


def _of_two(values: Array, axis: int) -> Array | None:
    if values.shape[axis] <= _TWO:
        return None
    out = values.copy()
    np.moveaxis(out, axis, 0)[_TWO:] = 0
    return out


def _without_repeats(axis: int, values: Array) -> Array | None:
    front = np.moveaxis(values, axis, 0)
    _, first = np.unique(front.reshape(len(front), -1), axis=0, return_index=True)
    if len(first) == len(front):
        return None
    out = np.zeros_like(front)
    out[first] = front[first]
    return np.moveaxis(out, 0, axis)


def _reshaped(one: int, other: int, values: Array) -> Array:
    """Elements as they lie in memory, read along the axes of another order."""
    return np.moveaxis(values.reshape(np.moveaxis(values, other, one).shape), one, other)


def _high(values: Array, row: int, column: int) -> Array:
    return np.swapaxes(values, row, column) if values.shape[row] > values.shape[column] else values


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
        yield from _numbers(field, swap)
    if field.kind == "flag":
        yield InputHypothesis(Kind.IGNORED, f"{field.name} is ignored, and on", swap(lambda v: True))
        yield InputHypothesis(Kind.IGNORED, f"{field.name} is ignored, and off", swap(lambda v: False))
    if field.optional:
        yield InputHypothesis(Kind.IGNORED, f"{field.name} is ignored", swap(lambda v: None))


def _numbers(field: Field, swap: Callable[[Callable[[Any], Any]], Change]) -> Iterator[InputHypothesis]:
    """A number that is held within limits, cut, or not taken for one."""
    for limit in (1.0, 0.1, 0.01, 1e-3):
        yield InputHypothesis(Kind.CLIPPED, f"{field.name} held above {limit:g}", swap(partial(max, limit)))
    for limit, words in ((1.0, "below 1"), (_BITS, "within 31 bits"), (2.0**24, "within 24 bits")):
        yield InputHypothesis(Kind.CLIPPED, f"{field.name} held {words}", swap(partial(min, limit)))
    yield InputHypothesis(Kind.WHOLE, f"{field.name} cut to a whole number", swap(lambda v: float(int(v))))
    yield InputHypothesis(Kind.WHOLE, f"{field.name} rounded to a whole number", swap(lambda v: float(round(v))))
    yield InputHypothesis(Kind.PRECISION, f"{field.name} rounded to float32", swap(lambda v: float(np.float32(v))))
    if field.optional:
        yield InputHypothesis(Kind.IGNORED, f"{field.name} below 1 is ignored", swap(lambda v: v if v >= 1 else None))


def _of_all(stage: str) -> Iterator[InputHypothesis]:
    """Every array of a stage read in less precision, or its items from the front again."""
    fields = [field for field in BY_NAME[stage].inputs if field.kind in ROUNDED and field.is_array]
    if len(fields) > 1:
        for name, to_precision in ROUNDINGS.items():
            yield InputHypothesis(Kind.PRECISION, f"all rounded to {name}", _each(fields, to_precision))
    items = [field for field in fields if field.axes[:1] == (BY_NAME[stage].batch_axis,)]
    # Where there are items in the output it tells by itself.
    if items and not any(field.axes[:1] == items[0].axes[:1] for field in BY_NAME[stage].outputs):
        for most in _BLOCKS:
            text = f"items begin again with the first after {most}"
            yield InputHypothesis(Kind.ORDER, text, _each(items, partial(_begun_again, most)))
    yield from _summed_over(stage, fields)


def _summed_over(stage: str, fields: Sequence[Field]) -> Iterator[InputHypothesis]:
    """The first along an axis that no output has, and no more of it."""
    known = BY_NAME[stage]
    kept = {known.batch_axis, *_PLANE, "*", *(axis for field in known.outputs for axis in field.axes)}
    axes = dict.fromkeys(axis for field in fields for axis in field.axes if axis not in kept and not axis.isdigit())
    for axis in axes:
        places = {field.name: field.axes.index(axis) for field in fields if axis in field.axes}
        for most in _WIDTHS:
            text = f"{_AXES.get(axis, axis)}s after the first {most} are left out"
            yield InputHypothesis(Kind.DROPPED, text, partial(_cut_off, places, most))


#: How much of an axis anyone provides for.
_WIDTHS: Final = (3, 4, 8, 9, 10, 16, 32, 64)


def _cut_off(places: Mapping[str, int], most: int, inputs: Inputs) -> Inputs | None:
    given = {name: inputs.get(name) for name in places}
    arrays = {name: value for name, value in given.items() if isinstance(value, np.ndarray)}
    if not arrays or any(value.shape[places[name]] <= most for name, value in arrays.items()):
        return None
    return {**inputs, **{name: value.take(range(most), places[name]) for name, value in arrays.items()}}


#: Sizes of blocks that anyone takes.
_BLOCKS: Final = (64, 100, 128, 256, 512, 1000, 1024, 2048, 4096)


def _begun_again(most: int, values: Array) -> Array | None:
    return values[np.arange(len(values)) % most] if len(values) > most else None


def _each(fields: Sequence[Field], change: Callable[[Array], Array | None]) -> Change:
    def changed(inputs: Inputs) -> Inputs | None:
        out: Inputs | None = inputs
        for field in fields:
            if out is not None and isinstance(out.get(field.name), np.ndarray):
                out = changed_input(field.name, change)(out)
        return out

    return changed
