"""The measure of an error: normwise and in the peak, never elementwise."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from parity_suite.compare.deviation import BrokenRule, Deviation, deviation, exactly


def _deviation(*arguments: Any, **keywords: Any) -> Deviation:
    found = deviation("out", *arguments, **keywords)
    assert isinstance(found, Deviation)
    return found


def test_norm_and_peak_are_relative_to_the_reference() -> None:
    found = _deviation([3.0, 4.0, 0.0], [3.0, 4.0, 0.5])
    assert found.norm == pytest.approx(0.5 / math.sqrt(25.25))
    assert found.peak == pytest.approx(0.5 / 4)
    assert (found.place, found.got, found.want) == ((2,), 0.0, 0.5)
    assert found.error == found.peak


def test_the_place_is_that_of_the_greatest_difference() -> None:
    want = np.arange(24.0).reshape(2, 3, 4)
    got = want.copy()
    got[1, 0, 3] += 5
    got[0, 2, 1] -= 4
    assert _deviation(got, want).place == (1, 0, 3)


def test_a_complex_error_counts_in_both_parts() -> None:
    assert _deviation(np.array([1 + 1j]), np.array([1 - 1j])).norm == pytest.approx(math.sqrt(2))
    assert _deviation(np.array([3 + 4j]), np.array([3 + 4.5j])).peak == pytest.approx(0.5 / abs(3 + 4.5j))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, complex(0, np.nan)])
@pytest.mark.parametrize("where", ["got", "want", "both"])
def test_what_is_not_finite_is_infinitely_wrong(bad: complex, where: str) -> None:
    good, spoilt = np.array([1.0, 2.0, 3.0], complex), np.array([1.0, bad, 3.0], complex)
    got, want = {"got": (spoilt, good), "want": (good, spoilt), "both": (spoilt, spoilt)}[where]
    found = _deviation(got, want)
    assert found.norm == found.peak == math.inf
    assert found.place == (1,)


def test_another_shape_is_a_breach_even_where_it_would_broadcast() -> None:
    for got, want in (([1.0], [[1.0]]), ([1.0], 1.0), (np.zeros((0, 3)), np.zeros((3, 0)))):
        for compare in (deviation, exactly):
            found = compare("out", np.asarray(got), np.asarray(want))
            assert isinstance(found, BrokenRule)
            assert found.verdict == "contract"


def test_nothing_equals_nothing() -> None:
    assert _deviation(np.zeros((0, 4)), np.zeros((0, 4))).error == 0
    assert exactly("out", np.zeros((0, 4)), np.zeros((0, 4))).error == 0  # type: ignore[union-attr]


def test_a_reference_of_zeros_allows_nothing_but_zeros() -> None:
    assert _deviation(np.zeros(3), np.zeros(3)).error == 0
    assert _deviation(np.array([0.0, 1e-30, 0.0]), np.zeros(3)).error == math.inf


def test_a_magnitude_replaces_both_denominators() -> None:
    found = _deviation([1e-3], [1e-9], magnitude=100.0)
    assert found.norm == found.peak == pytest.approx(1e-5)


@pytest.mark.parametrize("scale", [1e-200, 1.0, 1e200])
def test_the_range_of_squares_is_not_left(scale: float) -> None:
    found = _deviation(np.array([1.0, 2.0]) * scale, np.array([1.0, 2.5]) * scale)
    assert found.norm == pytest.approx(0.5 / math.hypot(1, 2.5))


def test_a_float32_answer_is_compared_in_float64() -> None:
    want = np.float64(1) + 2.0**-30
    assert _deviation(np.float32(1), want).peak == pytest.approx(2.0**-30)


@pytest.mark.parametrize(
    ("got", "want", "fraction", "place"),
    [
        (np.array([2**53 + 1]), np.array([2**53]), 1.0, (0,)),
        (np.array([1, 2, 3, 4]), np.array([1, 2, 4, 4]), 0.25, (2,)),
        ("data", "closed", 1.0, ()),
        (np.array([np.nan]), np.array([np.nan]), 1.0, (0,)),
        (np.array([True, False]), np.array([True, True]), 0.5, (1,)),
        (np.float64(1), np.nextafter(1.0, 2), 1.0, ()),
    ],
)
def test_exactly_counts_what_differs(got: Any, want: Any, fraction: float, place: tuple[int, ...]) -> None:
    found = exactly("out", got, want)
    assert isinstance(found, Deviation)
    assert found.exact
    assert (found.norm, found.peak, found.place) == (fraction, fraction, place)


def test_exactly_passes_equals() -> None:
    found = exactly("out", np.arange(5), np.arange(5))
    assert isinstance(found, Deviation)
    assert found.error == 0
    assert found.exact
