"""One finding is made of several about one check."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from types import SimpleNamespace

import pytest

from parity_suite.core.cause import Cause
from parity_suite.core.check_id import CheckId
from parity_suite.core.duplicates import merged
from parity_suite.core.finding import Finding, LedgerNote, LedgerOutcome, Verdict
from parity_suite.core.way import Raised, Rule
from parity_suite.plugin.reported import FINDING, Reported

_ID = CheckId("diffract", "oracle", "n16", "tiny", "cpu", "float32")
OK = Finding(str(_ID), *vars(_ID).values(), Verdict.OK)
RED = replace(OK, verdict=Verdict.SEMANTIC, cause=Cause.OFF_BUDGET, reason="off by 3")
CRASH = replace(OK, verdict=Verdict.ERROR, cause=Cause.EXCEPTION, reason="ValueError: no")
IDLE = replace(OK, verdict=Verdict.NOT_RUN, cause=Cause.UNAVAILABLE, reason="no torch")


@pytest.mark.parametrize("one", [OK, RED, IDLE])
def test_what_agrees_is_one(one: Finding) -> None:
    assert merged([("", one), ("", replace(one, seconds=3.0))]) == [one]


@pytest.mark.parametrize("those", list(permutations([OK, RED, CRASH, IDLE])))
def test_two_answers_are_flaky_and_the_gravest_is_shown(those: tuple[Finding, ...]) -> None:
    (found,) = merged(("", one) for one in those)
    assert (found.verdict, found.cause) == (Verdict.ERROR, Cause.FLAKY)
    answers = "error (exception) and ok and semantic (off budget)"
    assert found.reason == f"flaky: asked 3 times, it was {answers}: ValueError: no"
    assert (found.red, found.ran, found.known) == (True, True, False)


def test_another_cause_is_another_answer() -> None:
    (found,) = merged([("", RED), ("", replace(RED, cause=Cause.NOT_EXACT))])
    assert found.cause is Cause.FLAKY


def test_another_rule_or_another_line_that_raised_is_another_answer() -> None:
    broken = [replace(RED, rules=(Rule(field, "finite", "no number"),)) for field in ("canvas", "count")]
    raised = [replace(CRASH, raised=Raised("ValueError", "no", "mine.py", line, "f")) for line in (3, 4)]
    for those in (broken, raised):
        (found,) = merged(("", one) for one in those)
        assert found.cause is Cause.FLAKY
        assert "each time in another way" in found.reason


@pytest.mark.parametrize("one", [OK, RED])
def test_a_check_that_did_not_run_says_nothing_against_one_that_did(one: Finding) -> None:
    assert merged([("", IDLE), ("", one)]) == merged([("", one), ("", IDLE)]) == [one]


def test_what_is_known_of_one_answer_is_not_known_of_two() -> None:
    known = replace(RED, ledger=LedgerNote("diffract*", LedgerOutcome.AS_SAID))
    assert known.known
    (found,) = merged([("", known), ("", OK)])
    assert not found.known


def test_a_worker_that_died_is_not_another_machine() -> None:
    reported = Reported()
    reported.add_machine("gw0", "here")
    for worker, test in (("gw0", "test_a"), ("gw1", "test_b")):
        report = pytest.TestReport(test, ("", 0, ""), {}, "passed", None, "call")
        report.user_properties.append((FINDING, replace(OK, check=f"{OK.check[:-1]}{worker}]").to_json()))
        report.node = SimpleNamespace(gateway=SimpleNamespace(id=worker))
        reported.add(report)
    assert [one.machine for one in reported.findings] == ["", ""]
    assert reported.finders == reported.tests == {"test_a", "test_b"}
    reported.add_machine("gw1", "there")
    assert [one.machine for one in reported.findings] == ["here", "there"]


def test_machines_that_differ_are_kept_apart() -> None:
    found = merged([("here", OK), ("there", RED), ("here", OK)])
    assert found == [replace(OK, machine="here"), replace(RED, machine="there")]
