"""Which causes of a check that did not run make it lost, where it ran before."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from parity_suite.core.cause import Cause
from parity_suite.core.check_id import CheckId
from parity_suite.core.finding import Finding, Verdict
from parity_suite.core.id_list import IdList
from parity_suite.snapshots.lost import Loss, Seen, lost_lines

_ID = CheckId("diffract", "oracle", "leaves64", "tiny", "cuda", "float32")
OK = Finding(str(_ID), *vars(_ID).values(), Verdict.OK, dataset="leaves64")
CHECK = OK.check
RAN = IdList(frozenset({CHECK}), frozenset({CHECK}))
LISTED = IdList(frozenset({CHECK}))

ALWAYS = {Cause.NOT_PROVIDED, Cause.OUTSIDE_CAPABILITY, Cause.UNASKED, Cause.NO_BASELINE}
IF_REQUIRED = {
    Cause.NO_DEVICE: "cuda",
    Cause.MISSING_DATA: "leaves64",
    Cause.BASELINE_OF_ANOTHER_RUN: "cuda",
}
#: Said as an error, of this check or of another one, which is red.
NEVER = {Cause.UNAVAILABLE, Cause.ARITHMETIC_OFF, Cause.UNREPORTED}


def _not_run(cause: Cause) -> Finding:
    return replace(OK, verdict=Verdict.NOT_RUN, cause=cause)


def _losses(before: IdList, *findings: Finding, **known: Any) -> list[Loss]:
    given: dict[str, Any] = {
        "listed": {CHECK},
        "collected": {CHECK},
        "findings": findings,
        "held": {},
        "failed": set(),
        "skipped": set(),
        "partial": False,
        "require": (),
    }
    return list(Seen(**{**given, **known}).losses(before))


@pytest.mark.parametrize("cause", sorted({*ALWAYS, *IF_REQUIRED, *NEVER}))
def test_each_cause(cause: Cause) -> None:
    found = _not_run(cause)
    lost = [Loss(CHECK, cause)]
    assert _losses(RAN, found) == lost * (cause in ALWAYS)
    assert _losses(LISTED, found) == [], "it did not run before either"
    assert _losses(RAN, found, failed={CHECK}) == [], "its test failed, which is red"
    for name in ("cuda", "leaves64", "tiny"):
        wanted = cause in ALWAYS or IF_REQUIRED.get(cause) == name
        assert _losses(RAN, found, require=(name,)) == lost * wanted


def test_every_cause_of_a_check_that_did_not_run_is_told() -> None:
    of_not_run = list(Cause)[: list(Cause).index(Cause.OFF_BUDGET)]
    assert set(of_not_run) == ALWAYS | set(IF_REQUIRED) | NEVER


@pytest.mark.parametrize("verdict", [verdict for verdict in Verdict if verdict is not Verdict.NOT_RUN])
def test_what_ran_is_not_lost_whatever_came_of_it(verdict: Verdict) -> None:
    assert _losses(RAN, replace(OK, verdict=verdict)) == []


def test_what_ran_on_one_machine_is_not_lost_on_another() -> None:
    there = replace(_not_run(Cause.NOT_PROVIDED), machine="there")
    assert _losses(RAN, replace(OK, machine="here"), there) == []


def test_what_is_not_collected_is_gone_and_what_is_not_selected_is_not() -> None:
    assert _losses(LISTED, collected=set(), listed=set()) == [Loss(CHECK)]
    assert _losses(RAN) == []


def test_a_line_names_the_ways_with_their_counts() -> None:
    checks = [CHECK.replace("64", str(side)) for side in range(7)]
    losses = [Loss(check, Cause.NOT_PROVIDED if check < checks[4] else None) for check in checks]
    assert list(lost_lines([*losses, Loss("tests/test_a.py::test_a")])) == [
        f"lost of diffract: 3 gone, 4 not provided: {', '.join(checks[:5])}, ...",
        "lost of tests with baselines: 1 gone: tests/test_a.py::test_a",
    ]
