"""The line of the summary that names the backends that no check compared."""

from __future__ import annotations

from typing import Any

from parity_suite.core.backend_spec import BackendSpec
from parity_suite.core.cause import Cause
from parity_suite.core.check import Check
from parity_suite.core.finding import Finding, Verdict
from parity_suite.ptychography.sizes import SMALL
from parity_suite.report.pairs_held import unheld_lines

OK = {"verdict": Verdict.OK, "reason": ""}
NOT_RUN = {"verdict": Verdict.NOT_RUN, "reason": "not provided", "cause": Cause.NOT_PROVIDED}


def _finding(law: str, *names: str, **told: Any) -> Finding:
    specs = tuple(BackendSpec(name, name, "Backend") for name in names)
    return Check("illuminate", law, SMALL[0], specs, "cpu", "float32").finding(**told)


def _said(*findings: Finding, part: bool = False) -> str:
    return " ".join(line.strip() for line in unheld_lines(findings, ["one", "two", "three"], part=part))


def test_two_that_were_compared_at_one_stage_are_held() -> None:
    pairs = [_finding("pair", *names, **OK) for names in (("one", "three"), ("one", "two"), ("three", "two"))]
    assert _said(*pairs) == ""


def test_those_that_were_not_are_named_in_one_line() -> None:
    assert _said(
        _finding("pair", "one", "two", **OK),
        _finding("pair", "one", "three", **NOT_RUN),
        _finding("oracle", "one", **OK),
        _finding("oracle", "two", **OK),
    ) == ("pairs: not held to each other, since no stage that both define was asked: one and three, three and two")


def test_a_part_of_a_run_speaks_of_what_was_chosen_alone() -> None:
    assert _said(_finding("oracle", "one", **OK), part=True) == ""
    assert _said(_finding("pair", "one", "two", **NOT_RUN), part=True).endswith("was asked: one and two")
