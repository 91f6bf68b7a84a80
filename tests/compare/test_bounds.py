"""Bounds: how far a limit is used up, and what float64 says of one that is exceeded."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest

from parity_suite.compare.deviation import Bound, BrokenRule, Deviation, Outcome
from parity_suite.compare.escalation import SHRINKAGE
from parity_suite.compare.judge import Judgement, judge
from parity_suite.core.finding import Verdict

NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    ("value", "limit", "used"),
    [
        (2.0, 4.0, 0.5),
        (4.0, 4.0, 1.0),
        (8.0, 4.0, 2.0),
        (0.0, 4.0, 0.0),
        (INF, 4.0, INF),
        (NAN, 4.0, INF),
        (0.0, 0.0, 0.0),
        (1e-300, 0.0, INF),
        (NAN, 0.0, INF),
    ],
)
def test_the_greatest_that_a_value_may_be(value: float, limit: float, used: float) -> None:
    assert Bound("z", value, limit, "").of_limit == used


@pytest.mark.parametrize(
    ("value", "limit", "used"),
    [
        (4.0, 2.0, 0.5),
        (2.0, 2.0, 1.0),
        (1.0, 2.0, 2.0),
        (0.0, 2.0, INF),
        (0.0, 0.5, INF),
        (-3.0, 2.0, INF),
        (-INF, 2.0, INF),
        (NAN, 2.0, INF),
        (INF, 2.0, 0.0),
        (0.0, 0.0, 0.0),
        (NAN, 0.0, INF),
    ],
)
def test_the_least_that_a_value_may_be(value: float, limit: float, used: float) -> None:
    assert Bound("z", value, limit, "", least=True).of_limit == used


def _judge(outcomes: Sequence[Outcome], *, again: Sequence[Outcome] | None = None) -> Judgement:
    return judge("train", "guard", "float32", outcomes, None if again is None else lambda: again)


def test_the_limit_and_its_origin_are_shown() -> None:
    found = _judge([Bound("mean of group 1", 0.5, 2.0, "the contract", least=True), Bound("spread", 1.0, 4.0, "user")])
    limits = [(one.bound, one.want, one.origin) for one in found.measured]
    assert limits == [("at least", 2.0, "the contract"), ("at most", 4.0, "user")]
    assert [one.got for one in found.measured] == [0.5, 1.0]
    assert found.reason == "mean of group 1 is 0.5, and must be at least 2 (the contract)"


@pytest.mark.parametrize("least", [False, True])
def test_no_number_is_within_no_bound(least: bool) -> None:
    for again in (None, [Bound("z", NAN, 1.0, "", least)]):
        assert _judge([Bound("z", NAN, 1.0, "", least)], again=again).verdict is Verdict.SEMANTIC


def test_what_float64_shrinks_was_round_off() -> None:
    beyond = Bound("losses", 10.0, 2.0, "together")
    found = _judge([beyond], again=[Bound("losses", 10 / SHRINKAGE, 2.0, "together")])
    assert found.verdict is Verdict.NUMERICAL
    assert str(found.evidence) == "a bound is exceeded; in float64 the value is 0.001"


def test_float64_may_have_another_limit() -> None:
    """Of two trainings a millionth in float32 and 1e-12 in float64 are asked: far less in float64 was round-off."""
    found = _judge([Bound("losses", 3e-5, 2e-5, "together")], again=[Bound("losses", 1e-11, 1e-12, "together")])
    assert found.verdict is Verdict.NUMERICAL


@pytest.mark.parametrize(
    "again",
    [
        [Bound("losses", 10.1 / SHRINKAGE, 2.0, "together")],
        [Bound("weights", 0.0, 2.0, "together")],
        [BrokenRule("losses are gone")],
        [Deviation("losses", 0.0, 0.0, (), "1", "1")],
        [],
    ],
    ids=["stays", "another quantity", "breach", "deviation", "nothing"],
)
def test_what_float64_does_not_shrink_is_another_meaning(again: list[Outcome]) -> None:
    assert _judge([Bound("losses", 10.0, 2.0, "together")], again=again).verdict is Verdict.SEMANTIC


def test_a_value_that_is_too_small_is_no_round_off() -> None:
    beneath, above = (Bound("mean", value, 2.0, "floor", least=True) for value in (1e-9, 1e9))
    assert _judge([beneath], again=[above]).verdict is Verdict.SEMANTIC


def test_without_float64_a_bound_that_is_exceeded_is_another_meaning() -> None:
    found = _judge([Bound("losses", 10.0, 2.0, "together")])
    assert (found.verdict, str(found.evidence)) == (Verdict.SEMANTIC, "a bound is exceeded")
