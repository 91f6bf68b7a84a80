"""What changed from a base to a run."""

from __future__ import annotations

from dataclasses import replace

import pytest
from runs import failed, held, idle, measured, run

from parity_suite.core.finding import Finding, LedgerNote, LedgerOutcome
from parity_suite.report.difference import Changed, Difference, difference

KNOWN = LedgerNote("entry 1", LedgerOutcome.AS_SAID)


def between(base: list[Finding], here: list[Finding]) -> Difference:
    return difference(run(here), run(base))


def ids(*laws: str) -> list[str]:
    return [held(law).check for law in laws]


def test_each_change_of_a_check_has_its_name() -> None:
    base = [held("a"), failed("b"), held("c"), held("d"), failed("e", ledger=KNOWN), failed("f"), idle("g")]
    here = [failed("a"), held("b"), idle("c"), held("e"), failed("f"), idle("g"), failed("h"), held("i")]
    assert between(base, here).checks == {
        "newly red": ids("a", "h"),
        "newly green": ids("b", "e"),
        "not run any more": ids("c"),
        "gone": ids("d"),
        "new": ids("h", "i"),
    }


def test_of_equal_runs_nothing_differs() -> None:
    same = [held("a"), failed("b"), idle("c")]
    found = between(same, same)
    assert not any(found.checks.values())
    assert (found.numbers, found.environment) == ([], [])
    assert found.nothing == ["newly red", "newly green", "not run any more", "gone", "new", "changed numbers"]


def test_of_several_machines_the_gravest_counts() -> None:
    here = [held("a", machine="one"), failed("a", machine="two")]
    assert between([held("a")], here).checks["newly red"] == ids("a")
    assert between(here, [held("a")]).checks["newly green"] == ids("a")


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        (0.3, 0.9, [("0.3 budgets", "0.9 budgets")]),
        (0.9, 0.3, [("0.9 budgets", "0.3 budgets")]),
        (0.3, 0.5, []),
        (0.001, 0.05, []),
        (0.0, 0.5, [("0 budgets", "0.5 budgets")]),
    ],
)
def test_an_error_that_another_processor_makes_is_no_change(
    was: float, now: float, said: list[tuple[str, str]]
) -> None:
    found = between([held("a", off=was)], [held("a", off=now)])
    assert [(one.old, one.new) for one in found.numbers] == said


def test_the_value_of_a_bound_and_a_budget_that_changed_are_told() -> None:
    old = measured(0.0, output="ssim", bound="at least", got=0.9, want=0.8)
    new = replace(old, got=0.7, want=0.6)
    found = between([held("a", measured=(old,))], [held("a", measured=(new,))])
    name = f"{held('a').check}: ssim"
    assert found.numbers == [Changed(f"{name}, limit", "at least 0.8", "at least 0.6"), Changed(name, "0.9", "0.7")]
    wider = between([held("a", measured=(measured(0.5),))], [held("a", measured=(measured(0.5, budget=2e-6),))])
    assert [(one.name[-8:], one.old, one.new) for one in wider.numbers[:1]] == [(", budget", "1e-06", "2e-06")]


def test_what_differs_in_the_environment_is_told_by_its_path() -> None:
    base = run([], environment={"machine": {"numpy": "2.0", "os": "linux"}}, inputs={"star": "a"})
    here = run([], environment={"machine": {"numpy": "2.4", "os": "linux", "simd": "avx"}}, inputs={"star": "b"})
    assert difference(here, base).environment == [
        Changed("machine numpy", "2.0", "2.4"),
        Changed("inputs star", "a", "b"),
        Changed("machine simd", "", "avx"),
    ]
