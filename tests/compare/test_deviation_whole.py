"""All that a deviation says, field by field."""

from __future__ import annotations

import numpy as np
import pytest

from parity_suite.compare.deviation import BrokenRule, Deviation, deviation

GOT = np.array([[1.0, 2.0], [3.0, 4.5]], np.float32)
WANT = np.array([[1.0, 2.0], [3.0, 4.0]], np.float32)


def test_a_deviation_is_whole() -> None:
    found = deviation("amplitude", GOT, WANT, terms=7)
    assert isinstance(found, Deviation)
    assert found.output == "amplitude"
    assert found.norm == pytest.approx(np.sqrt(0.25 / 30), rel=1e-14)
    assert found.peak == 0.125
    assert (found.place, found.got, found.want, found.terms) == ((1, 1), 4.5, 4.0, 7)
    assert found.arrays is not None
    got, want = found.arrays
    assert np.array_equal(got, GOT)
    assert np.array_equal(want, WANT)


def test_terms_are_one_unless_said() -> None:
    found = deviation("amplitude", GOT, WANT)
    assert isinstance(found, Deviation)
    assert found.terms == 1


def test_nothing_is_like_nothing() -> None:
    found = deviation("amplitude", np.zeros((0, 3)), np.zeros((0, 3)), terms=5)
    assert found == Deviation("amplitude", 0.0, 0.0, (), None, None, 5)


def test_another_shape_is_named() -> None:
    found = deviation("amplitude", np.zeros((2, 3)), np.zeros((3, 2)))
    assert found == BrokenRule("amplitude: shape (2, 3), wanted (3, 2)", "contract", "shape", "amplitude")


def test_the_difference_is_taken_in_double_and_as_complex_where_one_is() -> None:
    """A difference of two float32 would lose what separates them; a complex one must not lose its imaginary part."""
    big = np.array([2.0**24], np.float32)
    found = deviation("counts", big, np.array([2.0**24 + 1]))
    assert isinstance(found, Deviation)
    assert found.peak == 1 / (2.0**24 + 1)
    for got, want in ((np.array([1.0 + 1j]), np.array([1.0])), (np.array([1.0]), np.array([1.0 + 1j]))):
        turned = deviation("psi", got, want)
        assert isinstance(turned, Deviation)
        assert turned.peak in (1.0, 1 / np.sqrt(2))


def test_integers_of_both_sides_do_not_wrap() -> None:
    found = deviation("indices", np.array([0], np.uint8), np.array([255], np.uint8))
    assert isinstance(found, Deviation)
    assert found.peak == 1.0


def test_the_reference_is_measured_in_double_too() -> None:
    """A sum of squares in half precision would be infinite, and every error of it nothing."""
    want = np.full(100_000, 60_000.0, np.float16)
    found = deviation("counts", np.zeros(100_000, np.float16), want)
    assert isinstance(found, Deviation)
    assert found.norm == pytest.approx(1.0, rel=1e-12)
