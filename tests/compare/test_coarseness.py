"""Coarser coordinates widen a budget, and what is left of an error is shown in their units."""

from __future__ import annotations

from dataclasses import replace

import pytest

from parity_suite.compare.budgets import EPS, budget_for
from parity_suite.compare.calibrate import worst_units
from parity_suite.compare.deviation import Deviation, Outcome, exactly
from parity_suite.compare.escalation import SHRINKAGE, ULP_ALLOWANCE
from parity_suite.compare.judge import judge, measure
from parity_suite.core.finding import Finding, Verdict

COARSE = 37.0


def _off(error: float, eps_factor: float = 1.0) -> Deviation:
    return Deviation("images, by rows", error / 3, error, (1, 2), "3", "4", eps_factor=eps_factor)


@pytest.fixture
def allowed() -> float:
    return budget_for("translate", "oracle", "float32").allowed(1)


def test_a_deviation_is_as_coarse_as_its_precision_unless_told(allowed: float) -> None:
    assert _off(1.0).eps_factor == 1.0
    (measured,) = measure("translate", "oracle", "float32", [_off(0.5 * allowed)])
    assert measured.budget == pytest.approx(allowed)
    assert measured.units == pytest.approx(0.5 * allowed / EPS["float32"])


def test_the_budget_is_so_many_times_wider(allowed: float) -> None:
    for error, verdict in ((0.99, Verdict.OK), (1.01, Verdict.SEMANTIC)):
        found = judge("translate", "oracle", "float32", [_off(error * COARSE * allowed, COARSE)])
        assert found.verdict is verdict
        assert found.measured[0].budget == pytest.approx(COARSE * allowed)
        assert found.measured[0].of_budget == pytest.approx(error)
    assert judge("translate", "oracle", "float32", [_off(0.99 * COARSE * allowed)]).verdict is Verdict.SEMANTIC


def test_units_are_those_of_the_coarser_step(allowed: float) -> None:
    fine, coarse = measure("translate", "oracle", "float32", [_off(allowed), _off(COARSE * allowed, COARSE)])
    assert coarse.units == pytest.approx(fine.units) == pytest.approx(allowed / EPS["float32"])


def test_a_coarse_error_does_not_widen_what_calibration_writes(allowed: float) -> None:
    outcomes: list[Outcome] = [_off(0.25 * allowed), _off(0.5 * COARSE * allowed, COARSE)]
    found = judge("translate", "oracle", "float32", outcomes)
    texts = ("translate.oracle[case]", "translate", "oracle", "case", "mine", "cpu", "float32")
    record = {"findings": [Finding(*texts, found.verdict, measured=found.measured).to_json()]}
    assert worst_units([record]) == {"translate.oracle.float32": pytest.approx(0.5 * allowed / EPS["float32"])}


def test_an_exact_value_stays_exact_however_coarse() -> None:
    wrong = exactly("pixels", [1, 2, 3], [1, 2, 4])
    assert isinstance(wrong, Deviation)
    found = judge("translate", "oracle", "float32", [replace(wrong, eps_factor=1e9)])
    assert (found.verdict, found.measured[0].budget) == (Verdict.SEMANTIC, 0.0)


def test_the_worst_is_told_by_its_own_budget(allowed: float) -> None:
    """The greater error is the lesser fault where its coordinates are coarser."""
    outcomes: list[Outcome] = [replace(_off(20 * allowed, COARSE), output="coarse"), _off(2 * allowed)]
    found = judge("translate", "oracle", "float32", outcomes)
    assert found.reason.startswith("images, by rows is off by")
    assert [one.within for one in found.measured] == [True, False]


def test_a_coarse_error_is_judged_by_ulps_of_its_own_step(allowed: float) -> None:
    error = 2 * COARSE * allowed
    for share, verdict in ((1.01, Verdict.NUMERICAL), (0.99, Verdict.SEMANTIC)):
        ulp = share * error / (ULP_ALLOWANCE * COARSE)
        found = judge("translate", "oracle", "float32", [_off(error, COARSE)], ulp=lambda ulp=ulp: {"": ulp})
        assert found.verdict is verdict, share


def test_the_size_that_decides_in_float64_is_that_of_the_wider_budget() -> None:
    allowed = COARSE * budget_for("translate", "oracle", "float64").allowed(1)
    for share, verdict in ((0.99, Verdict.NUMERICAL), (1.01, Verdict.SEMANTIC)):
        found = judge("translate", "oracle", "float64", [_off(share * SHRINKAGE * allowed, COARSE)])
        assert found.verdict is verdict
