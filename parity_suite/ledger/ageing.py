"""What the entries of a ledger did in runs that were recorded."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from parity_suite.compare.finding import Verdict
from parity_suite.contracts.check import check_file
from parity_suite.contracts.versions import require_version
from parity_suite.ledger.entry import Entry, Ledger, Outcome


class Ended(NamedTuple):
    """How one check ended in one run."""

    check: str
    verdict: Verdict


@dataclass(frozen=True)
class Aged:
    """An entry, the outcomes of its checks in all runs together, and why it is stale; empty where it is not."""

    entry: Entry
    counts: Counter[Outcome]
    stale: str


def read_runs(paths: Sequence[Path]) -> list[list[Ended]]:
    """How the checks of each record ended; ContractError where one is no record."""
    runs = []
    for path in paths:
        checked = check_file(path, "record")
        require_version(checked, "make the record again")
        checked.require()
        findings = json.loads(path.read_text("utf-8"))["findings"]
        runs.append([Ended(one["check"], Verdict(one["verdict"])) for one in findings])
    return runs


def aged(ledger: Ledger, runs: Sequence[Sequence[Ended]]) -> list[Aged]:
    """Every entry beside the runs. Whether it has ended by now is no matter of what it did in them."""
    return [
        _aged(entry, [one for run in runs for one in run if entry.matches(one.check)], runs) for entry in ledger.entries
    ]


def _aged(entry: Entry, mine: Sequence[Ended], runs: Sequence[Sequence[Ended]]) -> Aged:
    counts = Counter(entry.outcome(one.verdict, entry.expires) for one in mine)
    if runs and not mine:
        stale = "matches no check of these runs"
    elif counts[Outcome.PASSED]:
        stale = f"passed: {next(one.check for one in mine if one.verdict is Verdict.OK)}"
    elif counts[Outcome.OTHERWISE]:
        other = next(one for one in mine if entry.outcome(one.verdict, entry.expires) is Outcome.OTHERWISE)
        stale = f"{other.verdict}: {other.check}"
    else:
        stale = ""
    return Aged(entry, counts, stale)
