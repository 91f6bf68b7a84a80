"""What is compared in coarser steps than its precision has a budget, and a round-off, that are so many times larger."""

from __future__ import annotations

from dataclasses import replace

import pytest

from parity_suite.compare.budgets import budget_for
from parity_suite.compare.deviation import Deviation
from parity_suite.compare.escalation import ROUND_OFF, SHRINKAGE, ULP_ALLOWANCE
from parity_suite.compare.judge import judge
from parity_suite.core.finding import Verdict

ALLOWED = budget_for("translate", "oracle", "float32").allowed(1)
OFF = Deviation("images, projective", ALLOWED, ALLOWED, (0, 1), "3", "4", eps_factor=64.0)


@pytest.mark.parametrize(("times", "verdict"), [(63.0, Verdict.OK), (65.0, Verdict.SEMANTIC)])
def test_the_budget_is_so_many_times_larger(times: float, verdict: Verdict) -> None:
    found = judge("translate", "oracle", "float32", [replace(OFF, peak=times * ALLOWED)])
    assert found.verdict is verdict
    assert found.measured[0].budget == pytest.approx(64 * ALLOWED)


def test_units_are_of_the_coarser_step() -> None:
    fine, coarse = (
        judge("translate", "oracle", "float32", [replace(OFF, eps_factor=c)]).measured[0] for c in (1.0, 64.0)
    )
    assert coarse.units == pytest.approx(fine.units / 64)


@pytest.mark.parametrize(("times", "verdict"), [(0.99, Verdict.NUMERICAL), (1.01, Verdict.SEMANTIC)])
def test_without_float64_round_off_is_measured_in_it_too(times: float, verdict: Verdict) -> None:
    error = 100 * ALLOWED
    ulp = error / (64 * ULP_ALLOWANCE * times)
    # Another implementation that has float64, and agrees there, is no evidence.
    others = [replace(OFF, output="images", peak=0.0, norm=0.0)]
    found = judge("translate", "oracle", "float32", [replace(OFF, peak=error)], lambda: others, lambda: {"": ulp})
    assert found.verdict is verdict


@pytest.mark.parametrize(("error", "verdict"), [(0.99, Verdict.NUMERICAL), (1.01, Verdict.SEMANTIC)])
def test_in_float64_an_error_that_no_precision_makes_is_no_round_off_of_places_in_float32(
    error: float, verdict: Verdict
) -> None:
    coarse = ROUND_OFF / 70 / budget_for("translate", "oracle", "float64").allowed(1)
    found = judge("translate", "oracle", "float64", [replace(OFF, peak=error * ROUND_OFF, eps_factor=coarse)])
    assert 1 < found.measured[0].of_budget < SHRINKAGE
    assert found.verdict is verdict
