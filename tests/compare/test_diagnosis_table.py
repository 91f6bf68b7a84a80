"""Every mistake of the tables is named with its own words and kind, on images made for it alone."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from parity_suite.compare.diagnosis import Guess, Output, explain
from parity_suite.compare.diagnosis.explain import explained_by
from parity_suite.compare.diagnosis.fits import fitted
from parity_suite.compare.diagnosis.output import distance, length
from parity_suite.compare.diagnosis.transformations import transformations
from parity_suite.core.kinds import Kind

Change = Callable[[Any], Any]
IMAGES = ("item", "row", "column", "channel")
WAVES = ("item", "mode", "row", "column", "channel")
OFFSETS = ("item", "xy")
NUMBERS = {"N": 6.0, "batch": 3.0, "pixels": 36.0, "scale": 7.0}


def made(shape: tuple[int, ...], seed: int, dtype: str = "c") -> Any:
    bits = np.random.Generator(np.random.PCG64(seed))
    values = bits.normal(size=shape) + 2
    return values + 1j * bits.normal(size=shape) if dtype == "c" else values


def output(got: Any, want: Any, axes: tuple[str, ...] = IMAGES, **more: Any) -> Output:
    return Output("images", np.asarray(got), np.asarray(want), axes, more.pop("allowed", 1e-9), **more)


def named(change: Change, shape: tuple[int, ...], axes: tuple[str, ...], dtype: str = "c", **more: Any) -> Guess | None:
    wants = [made(shape, seed, dtype) for seed in (1, 2)]
    return explain([{"images": output(change(want), want, axes, **more)} for want in wants])


def moved(values: Any, y: int, x: int) -> Any:
    """By whole pixels, zeros moving in."""
    out = np.zeros_like(values)
    rows, columns = values.shape[1:3]
    out[:, max(0, y) : rows + min(0, y), max(0, x) : columns + min(0, x)] = values[
        :, max(0, -y) : rows - max(0, y), max(0, -x) : columns - max(0, x)
    ]
    return out


def some_zero(values: Any, axis: int) -> Any:
    out = values.copy()
    np.moveaxis(out, axis, 0)[1] = 0
    return out


def about_the_middle(values: Any, *axes: int) -> Any:
    """Pixel N//2 + k takes what is at N//2 - k."""
    for axis in axes:
        n = values.shape[axis]
        values = values.take([(2 * (n // 2) - k) % n for k in range(n)], axis)
    return values


def phase(values: Any, factor: float) -> Any:
    return np.abs(values) * np.exp(1j * factor * np.angle(values))


VALUES: dict[str, tuple[Kind, Change]] = {
    "zero everywhere": (Kind.ZERO, lambda v: 0 * v),
    "the opposite sign": (Kind.SIGN, lambda v: -v),
    "conjugated": (Kind.CONJUGATE, np.conj),
    "conjugated, and of the opposite sign": (Kind.CONJUGATE, lambda v: -v.conj()),
    "the modulus alone": (Kind.MODULUS, lambda v: abs(v) + 0j),
    "the real part alone": (Kind.MODULUS, lambda v: v.real + 0j),
    "the imaginary part alone": (Kind.MODULUS, lambda v: v.imag + 0j),
    "half the phase": (Kind.MODULUS, lambda v: phase(v, 0.5)),
    "twice the phase": (Kind.MODULUS, lambda v: phase(v, 2)),
    "squared": (Kind.POWER, lambda v: v * v),
    "the square root": (Kind.POWER, lambda v: v**0.5),
    "the reciprocal": (Kind.POWER, lambda v: v**-1),
    "off by the factor 2": (Kind.FACTOR, lambda v: v * 2),
    "off by the factor 0.5": (Kind.FACTOR, lambda v: v / 2),
    "off by the factor 1000": (Kind.FACTOR, lambda v: v * 1e3),
    "off by the factor 0.001": (Kind.FACTOR, lambda v: v / 1e3),
    "off by a constant factor 9.882": (Kind.FACTOR, lambda v: v * 9.882),
    "off by a constant factor 1.00001": (Kind.FACTOR, lambda v: v * 1.00001),
    "off by a constant factor 2+1j": (Kind.FACTOR, lambda v: v * (2 + 1j)),
    "off by a constant phase of 0.3": (Kind.FACTOR, lambda v: v * np.exp(0.3j)),
    "off by a constant 0.25+0j added": (Kind.OFFSET, lambda v: v + 0.25),
    "3+0j everywhere, whatever is given": (Kind.CONSTANT, lambda v: 0 * v + 3),
    "each image is its own mean": (Kind.CONSTANT, lambda v: 0 * v + v.mean((1, 2), keepdims=True)),
    "one and the same for every item": (Kind.CONSTANT, lambda v: 0 * v + made(v.shape, 9)[:1]),
    "rounded to float16 or TF32": (
        Kind.PRECISION,
        lambda v: v.real.astype("f2") + 1j * v.imag.astype("f2").astype("f8"),
    ),
    "rounded to float32": (Kind.PRECISION, lambda v: v.astype("c8")),
}
PLACES: dict[str, tuple[Kind, Change]] = {
    "mirrored left to right": (Kind.MIRROR, lambda v: v[:, :, ::-1]),
    "mirrored top to bottom": (Kind.MIRROR, lambda v: v[:, ::-1]),
    "rows and columns swapped": (Kind.TRANSPOSE, lambda v: v.swapaxes(1, 2)),
    "turned by half a turn": (Kind.MIRROR, lambda v: v[:, ::-1, ::-1]),
    "mirrored left to right about pixel N//2": (Kind.MIRROR, lambda v: about_the_middle(v, 2)),
    "mirrored top to bottom about pixel N//2": (Kind.MIRROR, lambda v: about_the_middle(v, 1)),
    "turned by half a turn about pixel N//2": (Kind.MIRROR, lambda v: about_the_middle(v, 1, 2)),
    "not shifted to the middle": (Kind.FFTSHIFT, lambda v: np.roll(v, (3, 3), (1, 2))),
    "shifted by -2 in x and +1 in y, wrapping around": (Kind.SHIFT, lambda v: np.roll(v, (1, -2), (1, 2))),
    "shifted by +3 in x and +0 in y, wrapping around": (Kind.SHIFT, lambda v: np.roll(v, 3, 2)),
    "shifted by +0 in x and -2 in y, wrapping around": (Kind.SHIFT, lambda v: np.roll(v, -2, 1)),
    "shifted by -1 in x and +1 in y, zeros moving in": (Kind.SHIFT, lambda v: moved(v, 1, -1)),
    "shifted by +1 in x and +0 in y, zeros moving in": (Kind.SHIFT, lambda v: moved(v, 0, 1)),
    "off by +0.5 pixel in x": (Kind.HALF_PIXEL, lambda v: (v + moved(v, 0, 1)) / 2),
    "off by -0.5 pixel in x": (Kind.HALF_PIXEL, lambda v: (v + moved(v, 0, -1)) / 2),
    "off by +0.5 pixel in y": (Kind.HALF_PIXEL, lambda v: (v + moved(v, 1, 0)) / 2),
    "off by -0.5 pixel in y": (Kind.HALF_PIXEL, lambda v: (v + moved(v, -1, 0)) / 2),
    "off by +0.5 pixel in x and y": (
        Kind.HALF_PIXEL,
        lambda v: (v + moved(v, 1, 0) + moved(v, 0, 1) + moved(v, 1, 1)) / 4,
    ),
    "off by -0.5 pixel in x and y": (
        Kind.HALF_PIXEL,
        lambda v: (v + moved(v, -1, 0) + moved(v, 0, -1) + moved(v, -1, -1)) / 4,
    ),
}
#: On a side of five pixels, where fftshift and ifftshift part.
ODD: dict[str, tuple[Kind, Change]] = {
    "not shifted to the middle": (Kind.FFTSHIFT, lambda v: np.roll(v, (-2, -2), (1, 2))),
    "shifted to the middle once more": (Kind.FFTSHIFT, lambda v: np.roll(v, (2, 2), (1, 2))),
    "shifted by the inverse of fftshift": (Kind.FFTSHIFT, lambda v: np.roll(v, (-4, -4), (1, 2))),
    "shifted by -2 in x and +2 in y, wrapping around": (Kind.SHIFT, lambda v: np.roll(v, (2, -2), (1, 2))),
}
#: Of items, modes and channels along an axis.
ORDERS: dict[str, tuple[Kind, Callable[[Any, int], Any]]] = {
    "every {} is the first": (Kind.REPEATED, lambda v, k: 0 * v + v.take([0], k)),
    "every {} is the mean of all": (Kind.REPEATED, lambda v, k: 0 * v + v.mean(k, keepdims=True)),
    "every {} is the sum of all": (Kind.REPEATED, lambda v, k: 0 * v + v.sum(k, keepdims=True)),
    "{}s in the opposite order": (Kind.ORDER, np.flip),
    "{}s one place too late": (Kind.ORDER, lambda v, k: np.roll(v, 1, k)),
    "{}s one place too early": (Kind.ORDER, lambda v, k: np.roll(v, -1, k)),
    "some {}s are left zero": (Kind.DROPPED, some_zero),
}


def assert_named(guess: Guess | None, kind: Kind, text: str) -> None:
    assert guess is not None
    assert (guess.text, guess.kind, guess.calls) == (text, kind, "")
    assert guess.left <= 1


@pytest.mark.parametrize("text", VALUES)
def test_values(text: str) -> None:
    kind, change = VALUES[text]
    assert_named(named(change, (3, 6, 6, 4), IMAGES), kind, text)


@pytest.mark.parametrize("allowed", [1e-15, 1e-9])
def test_what_is_below_the_budget_and_not_zero_is_not_called_so(allowed: float) -> None:
    tiny = named(lambda v: v / 1e12, (3, 6, 6, 4), IMAGES, allowed=allowed)
    assert_named(tiny, Kind.FACTOR, "off by the factor 1e-12")


@pytest.mark.parametrize("text", PLACES)
def test_places(text: str) -> None:
    kind, change = PLACES[text]
    assert_named(named(change, (3, 6, 6, 4), IMAGES), kind, text)


@pytest.mark.parametrize("sides", [(4, 8), (10, 4), (9, 8)])
def test_mirrored_about_the_middle_of_any_even_side(sides: tuple[int, int]) -> None:
    guess = named(lambda v: about_the_middle(v, 2), (3, *sides, 4), IMAGES)
    assert_named(guess, Kind.MIRROR, "mirrored left to right about pixel N//2")


def rim(values: Any, *, rows: slice, columns: slice) -> Any:
    """Other values in a part of the first two rows."""
    out = values.copy()
    out[:, rows, columns] = made(out[:, rows, columns].shape, 9)
    return out


@pytest.mark.parametrize(
    ("rows", "columns", "border"),
    [
        (slice(2), slice(None), True),
        (slice(1), slice(8), True),
        (slice(None), slice(15, None), True),
        (slice(1), slice(7), False),
        (slice(1, 2), slice(5, 6), False),
    ],
)
def test_a_border_is_half_a_side_at_least(rows: slice, columns: slice, border: bool) -> None:
    guess = named(lambda v: rim(v, rows=rows, columns=columns), (3, 16, 16, 4), IMAGES)
    if border:
        assert_named(guess, Kind.BORDER, "right inside, and wrong along the border")
    else:
        assert guess is None


@pytest.mark.parametrize("text", ODD)
def test_places_of_an_odd_side(text: str) -> None:
    kind, change = ODD[text]
    assert_named(named(change, (3, 5, 5, 4), IMAGES), kind, text)


@pytest.mark.parametrize("text", ORDERS)
@pytest.mark.parametrize(("name", "axis"), [("item", 0), ("mode", 1), ("channel", 4)])
def test_order(text: str, name: str, axis: int) -> None:
    kind, change = ORDERS[text]
    assert_named(named(lambda v: change(v, axis), (3, 3, 4, 4, 4), WAVES), kind, text.format(name))


def test_channels_along_columns() -> None:
    guess = named(lambda v: v[..., [0, 3, 6, 1, 4, 7, 2, 5, 8]], (2, 4, 4, 9), IMAGES)
    assert_named(guess, Kind.ORDER, "channels along columns, not along rows")


def test_the_grid_turned() -> None:
    axes = ("item", "grid row", "grid column")
    assert_named(named(lambda v: v.swapaxes(1, 2), (4, 3, 3), axes), Kind.ORDER, "rows and columns of the grid swapped")


@pytest.mark.parametrize(
    ("kind", "text", "factors"),
    [(Kind.SIGN, "x of the opposite sign", (-1, 1)), (Kind.SIGN, "y of the opposite sign", (1, -1))],
)
def test_one_coordinate_negated(kind: Kind, text: str, factors: tuple[int, int]) -> None:
    assert_named(named(lambda v: v * np.array(factors), (9, 2), OFFSETS, "f"), kind, text)


def test_coordinates_swapped() -> None:
    assert_named(named(lambda v: v[:, ::-1], (9, 2), OFFSETS, "f"), Kind.AXES, "x and y swapped")


@pytest.mark.parametrize("digits", range(2, 7))
def test_rounded_to_digits(digits: int) -> None:
    def change(values: Any) -> Any:
        return np.array([float(f"{one:.{digits - 1}e}") for one in values.ravel()]).reshape(values.shape)

    guess = named(change, (3, 6, 6, 1), IMAGES, "f", allowed=1e-12)
    assert_named(guess, Kind.PRECISION, f"rounded to {digits} digits")


def test_zero_stays_zero_where_digits_are_lost() -> None:
    want = made((4, 5), 3, "f")
    want[1] = 0
    got = np.array([float(f"{one:.2e}") for one in want.ravel()]).reshape(want.shape)
    assert_named(explain([{"x": output(got, want, ("", ""))}]), Kind.PRECISION, "rounded to 3 digits")


def test_rounded_to_bfloat16() -> None:
    def change(values: Any) -> Any:
        """The upper half of a single, rounded to even."""
        bits = values.astype("f4").view("u4")
        return ((bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000).astype("u4").view("f4").astype("f8")

    assert_named(named(change, (3, 6, 6, 1), IMAGES, "f"), Kind.PRECISION, "rounded to bfloat16")


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("clipped above 2.5", lambda v: np.minimum(v, 2.5)),
        ("clipped below 1.5", lambda v: np.maximum(v, 1.5)),
    ],
)
def test_clipped(text: str, change: Change) -> None:
    assert_named(named(change, (3, 6, 6, 1), IMAGES, "f"), Kind.CLIPPED, text)


@pytest.mark.parametrize(
    ("text", "kind", "factor"),
    [
        ("off by the factor N = 6", Kind.FACTOR, 6.0),
        ("off by the factor 1 / N = 0.1667", Kind.FACTOR, 1 / 6),
        ("off by the factor N^2 = 36", Kind.FACTOR, 36.0),
        ("off by the factor 1 / N^2 = 0.02778", Kind.FACTOR, 1 / 36),
        ("off by the factor sqrt(N) = 2.449", Kind.FACTOR, 6**0.5),
        ("off by the factor 1 / sqrt(N) = 0.4082", Kind.FACTOR, 6**-0.5),
        ("off by the factor batch = 3", Kind.REDUCTION, 3.0),
        ("off by the factor sqrt(batch) = 1.732", Kind.REDUCTION, 3**0.5),
        ("off by the factor scale = 7", Kind.FACTOR, 7.0),
        ("divided by n - 1, not by n", Kind.DDOF, 36 / 35),
        ("the root of a variance divided by n - 1, not by n", Kind.DDOF, (36 / 35) ** 0.5),
    ],
)
def test_factors_by_name(text: str, kind: Kind, factor: float) -> None:
    assert_named(named(lambda v: v * factor, (3, 6, 6, 4), IMAGES, numbers=NUMBERS), kind, text)


def test_the_factor_of_each_call_is_its_own() -> None:
    calls = [
        {"images": output(made((3, n, n, 1), n) * n, made((3, n, n, 1), n), numbers={"N": float(n)})} for n in (6, 9)
    ]
    assert_named(explain(calls), Kind.FACTOR, "off by the factor N")


def test_a_single_number_has_no_side() -> None:
    wants = (3.25, 4.5)
    calls = [{"loss": output(want * 6, want, (), numbers={"N": 6.0, "batch": 6.0})} for want in wants]
    assert_named(explain(calls), Kind.REDUCTION, "off by the factor batch = 6")


@pytest.mark.parametrize(("labels", "wrong"), [([0, 0, 2, 0], [0, 1, 2, 1]), ([0, 1, 2, 1], [0, 0, 2, 0])])
def test_zero_is_a_whole_number_like_others(labels: list[int], wrong: list[int]) -> None:
    """Labels that are wrong are neither left out nor unset, as what is zero of an image may be."""
    as_numbers = explain([{"labels": output(np.array(wrong, float), np.array(labels, float), ("node",))}])
    assert as_numbers is not None
    assert as_numbers.kind in (Kind.UNSET, Kind.DROPPED)
    assert explain([{"labels": output(np.array(wrong), np.array(labels), ("node",))}]) is None


def test_the_simplest_comes_first() -> None:
    """In the order of the costs: what two tables explain is named by the plainer one."""
    costs = {
        one.text: one.cost
        for one in (*transformations(), *fitted([output(made((3, 6, 6, 4), 1), made((3, 6, 6, 4), 2))]))
    }
    assert costs["zero everywhere"] < min(cost for text, cost in costs.items() if text != "zero everywhere")
    for simple, other in (
        ("mirrored left to right", "turned by half a turn"),
        ("turned by half a turn", "turned by half a turn about pixel N//2"),
        ("conjugated", "conjugated, and of the opposite sign"),
        ("x and y swapped", "x of the opposite sign"),
        ("items one place too early", "rounded to float16 or TF32"),
        ("items in the opposite order", "items one place too late"),
        ("one and the same for every item", "right inside, and wrong along the border"),
        ("rounded to float16 or TF32", "rounded to 2 digits"),
        ("off by the factor 2", "half the phase"),
    ):
        assert costs[simple] < costs[other], (simple, other)
    assert costs["x and y swapped"] == costs["mirrored left to right"] == costs["mirrored top to bottom"]
    assert costs["items one place too late"] == costs["items one place too early"]


def test_an_answer_within_the_budget_is_not_off() -> None:
    exact = output(np.array([5.0]), np.array([4.0]), ("item",), allowed=0.25)
    assert (exact.distance, exact.budget, exact.differs) == (1.0, 1.0, False)
    assert output(np.array([5.1]), np.array([4.0]), ("item",), allowed=0.25).differs


def test_the_budget_of_a_magnitude() -> None:
    assert output(np.ones(4), np.zeros(4), ("item",), allowed=0.1, magnitude=3.0).budget == pytest.approx(0.6)


def test_values_that_say_something() -> None:
    want = np.ones(4)
    assert output(want + np.array([0, 1, 0, 2]), want, ("item",)).telling == 2
    assert output(np.ones(3), want, ("item",)).telling == 4
    assert output(np.array(["a", "b"]), np.array(["a", "c"]), ("item",)).telling == 2


def test_distances() -> None:
    assert distance(np.array([3.0, 4j]), np.zeros(2)) == 5
    assert distance(np.zeros(2), np.zeros(3)) == math.inf
    assert distance(np.zeros(0), np.zeros(0)) == 0
    assert distance(np.array([np.nan]), np.zeros(1)) == math.inf
    assert distance(np.array([np.inf]), np.zeros(1)) == math.inf
    assert distance(np.array(["a"]), np.array(["a"])) == 0
    assert distance(np.array(["a"]), np.array(["b"])) == math.inf
    assert (length(np.array([3.0, 4j])), length(np.array(["a"])), length(np.zeros(0))) == (5, 0, 0)


def two_outputs(one: Change, other: Change) -> list[dict[str, Output]]:
    calls = []
    for seed in (1, 2):
        want, more = made((3, 6, 6, 4), seed), made((3, 6, 6, 4), seed + 5) * 10
        calls.append(
            {"a": Output("a", one(want), want, IMAGES, 1e-9), "b": Output("b", other(more), more, IMAGES, 1e-9)}
        )
    return calls


def test_two_outputs_that_are_wrong_in_one_way_are_named_by_the_larger() -> None:
    guess = explain(two_outputs(np.conj, np.conj))
    assert guess is not None
    assert (guess.text, guess.kind) == ("b is conjugated", Kind.CONJUGATE)


def test_two_outputs_that_are_wrong_in_two_ways_are_both_named() -> None:
    guess = explain(two_outputs(np.conj, lambda v: -v))
    assert guess is not None
    assert (guess.text, guess.kind) == ("a is conjugated; b is the opposite sign", Kind.CONJUGATE)
    assert guess.left == 0
    assert guess.calls == ""


def test_one_output_that_nothing_explains_leaves_all_unnamed() -> None:
    assert explain(two_outputs(np.conj, lambda v: v * made(v.shape, 99))) is None


def test_what_is_left_is_said_in_budgets() -> None:
    want = made((3, 6, 6, 4), 1)
    got = -want * (1 + 5e-10)
    guess = explain([{"images": output(got, want)}])
    assert guess is not None
    assert guess.left == pytest.approx(0.5, rel=1e-3)


def test_answers_of_another_way() -> None:
    calls = two_outputs(np.conj, lambda v: v)

    def answers(**changed: Any) -> Callable[[int], Any]:
        return lambda k: {"a": calls[k]["a"].got, "b": calls[k]["b"].want} | changed

    guess = explained_by(calls, answers())
    assert guess is not None
    assert (guess.kind, guess.text, guess.left) == (Kind.FORMULA, "", 0)
    assert explained_by(calls, lambda k: None) is None
    assert explained_by(calls, answers(a=calls[0]["a"].want)) is None, "what is wrong is not what was got"
    assert explained_by(calls, answers(b=-calls[0]["b"].want)) is None, "what is right would have changed"
    assert explained_by(calls, lambda k: {"a": calls[k]["a"].got}) is None, "an output is not answered"
    right = [{"a": output(made((3, 2, 2, 1), 1), made((3, 2, 2, 1), 1))}]
    assert explained_by(right, lambda k: {"a": right[k]["a"].got}) is None, "nothing is wrong"


def test_answers_leave_the_worst_of_all() -> None:
    want = made((3, 6, 6, 4), 1)
    call = {"a": output(-want, want), "b": output(want, want)}
    guess = explained_by([call], lambda k: {"a": -want * (1 + 5e-10), "b": want * (1 + 1e-10)})
    assert guess is not None
    assert guess.left == pytest.approx(0.5, rel=1e-3)


def test_an_output_of_another_rank_does_not_end_the_search() -> None:
    """As where a wrong rank is taken: what has rows and columns is shifted, and the other one is as it is wanted."""
    image, line = made((2, 6, 6, 1), 1), made((2, 5), 2)
    calls = [
        {"images": output(np.roll(image, (1, -2), (1, 2)), image)},
        {"images": output(2 * line, line, ("item", "value"))},
    ]
    assert explain(calls) is None
    calls[1] = {"images": output(line, line, ("item", "value"))}
    guess = explain(calls)
    assert guess is not None
    assert (guess.kind, guess.text) == (Kind.SHIFT, "shifted by -2 in x and +1 in y, wrapping around")
