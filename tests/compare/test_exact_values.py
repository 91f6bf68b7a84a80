"""Of what must be exact, the last digits are told from another meaning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from parity_suite.backends.api import Array
from parity_suite.compare.budgets import EPS
from parity_suite.compare.deviation import BrokenRule, Deviation, Outcome, exactly
from parity_suite.compare.escalation import SHRINKAGE, ULP_ALLOWANCE
from parity_suite.compare.judge import Judgement, judge
from parity_suite.core.finding import Verdict

IMAGE = np.linspace(1.0, 2.0, 12).reshape(3, 4)


def _outcome(error: float, name: str = "images") -> Outcome:
    got = IMAGE.copy()
    got[1, 2] += 2 * error
    return exactly(name, got, IMAGE)


def _judge(
    outcomes: Sequence[Outcome], precision: str = "float32", again: Sequence[Outcome] | None = None
) -> Judgement:
    return judge("translate", "identity", precision, outcomes, None if again is None else lambda: again)


def test_the_worst_place_and_how_far_it_is_off_are_told() -> None:
    reason = _judge([_outcome(0.25)]).reason
    assert reason.startswith("images must be exact, and 0.0833 of it differs, by 0.25 at most; worst at [1, 2]")


def test_what_vanishes_in_float64_was_arithmetic_and_what_stays_was_not() -> None:
    near = [_outcome(1e-3)]
    assert _judge(near, again=[_outcome(0.9e-3 / SHRINKAGE)]).verdict is Verdict.NUMERICAL
    assert _judge(near, again=[_outcome(0.0)]).verdict is Verdict.NUMERICAL
    # More than that stays, and is what float32 inside leaves, or more.
    stays = _judge(near, again=[_outcome(1.1e-3 / SHRINKAGE)])
    assert (stays.verdict, stays.evidence.like_float32) == (Verdict.NUMERICAL, True)
    assert _judge(near, again=[_outcome(1e-4)]).verdict is Verdict.SEMANTIC
    # What is off by a hundredth has no last digits, whatever float64 says.
    assert _judge([_outcome(0.9e-2)], again=[_outcome(0.0)]).verdict is Verdict.NUMERICAL
    assert _judge([_outcome(1e-2)], again=[_outcome(0.0)]).verdict is Verdict.SEMANTIC
    # Another output is no evidence, so that the size of the error decides.
    assert _judge(near, again=[_outcome(0.0, "count")]).verdict is Verdict.SEMANTIC


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_without_float64_a_few_ulp_are_arithmetic(precision: str) -> None:
    # A place in an image of n pixels is known to some sqrt(n) ulps.
    limit = ULP_ALLOWANCE * EPS[precision] * np.sqrt(IMAGE.size)
    inside = [_outcome(1.1 * limit)] if precision == "float64" else []
    assert _judge([_outcome(0.9 * limit)], precision).verdict is Verdict.NUMERICAL
    for beyond in ([_outcome(1.1 * ULP_ALLOWANCE * EPS["float32"] * np.sqrt(IMAGE.size))], inside):
        found = _judge(beyond, precision) if beyond else None
        assert found is None or found.evidence.like_float32 is (beyond is inside)
        assert found is None or (found.verdict is Verdict.NUMERICAL) is (beyond is inside)


@pytest.mark.parametrize("of", [None, IMAGE])
def test_where_nothing_is_wanted_the_distance_is_one_of_something_else(of: Array | None) -> None:
    left = np.zeros((2, 2))
    left[0, 1] = 2e-16
    found = judge("translate", "reach", "float64", [exactly("pixels left", left, np.zeros((2, 2)), of=of)])
    assert found.verdict is (Verdict.SEMANTIC if of is None else Verdict.NUMERICAL)


def test_declared_places_tell_an_exact_value_by_their_own_ulps() -> None:
    off = _outcome(ULP_ALLOWANCE * EPS["float64"] * 100)
    assert isinstance(off, Deviation)
    assert not _judge([replace(off, eps_factor=EPS["float32"] / EPS["float64"])], "float64").evidence.like_float32
    assert _judge([off], "float64").evidence.like_float32


@pytest.mark.parametrize(
    ("got", "want"), [(np.array([1, 2]), np.array([1, 3])), (np.array([np.nan]), np.array([1.0])), ("data", "closed")]
)
def test_values_without_a_distance_are_another_meaning(got: Array, want: Array) -> None:
    assert _judge([exactly("out", got, want)], again=[exactly("out", 1.0, 1.0)]).verdict is Verdict.SEMANTIC


def test_round_off_in_one_output_does_not_hide_another_meaning_in_the_next() -> None:
    found = _judge([_outcome(1e-8, "count"), _outcome(0.5)])
    assert found.verdict is Verdict.SEMANTIC
    assert found.reason.startswith("images must be exact")


def test_a_breach_does_not_hide_what_was_measured_beside_it() -> None:
    found = _judge([BrokenRule("7 images with 2 offsets: accepted", "contract"), _outcome(0.5)])
    assert found.verdict is Verdict.SEMANTIC
    assert found.reason.startswith("images must be exact, ")
    assert found.reason.endswith("; 7 images with 2 offsets: accepted")


def test_equal_values_are_at_no_distance_and_say_so() -> None:
    assert exactly("out", [1, 2], [1, 2]) == Deviation("out", 0.0, 0.0, (), None, None, exact=True, distance=0.0)
    assert exactly("out", [], []) == exactly("out", [1], [1])


def test_another_shape_is_a_breach_that_names_the_output() -> None:
    assert exactly("out", [1, 2], [1]) == BrokenRule("out: shape (2,), wanted (1,)", "contract", "shape", "out")


@pytest.mark.parametrize(
    ("got", "want", "told"),
    [
        (np.array([1.0, 2.0]), np.array([1.0, 2.5]), (2.0, 2.5)),
        (np.array([1.0 + 0j, 2.0]), np.array([1.0, 2.5]), (2 + 0j, 2.5)),
        (np.array([1.0 + 0j, 2.0]), np.array([1.0, 2.5 + 1j]), (2 + 0j, 2.5 + 1j)),
    ],
)
def test_floating_values_that_differ_have_a_distance_and_both_values(got: Array, want: Array, told: object) -> None:
    found = exactly("out", got, want)
    assert isinstance(found, Deviation)
    assert (found.got, found.want) == told
    assert (found.norm, found.peak, found.place) == (0.5, 0.5, (1,))
    assert found.distance == pytest.approx(np.abs(got - want).max() / np.abs(want).max())


@pytest.mark.parametrize("got", [1.5, 1, np.nan])
def test_an_exact_value_keeps_the_verdict_that_its_caller_gives(got: float) -> None:
    found = exactly("rules that were kept", got, type(got)(2), "contract")
    assert isinstance(found, Deviation)
    assert found.verdict == "contract"


@pytest.mark.parametrize(("error", "told"), [(0.5, True), (1.0, True), (1.1, False)])
def test_an_error_that_float32_alone_makes_is_called_so(error: float, told: bool) -> None:
    off = Deviation("out", error, error, (0,), "2", "1")
    found = judge("loss", "oracle", "float64", [off], None, lambda: {"": 1.0 / ULP_ALLOWANCE})
    assert found.verdict is (Verdict.NUMERICAL if told else Verdict.SEMANTIC)
    assert (", no more than float32 makes" in str(found.evidence)) is told
