"""Transformations of what was wanted, simplest first: of values, of places and of order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from typing import Final

import numpy as np

from parity_suite.compare.diagnosis.output import Array, Output, wide
from parity_suite.compare.diagnosis.roundings import to_bits
from parity_suite.core.kinds import Kind

#: What an output would be under a mistake; None where the mistake has no meaning for it.
Apply = Callable[[Output], Array | None]


@dataclass(frozen=True)
class Transformation:
    """A mistake, the words for it, and how simple it is: the lowest cost that explains a difference is named."""

    kind: Kind
    text: str
    cost: float
    apply: Apply
    #: whether it has a number of the difference itself, which any few calls out of many would give
    fitted: bool = False


#: Axes whose words say what can go wrong along them; along any other one order alone can.
_KNOWN: Final = frozenset(("", "item", "channel", "mode", "row", "column", "xy", "grid row", "grid column"))


def transformations(axes: Iterable[str] = ()) -> Iterator[Transformation]:
    """All that need no number to be found first, of an output whose ``axes`` are called so."""
    yield from _of_values()
    yield from _of_places()
    yield from _of_order()
    yield from _of_other_axes(word for word in dict.fromkeys(axes) if word not in _KNOWN)
    yield from _of_axes()
    yield from _of_precision()


def _of_values() -> Iterator[Transformation]:
    yield Transformation(Kind.ZERO, "zero everywhere", 0, lambda o: np.zeros_like(o.want))
    yield Transformation(Kind.SIGN, "the opposite sign", 1, lambda o: -wide(o.want))
    yield Transformation(Kind.CONJUGATE, "conjugated", 1, lambda o: np.conj(o.want))
    yield Transformation(Kind.CONJUGATE, "conjugated, and of the opposite sign", 2, lambda o: -np.conj(wide(o.want)))
    yield Transformation(Kind.MODULUS, "the modulus alone", 2, lambda o: np.abs(o.want))
    yield Transformation(Kind.MODULUS, "the real part alone", 2, lambda o: o.want.real)
    yield Transformation(Kind.MODULUS, "the imaginary part alone", 2, lambda o: o.want.imag)
    yield Transformation(Kind.MODULUS, "half the phase", 3, lambda o: _phase_times(o.want, 0.5))
    yield Transformation(Kind.MODULUS, "twice the phase", 3, lambda o: _phase_times(o.want, 2.0))
    yield Transformation(Kind.POWER, "squared", 2, lambda o: wide(o.want) ** 2)
    yield Transformation(Kind.POWER, "the square root", 2, lambda o: np.emath.sqrt(wide(o.want)))
    yield Transformation(Kind.POWER, "the reciprocal", 2, lambda o: 1 / wide(o.want))


def _phase_times(values: Array, factor: float) -> Array | None:
    if values.dtype.kind != "c":
        return None
    return np.asarray(np.abs(values) * np.exp(1j * factor * np.angle(values)))


def _of_places() -> Iterator[Transformation]:
    yield Transformation(Kind.MIRROR, "mirrored left to right", 1, _flip("column"))
    yield Transformation(Kind.MIRROR, "mirrored top to bottom", 1, _flip("row"))
    yield Transformation(Kind.TRANSPOSE, "rows and columns swapped", 1, _transposed)
    yield Transformation(Kind.AXES, "x and y swapped", 1, _flip("xy"))
    yield Transformation(Kind.MIRROR, "turned by half a turn", 3.6, _flip("row", "column"))
    yield Transformation(Kind.MIRROR, "mirrored left to right about pixel N//2", 3.7, _flip("column", about=True))
    yield Transformation(Kind.MIRROR, "mirrored top to bottom about pixel N//2", 3.7, _flip("row", about=True))
    yield Transformation(Kind.MIRROR, "turned by half a turn about pixel N//2", 3.7, _flip("row", "column", about=True))
    yield Transformation(Kind.SIGN, "x of the opposite sign", 2, _one_negated(0))
    yield Transformation(Kind.SIGN, "y of the opposite sign", 2, _one_negated(1))
    yield Transformation(Kind.FFTSHIFT, "not shifted to the middle", 2, _shifted(np.fft.ifftshift))
    yield Transformation(Kind.FFTSHIFT, "shifted to the middle once more", 2, _shifted(np.fft.fftshift))
    # What ifftshift makes of an unshifted pattern whose right place is that of fftshift.
    yield Transformation(Kind.FFTSHIFT, "shifted by the inverse of fftshift", 2.5, _shifted(_wrong_way))


def _flip(*names: str, about: bool = False) -> Apply:
    def apply(o: Output) -> Array | None:
        places = [place for name in names if (place := o.axis(name)) is not None]
        if len(places) < len(names):
            return None
        out = np.flip(o.want, axis=tuple(places))
        even = [place for place in places if o.want.shape[place] % 2 == 0]
        return np.roll(out, [1] * len(even), axis=even) if about and even else (None if about else out)

    return apply


def _transposed(o: Output) -> Array | None:
    row, column = o.axis("row"), o.axis("column")
    return None if row is None or column is None else np.swapaxes(o.want, row, column)


def _one_negated(place: int) -> Apply:
    def apply(o: Output) -> Array | None:
        axis = o.axis("xy")
        if axis is None:
            return None
        out = wide(o.want)
        np.moveaxis(out, axis, 0)[place] *= -1
        return out

    return apply


def _shifted(shift: Callable[..., Array]) -> Apply:
    def apply(o: Output) -> Array | None:
        row, column = o.axis("row"), o.axis("column")
        return None if row is None or column is None else shift(o.want, axes=(row, column))

    return apply


def _wrong_way(values: Array, axes: tuple[int, int]) -> Array:
    return np.asarray(np.fft.ifftshift(np.fft.ifftshift(values, axes=axes), axes=axes))


def _of_order() -> Iterator[Transformation]:
    for name in ("item", "channel", "mode"):
        yield Transformation(Kind.REPEATED, f"every {name} is the first", 2, _first(name))
        yield Transformation(Kind.REPEATED, f"every {name} is the mean of all", 2, _mean(name))
        yield Transformation(Kind.REPEATED, f"every {name} is the sum of all", 2, _sum(name))
        yield Transformation(Kind.ORDER, f"{name}s in the opposite order", 2, _flip(name))
        yield Transformation(Kind.ORDER, f"{name}s one place too late", 3, _rolled(name, 1))
        yield Transformation(Kind.ORDER, f"{name}s one place too early", 3, _rolled(name, -1))
        yield Transformation(Kind.DROPPED, f"some {name}s are left zero", 3, _blank(name))
    for name in ("row", "column"):
        yield Transformation(Kind.DROPPED, f"some {name}s are left zero", 3.1, _blank(name))
    yield Transformation(Kind.ORDER, "channels along columns, not along rows", 2, _column_major)
    yield Transformation(Kind.ORDER, "rows and columns of the grid swapped", 2, _grid_turned)
    yield Transformation(Kind.CONSTANT, "each image is its own mean", 2, _flat)


def _of_other_axes(words: Iterable[str]) -> Iterator[Transformation]:
    for word in words:
        yield Transformation(Kind.MIRROR, f"in reverse along {word}", 2, _flip(word))
        yield Transformation(Kind.REPEATED, f"the first along {word}, for all", 2, _first(word))
        yield Transformation(Kind.ORDER, f"one place too late along {word}", 3, _rolled(word, 1))
        yield Transformation(Kind.ORDER, f"one place too early along {word}", 3, _rolled(word, -1))
        yield Transformation(Kind.DROPPED, f"zero at some places along {word}", 3, _blank(word))


def _over(name: str, reduce: Callable[[Array, int], Array]) -> Apply:
    def apply(o: Output) -> Array | None:
        axis = o.axis(name)
        if axis is None or o.want.shape[axis] < 2:
            return None
        return np.broadcast_to(reduce(wide(o.want), axis), o.want.shape)

    return apply


def _first(name: str) -> Apply:
    return _over(name, lambda want, axis: want.take([0], axis))


def _mean(name: str) -> Apply:
    return _over(name, lambda want, axis: want.mean(axis, keepdims=True))


def _sum(name: str) -> Apply:
    return _over(name, lambda want, axis: want.sum(axis, keepdims=True))


def _rolled(name: str, by: int) -> Apply:
    def apply(o: Output) -> Array | None:
        axis = o.axis(name)
        return None if axis is None else np.roll(o.want, by, axis)

    return apply


def _blank(name: str) -> Apply:
    """Zero in what was got as zero along one axis."""

    def apply(o: Output) -> Array | None:
        axis = o.axis(name)
        # A single whole number may be wrong and zero by chance.
        single = o.want.ndim == 1 and o.want.dtype.kind in "iu"
        if axis is None or single or o.got.shape != o.want.shape:
            return None
        dark = ~np.any(np.moveaxis(o.got, axis, 0).reshape(o.got.shape[axis], -1), axis=1)
        if not dark.any():
            return None
        out = o.want.copy()
        np.moveaxis(out, axis, 0)[dark] = 0
        return out

    return apply


def _column_major(o: Output) -> Array | None:
    axis = o.axis("channel")
    if axis is None:
        return None
    g = round(o.want.shape[axis] ** 0.5)
    return o.want.take(np.arange(g * g).reshape(g, g).T.ravel(), axis) if g * g == o.want.shape[axis] else None


def _grid_turned(o: Output) -> Array | None:
    row, column = o.axis("grid row"), o.axis("grid column")
    return None if row is None or column is None else np.swapaxes(o.want, row, column)


def _flat(o: Output) -> Array | None:
    row, column = o.axis("row"), o.axis("column")
    if row is None or column is None:
        return None
    return np.broadcast_to(wide(o.want).mean((row, column), keepdims=True), o.want.shape)


def _of_axes() -> Iterator[Transformation]:
    """Two axes in each other's place, where they are as long, and elements read along other axes than they lie."""
    for one, other in combinations(("item", "mode", "channel", "row", "column"), 2):
        if (one, other) != ("row", "column"):
            yield Transformation(Kind.AXIS, f"{one}s taken for {other}s", 3.2, partial(_exchanged, one, other))
    for name in ("channel", "mode", "item"):
        for place in range(4):
            yield Transformation(
                Kind.RESHAPE, f"{name}s reshaped, not moved, to their axis", 3.3, partial(_reshaped, name, place)
            )
    yield Transformation(Kind.RESHAPE, "reshaped from its transpose", 3.3, _folded)


def _exchanged(one: str, other: str, o: Output) -> Array | None:
    first, second = o.axis(one), o.axis(other)
    if first is None or second is None or o.want.shape[first] != o.want.shape[second]:
        return None
    return np.swapaxes(o.want, first, second)


def _reshaped(name: str, place: int, o: Output) -> Array | None:
    axis = o.axis(name)
    if axis is None or axis == place or place >= o.want.ndim:
        return None
    return np.moveaxis(o.want, axis, place).reshape(o.want.shape)


def _folded(o: Output) -> Array | None:
    row, column = o.axis("row"), o.axis("column")
    return None if row is None or column is None else np.swapaxes(o.want, row, column).reshape(o.want.shape)


def _of_precision() -> Iterator[Transformation]:
    for name, bits in (("float16 or TF32", 10), ("bfloat16", 7), ("float32", 23)):
        yield Transformation(Kind.PRECISION, f"rounded to {name}", 4, partial(_rounded, bits))
    for digits in range(2, 7):
        yield Transformation(Kind.PRECISION, f"rounded to {digits} digits", 4.5, _digits(digits))


def _rounded(bits: int, o: Output) -> Array | None:
    return to_bits(bits, wide(o.want)) if o.want.dtype.kind in "fc" else None


def _digits(digits: int) -> Apply:
    def part(values: Array) -> Array:
        with np.errstate(divide="ignore"):
            place = 10.0 ** (digits - 1 - np.floor(np.log10(np.where(values == 0, 1, np.abs(values)))))
        return np.asarray(np.rint(values * place) / place)

    return lambda o: _by_parts(o, part)


def _by_parts(o: Output, part: Callable[[Array], Array]) -> Array | None:
    if o.want.dtype.kind not in "fc":
        return None
    values = wide(o.want)
    return part(values.real) + 1j * part(values.imag) if values.dtype.kind == "c" else part(values)
