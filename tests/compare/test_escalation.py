"""A failure is repeated in float64 under its own label; what has no float64 of its own is judged by ulps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from parity_suite.compare.budgets import budget_for
from parity_suite.compare.deviation import BrokenRule, Deviation, Outcome
from parity_suite.compare.escalation import SHRINKAGE, ULP_ALLOWANCE, RoundOff
from parity_suite.compare.judge import Judgement, judge, meant
from parity_suite.core.finding import Verdict
from parity_suite.core.kinds import Kind


def _off(output: str, error: float) -> Deviation:
    return Deviation(output, error / 2, error, (0, 1), "3", "4")


@pytest.fixture
def error() -> float:
    """Ten times what the law allows."""
    return 10 * budget_for("translate", "oracle", "float32").allowed(1)


def _judge(error: float, repeated: Sequence[Outcome], ulp: Callable[[], RoundOff] | None = None) -> Judgement:
    """``images`` is within its budget, ``images, projective`` beyond it."""
    given = [_off("images", error / 100), _off("images, projective", error)]
    return judge("translate", "oracle", "float32", given, lambda: repeated, ulp)


def _numerical(error: float) -> Callable[[], RoundOff]:
    return lambda: {"": 1.01 * error / ULP_ALLOWANCE}


def _semantic(error: float) -> Callable[[], RoundOff]:
    return lambda: {"": 0.99 * error / ULP_ALLOWANCE}


def test_another_output_that_shrank_is_no_excuse(error: float) -> None:
    repeated = [_off("images", error / 100 / SHRINKAGE), _off("images, projective", error / 2)]
    for ulp in (None, _numerical(error)):
        found = _judge(error, repeated, ulp)
        # What float32 alone makes and float64 has as well is a float64 that is float32 inside.
        assert found.verdict is (Verdict.SEMANTIC if ulp is None else Verdict.NUMERICAL)
        assert found.evidence.like_float32 is (ulp is not None)
        assert str(found.evidence).startswith(f"in float64 the error is {error / 2:.3g}")


def test_another_output_that_did_not_shrink_is_no_charge(error: float) -> None:
    repeated = [_off("images", error), _off("images, projective", 0.9 * error / SHRINKAGE)]
    for ulp in (None, _semantic(error)):
        assert _judge(error, repeated, ulp).verdict is Verdict.NUMERICAL


def test_of_several_repetitions_under_one_label_the_worst_counts(error: float) -> None:
    label = "images, projective"
    repeated = [_off(label, error / SHRINKAGE), _off(label, error / 10), _off(label, 0.0)]
    assert str(_judge(error, repeated).evidence) == f"in float64 the error is {error / 10:.3g}"
    assert _judge(error, repeated).verdict is Verdict.SEMANTIC


@pytest.mark.parametrize("others", [[], [0.0], [1.0]])
def test_what_float64_does_not_repeat_is_judged_by_ulps(error: float, others: list[float]) -> None:
    repeated = [_off("images", other * error) for other in others]
    for ulp, verdict in ((_numerical(error), Verdict.NUMERICAL), (_semantic(error), Verdict.SEMANTIC)):
        found = _judge(error, repeated, ulp)
        assert found.verdict is verdict
        assert str(found.evidence).startswith("no float64; the oracle in float32 and one ulp of input")


def test_what_float64_does_not_repeat_is_no_round_off_without_ulps(error: float) -> None:
    found = _judge(error, [_off("images", 0.0)])
    assert (found.verdict, str(found.evidence)) == (Verdict.SEMANTIC, "in float64 the error is inf")


@pytest.mark.parametrize("label", ["images", "images, projective"])
def test_a_breach_in_float64_is_a_difference_of_meaning(error: float, label: str) -> None:
    repeated: list[Outcome] = [_off(label, 0.0), BrokenRule("the shape is another")]
    for ulp in (None, _numerical(error)):
        assert _judge(error, repeated, ulp).verdict is Verdict.SEMANTIC


@pytest.mark.parametrize(
    ("budgets", "kind", "verdict"),
    [
        (1.01 * SHRINKAGE, Kind.MIRROR, Verdict.SEMANTIC),
        (0.99 * SHRINKAGE, Kind.MIRROR, Verdict.NUMERICAL),
        (float("inf"), Kind.MIRROR, Verdict.NUMERICAL),
        (1e6, None, Verdict.NUMERICAL),
        (1e6, Kind.ZERO, Verdict.NUMERICAL),
        (1e6, Kind.CONJUGATE, Verdict.SEMANTIC),
    ],
)
def test_what_float32_alone_is_off_by_is_round_off_unless_a_mistake_looks_like_it(
    error: float, budgets: float, kind: Kind | None, verdict: Verdict
) -> None:
    off = _off("images", budgets * error / 10)
    found = judge("translate", "oracle", "float32", [off], lambda: [_off("images", 0.0)])
    assert found.verdict is Verdict.NUMERICAL
    told = meant(found, kind)
    assert told.verdict is verdict
    assert told == (found if verdict is Verdict.NUMERICAL else replace(found, verdict=verdict, evidence=told.evidence))
    assert str(told.evidence).endswith(": another meaning in float32 alone") is (verdict is Verdict.SEMANTIC)


def test_what_is_no_round_off_already_stays_what_it_is() -> None:
    found = judge("translate", "oracle", "float32", [_off("images", 1.5)], lambda: [_off("images", 1.5)])
    assert meant(found, Kind.MIRROR) is found


def test_ulps_are_not_asked_for_where_float64_has_an_answer(error: float) -> None:
    def never() -> RoundOff:
        raise AssertionError("asked")

    assert _judge(error, [_off("images, projective", 0.0)], never).verdict is Verdict.NUMERICAL
