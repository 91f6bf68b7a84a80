"""Transformations with a number that is found from the difference itself, and then held to every call."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final

import numpy as np

from parity_suite.compare.diagnosis.output import Array, Output, wide
from parity_suite.compare.diagnosis.transformations import Apply, Transformation
from parity_suite.core.kinds import Kind

#: Numbers of a call that a sum or a mean differs by; the others are factors.
_COUNTS: Final = ("batch", "channels", "pixels", "values", "modes")
_POWERS: Final = {
    "{}": 1.0,
    "1 / {}": -1.0,
    "{}^2": 2.0,
    "1 / {}^2": -2.0,
    "sqrt({})": 0.5,
    "1 / sqrt({})": -0.5,
}
#: Fewer values say nothing of a limit or of what was added.
_SEVERAL: Final = 8
#: Two values that are alike may be so by chance of the calls.
_FEW: Final = 3
#: Factors that are no number of the call.
_PLAIN: Final = (2.0, 0.5, 1e3, 1e-3, 1e-12)
_CLOSE: Final = 1e-9


def fitted(outputs: Sequence[Output]) -> Iterator[Transformation]:
    """What may explain all these outputs, one of each call, given the numbers that they suggest."""
    shown = [one for one in outputs if one.got.shape == one.want.shape and one.got.dtype.kind in "fciub"]
    if len(shown) < len(outputs) or not shown:
        return
    yield from _named_factors(shown)
    yield from _free_factor(shown)
    yield from _constants(shown)
    yield from _shift(shown)
    yield from _limits(shown)
    yield from _alike(shown)
    for name in ("item", "channel", "mode"):
        yield from _begun_again(name, shown)
    yield from _border(shown)
    # Where whole numbers are counted or numbered, zero is one of them.
    if any(one.want.dtype.kind in "fc" for one in shown):
        yield Transformation(Kind.UNSET, "not zero where it should be, and right elsewhere", 6.5, _with_own_dark)


def _named_factors(outputs: Sequence[Output]) -> Iterator[Transformation]:
    """Numbers that anyone forgets, and then those of the calls."""
    for number in _PLAIN:
        yield Transformation(Kind.FACTOR, f"off by the factor {number:g}", 2.5, partial(_times, number))
    names = set.intersection(*({*one.numbers} for one in outputs))
    if all(one.want.ndim == 0 for one in outputs):
        # A single number is a sum or a mean over pixels, and has no side.
        names -= {"N"}
    for name in sorted(names):
        roots = name not in _COUNTS or name in ("batch", "modes")
        for form, power in _POWERS.items():
            if roots or abs(power) == 1:
                yield _factor_of(name, form.format(name), power, outputs)
    if "pixels" in names:
        yield Transformation(Kind.DDOF, "divided by n - 1, not by n", 2.9, _sample(1.0))
        yield Transformation(Kind.DDOF, "the root of a variance divided by n - 1, not by n", 2.9, _sample(0.5))


def _times(number: float, o: Output) -> Array:
    return wide(o.want) * number


def _factor_of(name: str, text: str, power: float, outputs: Sequence[Output]) -> Transformation:
    def apply(o: Output) -> Array | None:
        value = o.numbers.get(name, 1.0)
        return wide(o.want) * value**power if value > 0 and value != 1 else wide(o.want)

    kind = Kind.REDUCTION if name in _COUNTS else Kind.FACTOR
    values = {float(f"{one.numbers[name] ** power:.4g}") for one in outputs if one.numbers[name] > 0}
    value = f" = {values.pop():.4g}" if len(values) == 1 else ""
    return Transformation(kind, f"off by the factor {text}{value}", 3, apply)


def _sample(power: float) -> Apply:
    def apply(o: Output) -> Array | None:
        n = o.numbers["pixels"]
        return wide(o.want) * (n / (n - 1)) ** power if n > 1 else None

    return apply


def _free_factor(outputs: Sequence[Output]) -> Iterator[Transformation]:
    top = max(outputs, key=lambda one: one.want.size)
    want, got = wide(top.want).ravel(), wide(top.got).ravel()
    power = np.vdot(want, want).real
    # One number says nothing of a factor; two different ones that have the same factor do.
    if not power or not _vary(outputs) or not np.isfinite(got).all():
        return
    factor = complex(np.vdot(want, got) / power)
    if abs(factor - 1) < _CLOSE or not abs(factor):
        return
    real = abs(factor.imag) < 1e-6 * abs(factor)
    phase = not real and abs(abs(factor) - 1) < 1e-6
    number = factor.real if real else factor
    text = f"a constant factor {_number(number)}" if not phase else f"a constant phase of {np.angle(factor):.4g}"
    yield Transformation(Kind.FACTOR, f"off by {text}", 5, lambda o: wide(o.want) * number, True)


def _vary(outputs: Sequence[Output]) -> bool:
    """Whether there are two values that are wanted, and not the same one twice."""
    sizes = np.sort(np.abs(np.concatenate([wide(one.want).ravel() for one in outputs])))
    different = 1 + np.count_nonzero(np.diff(sizes) > 1e-6 * sizes.max(initial=0.0))
    # Single numbers are alike where one question is the other, scaled.
    return bool(different >= (_FEW if all(one.want.ndim == 0 for one in outputs) else 1) + 1)


def _number(value: complex) -> str:
    text = f"{value:.4g}"
    # A factor of one that is none needs more digits.
    return text if complex(text) != 1 else f"{value:.9g}"


def _constants(outputs: Sequence[Output]) -> Iterator[Transformation]:
    values = np.concatenate([wide(one.got).ravel() for one in outputs])
    wanted = np.concatenate([wide(one.want).ravel() for one in outputs])
    if len(values) < _FEW or np.ptp(np.abs(wanted)) == 0 or not np.isfinite(values).all():
        return
    first = values[0]
    yield Transformation(
        Kind.CONSTANT,
        f"{_number(first)} everywhere, whatever is given",
        1,
        lambda o: np.full(o.want.shape, first),
        True,
    )
    if len(values) >= _SEVERAL:
        more = np.mean(values - wanted)
        text = f"off by a constant {_number(more)} added"
        yield Transformation(Kind.OFFSET, text, 5, lambda o: wide(o.want) + more, True)


def _shift(outputs: Sequence[Output]) -> Iterator[Transformation]:
    """By whole pixels, around or with zeros; how far is where the correlation of the largest output is greatest."""
    top = max(outputs, key=lambda one: one.want.size)
    row, column = top.axis("row"), top.axis("column")
    if row is None or column is None or not np.isfinite(top.got).all():
        return
    axes = (row, column)
    product = np.fft.fft2(wide(top.got), axes=axes) * np.conj(np.fft.fft2(wide(top.want), axes=axes))
    others = tuple(k for k in range(product.ndim) if k not in axes)
    correlation = np.abs(np.fft.ifft2(product, axes=axes)).sum(axis=others)
    found = np.unravel_index(int(correlation.argmax()), correlation.shape)
    by = [int(k) - n if int(k) > n // 2 else int(k) for k, n in zip(found, correlation.shape, strict=True)]
    if any(by):
        text = f"shifted by {by[1]:+d} in x and {by[0]:+d} in y"
        yield Transformation(Kind.SHIFT, f"{text}, wrapping around", 4, lambda o: _rolled(o, by), True)
        yield Transformation(Kind.SHIFT, f"{text}, zeros moving in", 4, lambda o: _moved(o, by), True)
    half = {"x": (0, 1), "y": (1, 0), "x and y": (1, 1)}
    for name, (dy, dx) in half.items():
        for sign in (1, -1):
            yield Transformation(
                Kind.HALF_PIXEL, f"off by {sign * 0.5:+g} pixel in {name}", 4, _between(sign * dy, sign * dx)
            )


def _plane(o: Output) -> tuple[int, ...]:
    """The axes of rows and columns; none of an output of another rank, as where a wrong rank was taken."""
    row, column = o.axis("row"), o.axis("column")
    return () if row is None or column is None else (row, column)


def _rolled(o: Output, by: Sequence[int]) -> Array:
    plane = _plane(o)
    return np.roll(o.want, by[: len(plane)], plane)


def _moved(o: Output, by: Sequence[int]) -> Array:
    out = _rolled(o, by)
    for axis, step in zip(_plane(o), by, strict=False):
        if step:
            np.moveaxis(out, axis, 0)[slice(0, step) if step > 0 else slice(step, None)] = 0
    return out


def _between(dy: int, dx: int) -> Apply:
    def apply(o: Output) -> Array:
        steps = [(0, 0)] + [step for step in {(dy, 0), (0, dx), (dy, dx)} if any(step)]
        return np.asarray(sum(wide(_moved(o, step)) for step in steps) / len(steps))

    return apply


def _limits(outputs: Sequence[Output]) -> Iterator[Transformation]:
    """Held below or above one value."""
    if any(one.got.dtype.kind == "c" or one.got.size < _SEVERAL for one in outputs):
        return
    top = max(float(one.got.max()) for one in outputs)
    low = min(float(one.got.min()) for one in outputs)
    if math.isfinite(top) and math.isfinite(low):
        yield Transformation(Kind.CLIPPED, f"clipped above {top:.4g}", 4, lambda o: np.minimum(o.want, top), True)
        yield Transformation(Kind.CLIPPED, f"clipped below {low:.4g}", 4, lambda o: np.maximum(o.want, low), True)


def _alike(outputs: Sequence[Output]) -> Iterator[Transformation]:
    """Every item alike although they should differ: what they all are instead is the first of what was got."""
    several = [one for one in outputs if (axis := one.axis("item")) is not None and one.want.shape[axis] > 1]
    if len(several) == len(outputs) and all(_items_differ(one) for one in several):
        yield Transformation(Kind.CONSTANT, "one and the same for every item", 6, _first_got)


def _items_differ(o: Output) -> bool:
    axis = o.axis("item") or 0
    return bool(np.any(o.want != o.want.take([0], axis)))


def _first_got(o: Output) -> Array:
    return np.broadcast_to(o.got.take([0], o.axis("item") or 0), o.got.shape)


def _begun_again(name: str, outputs: Sequence[Output]) -> Iterator[Transformation]:
    """What follows some item is taken from the front; after how many is where the first wrong item is."""
    most = min((k for one in outputs if (k := _first_wrong(name, one))), default=0)
    if most:
        text = f"{name}s begin again with the first after {most}"
        yield Transformation(Kind.ORDER, text, 3.2, _picked(name, lambda k: k % most))
        text = f"{name}s after {most} are all the first"
        yield Transformation(Kind.REPEATED, text, 3.3, _picked(name, lambda k: np.where(k < most, k, 0)))


def _first_wrong(name: str, o: Output) -> int:
    axis = o.axis(name)
    if axis is None:
        return 0
    apart = np.abs(np.moveaxis(wide(o.got) - wide(o.want), axis, 0)).reshape(o.want.shape[axis], -1)
    # Round-off of one item alone is far less than what all may have together.
    return int((np.sqrt(np.sum(apart**2, axis=1)) > o.budget).argmax())


def _picked(name: str, pick: Callable[[Array], Array]) -> Apply:
    def apply(o: Output) -> Array | None:
        axis = o.axis(name)
        return None if axis is None else o.want.take(pick(np.arange(o.want.shape[axis])), axis)

    return apply


def _border(outputs: Sequence[Output]) -> Iterator[Transformation]:
    """Right but for a narrow border, whatever that holds."""
    if all(one.axis("row") is not None and one.axis("column") is not None for one in outputs):
        yield Transformation(Kind.BORDER, "right inside, and wrong along the border", 7, _with_own_border)


def _with_own_dark(o: Output) -> Array | None:
    """What was wanted where it is not zero, if that is somewhere, and what was got elsewhere."""
    wrong, lit = o.got != o.want, o.want != 0
    if (axis := o.axis("item")) is not None:
        others = tuple(k for k in range(o.want.ndim) if k != axis)
        wrong, lit = wrong.any(others), lit.any(others)
    # An item of which nothing is wanted may be anything.
    return (
        np.where(o.want != 0, o.want, o.got)
        if o.want.ndim and np.any(wrong & lit if axis is not None else wrong.any() and lit.any())
        else None
    )


def _with_own_border(o: Output) -> Array | None:
    axes = _plane(o)
    width = max(1, min(o.want.shape[axis] for axis in axes) // 8)
    if any(o.want.shape[axis] < 4 * width for axis in axes):
        return None
    out = np.array(o.got)
    inner: list[slice] = [slice(None)] * out.ndim
    for axis in axes:
        inner[axis] = slice(width, -width)
    # Where nothing would be lit inside there is nothing that is right.
    if not np.any(o.want[tuple(inner)]) or not _along_a_side(o):
        return None
    out[tuple(inner)] = o.want[tuple(inner)]
    return out


def _along_a_side(o: Output) -> bool:
    """Whether what is wrong reaches over half a side, which a single pixel near the border does not."""
    wrong = o.got != o.want
    for axis in _plane(o):
        others = tuple(place for place in range(wrong.ndim) if place != axis)
        if 2 * np.count_nonzero(wrong.any(axis=others)) >= wrong.shape[axis]:
            return True
    return False
