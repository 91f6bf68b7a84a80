"""Whether a run is red, and what made it so, a line each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from enum import StrEnum

from parity_suite.core.finding import Finding, Verdict
from parity_suite.core.run_causes import ToMend
from parity_suite.ledger.runs import Run
from parity_suite.report.causes import title


class State(StrEnum):
    """What a reader sorts findings by, the gravest first."""

    RED = "red"
    KNOWN = "known"
    HOLDS = "ok"
    NOT_RUN = "not run"


def state_of(finding: Finding) -> State:
    """Known is what fails as the ledger says."""
    if finding.red:
        return State.KNOWN if finding.known else State.RED
    return State.HOLDS if finding.verdict is Verdict.OK else State.NOT_RUN


def counts_of(findings: Sequence[Finding]) -> dict[State, int]:
    """How many there are of each state that there is any of."""
    found = Counter(map(state_of, findings))
    return {state: found[state] for state in State if found[state]}


def red_lines(run: Run, mends: Sequence[ToMend]) -> list[str]:
    """The causes among its findings, and what else was wrong with the run; none where it is green."""
    lines = [*map(title, mends), *run.facts.errors]
    status = run.facts.exit_status
    return lines or ([f"pytest ended with exit code {status}"] if status else [])
