"""What a judgement says at its edges, word for word and number for number."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from parity_suite.compare.budgets import EPS, budget_for
from parity_suite.compare.deviation import Bound, BrokenRule, Deviation
from parity_suite.compare.escalation import SHRINKAGE, ULP_ALLOWANCE
from parity_suite.compare.judge import Judgement, judge, meant, measure
from parity_suite.core.cause import Cause
from parity_suite.core.finding import Finding, LedgerNote, LedgerOutcome, Measured, Verdict
from parity_suite.core.kinds import Kind

TERMS = 64
ALLOWED = budget_for("diffract", "oracle", "float64").allowed(TERMS)


def off(error: float, output: str = "amplitude", place: tuple[int, ...] = (1, 2)) -> Deviation:
    return Deviation(output, error / 2, error, place, "3", "4", TERMS)


def judged(*outcomes: Deviation | BrokenRule | Bound, precision: str = "float64") -> Judgement:
    return judge("diffract", "oracle", precision, outcomes)


def test_what_is_ok_has_no_reason_and_no_evidence() -> None:
    found = judged(off(0.0))
    assert found == Judgement(Verdict.OK, "", found.measured)
    assert len(found.measured) == 1


def test_nothing_measured_is_an_error_without_measurements() -> None:
    assert judged() == Judgement(Verdict.ERROR, "the law measured nothing", (), cause=Cause.MEASURED_NOTHING)


def test_five_breaches_and_the_worst_deviation_are_said() -> None:
    breaches = [BrokenRule(f"rule {k}") for k in range(6)]
    found = judged(*breaches, off(3 * ALLOWED, "small"), off(9 * ALLOWED, "large"), off(5 * ALLOWED, "middle"))
    clauses = found.reason.split("; ")
    assert clauses[:5] == [f"rule {k}" for k in range(5)]
    assert clauses[5].startswith("large is off by")
    assert len([clause for clause in clauses if " is off by" in clause]) == 1


def test_a_place_is_said_where_there_is_one() -> None:
    assert "worst at [1, 2]: got 3, wanted 4" in judged(off(2 * ALLOWED)).reason
    assert judged(off(2 * ALLOWED, place=())).reason.endswith("; worst: got 3, wanted 4")


@pytest.mark.parametrize(("share", "verdict"), [(SHRINKAGE, Verdict.NUMERICAL), (1.01 * SHRINKAGE, Verdict.SEMANTIC)])
def test_in_float64_round_off_ends_where_what_shrinks_begins(share: float, verdict: Verdict) -> None:
    # A budget of a power of two, so that the share is met to the last bit.
    found = judge("bundle", "pair", "float64", [off(share * budget_for("bundle", "pair", "float64").allowed(TERMS))])
    assert found.verdict is verdict


@pytest.mark.parametrize(("ulps", "verdict"), [(1.0, Verdict.NUMERICAL), (1.01, Verdict.SEMANTIC)])
def test_an_exact_value_may_differ_by_so_many_ulps_and_still_be_arithmetic(ulps: float, verdict: Verdict) -> None:
    distance = ulps * ULP_ALLOWANCE * EPS["float64"]
    one = Deviation("patches", 0.5, 0.5, (0,), "1", "2", exact=True, distance=distance)
    found = judge("translate", "identity", "float64", [one])
    # One ulp more is what float32 makes, and as many of those more is not.
    assert found.evidence.like_float32 is (verdict is Verdict.SEMANTIC)
    far = replace(one, distance=ulps * ULP_ALLOWANCE * EPS["float32"])
    assert judge("translate", "identity", "float64", [far]).verdict is verdict


def test_the_hint_of_an_error_that_float32_alone_makes_needs_what_an_ulp_makes() -> None:
    again = lambda: [off(0.9)]  # noqa: E731 (a law of one line)
    found = judge("diffract", "oracle", "float32", [off(1.0)], again, lambda: {"": 0.1})
    assert found.verdict is Verdict.NUMERICAL
    assert str(found.evidence).endswith("no more than float32 makes: it is computed in float32 inside")
    assert judge("diffract", "oracle", "float32", [off(1.0)], again).verdict is Verdict.SEMANTIC


@pytest.mark.parametrize(
    ("kind", "verdict"),
    [
        (None, Verdict.NUMERICAL),
        (Kind.PRECISION, Verdict.NUMERICAL),
        (Kind.FLOAT32_INSIDE, Verdict.NUMERICAL),
        (Kind.OFFSET, Verdict.SEMANTIC),
        (Kind.FACTOR, Verdict.SEMANTIC),
    ],
)
def test_what_explains_an_error_as_small_as_those_of_float32_makes_it_a_meaning(
    kind: Kind | None, verdict: Verdict
) -> None:
    found = meant(judge("diffract", "oracle", "float64", [off(1e-7)], None, lambda: {"": 1e-7}), kind)
    assert found.verdict is verdict
    # One sentence or the other.
    assert found.evidence.like_float32 is (verdict is Verdict.NUMERICAL)
    assert str(found.evidence).startswith("measured in float64")
    assert "no rounding" not in str(found.evidence)


@pytest.mark.parametrize(("error", "verdict"), [(0.2, Verdict.NUMERICAL), (1.1, Verdict.SEMANTIC)])
def test_a_value_that_is_passed_on_and_comes_back_in_float32_is_rounded_once(error: float, verdict: Verdict) -> None:
    found = judge("scale", "oracle", "float64", [off(error * EPS["float32"])], None, lambda: {"amplitude": 0.0})
    assert found.verdict is verdict
    assert found.evidence.like_float32 is (verdict is Verdict.NUMERICAL)


@pytest.mark.parametrize("eps_factor", [1.0, 50.0])
def test_without_float64_the_round_off_of_coarse_coordinates_counts(eps_factor: float) -> None:
    one = Deviation("amplitude", 0.01, 0.01, (0,), "1", "2", TERMS, eps_factor=eps_factor)
    found = judge("diffract", "oracle", "float32", [one], None, lambda: {"amplitude": 1e-4})
    assert found.verdict is (Verdict.NUMERICAL if eps_factor > 10 else Verdict.SEMANTIC)
    assert str(found.evidence).endswith(f"move it by {eps_factor * 1e-4:.3g}")


def test_a_bound_that_is_no_deviation_has_no_coarseness() -> None:
    found = judge("stats", "guard", "float32", [Bound("mean", 3.0, 2.0, "history")], None, lambda: {"": 1.0})
    assert (found.verdict, str(found.evidence)) == (Verdict.SEMANTIC, "a bound is exceeded")


def test_a_bound_is_measured_as_it_is_and_a_least_one_as_its_share() -> None:
    most, least, broken = measure(
        "stats",
        "guard",
        "float32",
        [Bound("a", 3.0, 2.0, "x"), Bound("b", 1.0, 4.0, "y", least=True), Bound("c", math.nan, 2.0, "z")],
    )
    assert most == Measured("a", 3.0, 0.0, 2.0, (), 3.0, 2.0, bound="at most", origin="x")
    assert least == Measured("b", 4.0, 0.0, 1.0, (), 1.0, 4.0, bound="at least", origin="y")
    assert (broken.norm, broken.budget, broken.within) == (math.inf, 1.0, False)


def test_what_must_be_exact_has_no_budget_and_no_units() -> None:
    (found,) = measure("diffract", "oracle", "float32", [Deviation("n", 0.0, 0.0, (), "1", "1", exact=True)])
    assert (found.budget, found.units, found.within) == (0.0, 0.0, True)


def _finding(verdict: Verdict, outcome: LedgerOutcome = LedgerOutcome.NONE) -> Finding:
    small = Measured("a", 0.1, 0.2, 1.0, (), "", "")
    large = Measured("b", 0.1, 0.9, 1.0, (), "", "")
    return Finding(
        "id",
        "s",
        "l",
        "c",
        "x",
        "cpu",
        "float32",
        verdict,
        measured=(small, large),
        ledger=LedgerNote("an entry", outcome),
    )


def test_a_finding_says_whether_it_passed_and_what_was_worst() -> None:
    assert _finding(Verdict.OK).passed
    assert not _finding(Verdict.NOT_RUN).passed
    worst = _finding(Verdict.OK).worst
    assert worst is not None
    assert worst.output == "b"


@pytest.mark.parametrize("outcome", LedgerOutcome)
def test_a_failure_is_known_where_the_ledger_says_so(outcome: LedgerOutcome) -> None:
    known = outcome is LedgerOutcome.AS_SAID
    assert _finding(Verdict.SEMANTIC, outcome).known is known
    assert not _finding(Verdict.SEMANTIC).known


def test_without_a_budget_any_error_is_infinitely_much() -> None:
    assert Measured("a", 0.0, 0.0, 0.0, (), "", "").of_budget == 0.0
    assert Measured("a", 0.0, 1e-30, 0.0, (), "", "").of_budget == math.inf
