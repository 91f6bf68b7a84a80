"""From outcomes to a verdict, with each kind of evidence."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from parity_suite.compare.budgets import budget_for
from parity_suite.compare.deviation import Bound, BrokenRule, Deviation, Outcome, exactly
from parity_suite.compare.escalation import SHRINKAGE, ULP_ALLOWANCE
from parity_suite.compare.judge import Judgement, judge
from parity_suite.core.finding import Verdict

TERMS = 64


def _off(error: float, exact: bool = False) -> Deviation:
    return Deviation("amplitude", error / 2, error, (1, 2), "3", "4", TERMS, exact)


def _judge(outcomes: Sequence[Outcome], precision: str = "float32", **evidence: object) -> Judgement:
    return judge("diffract", "oracle", precision, outcomes, **evidence)  # type: ignore[arg-type]


@pytest.fixture
def allowed() -> float:
    return budget_for("diffract", "oracle", "float32").allowed(TERMS)


def test_within_the_budget_is_ok_and_beyond_it_is_not(allowed: float) -> None:
    assert _judge([_off(allowed)]).verdict is Verdict.OK
    beyond = _judge([_off(allowed * 0.1), _off(allowed * 1.01)])
    assert beyond.verdict is Verdict.SEMANTIC
    assert (
        str(beyond.evidence) == "no float64, and how far round-off goes here cannot be told: taken for another meaning"
    )
    assert "at [1, 2]: got 3, wanted 4" in beyond.reason
    assert [one.within for one in beyond.measured] == [True, False]


def test_an_error_that_shrinks_in_float64_is_numerical(allowed: float) -> None:
    error = 10 * allowed
    assert _judge([_off(error)], again=lambda: [_off(error / SHRINKAGE)]).verdict is Verdict.NUMERICAL
    assert _judge([_off(error)], again=lambda: [_off(1.01 * error / SHRINKAGE)]).verdict is Verdict.SEMANTIC
    assert "in float64 the error is" in str(_judge([_off(error)], again=lambda: [_off(error)]).evidence)


@pytest.mark.parametrize("repeated", [[], [BrokenRule("gone")], [_off(0.0), BrokenRule("gone")]])
def test_a_repetition_that_measured_nothing_or_broke_is_no_round_off(allowed: float, repeated: list[Outcome]) -> None:
    assert _judge([_off(10 * allowed)], again=lambda: repeated).verdict is Verdict.SEMANTIC


@pytest.mark.parametrize("repeated", [[], [_off(float("inf"))]])
def test_what_is_infinite_in_float64_too_is_no_round_off(repeated: list[Outcome]) -> None:
    assert _judge([_off(float("inf"))], again=lambda: repeated).verdict is Verdict.SEMANTIC
    assert _judge([_off(float("inf"))], again=lambda: [_off(0.0)]).verdict is Verdict.NUMERICAL


def test_without_float64_one_ulp_of_input_is_the_evidence(allowed: float) -> None:
    error = 10 * allowed
    assert _judge([_off(error)], ulp=lambda: {"": error / ULP_ALLOWANCE}).verdict is Verdict.NUMERICAL
    far = _judge([_off(error)], ulp=lambda: {"": 0.99 * error / ULP_ALLOWANCE})
    assert far.verdict is Verdict.SEMANTIC
    assert str(far.evidence).startswith("no float64; the oracle in float32")


def test_in_float64_itself_the_size_decides() -> None:
    allowed = budget_for("diffract", "oracle", "float64").allowed(TERMS)
    assert _judge([_off(2 * allowed)], "float64").verdict is Verdict.NUMERICAL
    assert _judge([_off(1.01 * SHRINKAGE * allowed)], "float64").verdict is Verdict.SEMANTIC


def test_the_repetition_is_asked_for_only_where_it_is_needed(allowed: float) -> None:
    def never() -> list[Outcome]:
        raise AssertionError("asked")

    assert _judge([_off(allowed)], again=never).verdict is Verdict.OK
    assert _judge([_off(1.0, exact=True)], again=never).verdict is Verdict.SEMANTIC
    assert _judge([BrokenRule("wrong shape", "contract")], again=never).verdict is Verdict.CONTRACT


def test_breaches_say_what_is_broken_and_a_wrong_answer_outranks() -> None:
    found = _judge([BrokenRule("two", "contract"), BrokenRule("one"), _off(0.0)])
    assert found.verdict is Verdict.SEMANTIC
    assert found.reason == "one; two"
    assert len(found.measured) == 1
    assert _judge([BrokenRule("two", "contract")]).verdict is Verdict.CONTRACT


def test_exact_values_allow_nothing() -> None:
    assert _judge([_off(0.0, exact=True)]).verdict is Verdict.OK
    assert _judge([_off(1e-12, exact=True)]).verdict is Verdict.SEMANTIC


def test_a_bound_is_held_to_its_limit() -> None:
    assert _judge([Bound("z", 3.0, 3.0, "five sigma")]).verdict is Verdict.OK
    for value in (3.01, float("nan"), float("inf")):
        assert _judge([Bound("z", value, 3.0, "five sigma")]).verdict is Verdict.SEMANTIC


def test_a_law_that_measured_nothing_is_an_error() -> None:
    found = _judge([])
    assert found.verdict is Verdict.ERROR
    assert found.reason == "the law measured nothing"


def test_a_single_value_that_must_be_exact_is_named_beside_what_it_must_be() -> None:
    found = exactly("what ran", "gather_eager", "grid_sample")
    assert _judge([found]).reason == "what ran is gather_eager, and must be grid_sample"
