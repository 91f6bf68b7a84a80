"""What the entries of a ledger did in runs that were recorded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from parity_suite.core.finding import Finding
from parity_suite.ledger.entry import Entry, Outcome
from parity_suite.ledger.ledger import Ledger
from parity_suite.ledger.runs import Run


@dataclass(frozen=True)
class Aged:
    """An entry, the outcomes of its checks in all runs together, and why it is stale; empty where it is not."""

    entry: Entry
    counts: Counter[Outcome]
    stale: str


def aged(ledger: Ledger, runs: Sequence[Run]) -> list[Aged]:
    """Every entry beside the runs. Whether it has ended by now is no matter of what it did in them."""
    return [
        _aged(entry, [one for run in runs for one in run.findings if entry.matches(one.check)], runs)
        for entry in ledger.entries
    ]


def _aged(entry: Entry, mine: Sequence[Finding], runs: Sequence[Run]) -> Aged:
    outcomes = [(one, entry.outcome(one, entry.terms.expires)) for one in mine]
    passed = [one for one, outcome in outcomes if outcome is Outcome.PASSED]
    otherwise = [one for one, outcome in outcomes if outcome is Outcome.OTHERWISE]
    if runs and not mine:
        stale = "matches no check of these runs"
    elif passed:
        stale = f"passed: {passed[0].check}"
    elif otherwise:
        stale = f"{entry.differences(otherwise[0])}: {otherwise[0].check}"
    else:
        stale = ""
    return Aged(entry, Counter(outcome for _, outcome in outcomes), stale)
