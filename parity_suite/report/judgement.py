"""Whether a recorded run is green: what is red in it, and what was accepted with a reason, a line each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

from parity_suite.core.finding import SUSPECT_DATA
from parity_suite.core.run_facts import missing_shards
from parity_suite.laws.mending import told_to_mend
from parity_suite.ledger.runs import Run
from parity_suite.report.causes import title
from parity_suite.report.text import counted
from parity_suite.report.whole_run import required_errors, shards

#: pytest's exit codes of a run that came to its end.
_ENDED: Final = (0, 1)


@dataclass
class Judgement:
    """Lines of each kind; what is red decides."""

    red: list[str] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)
    #: what cannot be told, and why that is no fault
    notes: list[str] = field(default_factory=list)


def judge_run(said: Judgement, run: Run, required: Sequence[str], count: int | None, day: date) -> None:
    """What the record says of itself; of ``count`` parts, and of names that must have run."""
    facts = run.facts
    said.red += [title(mend) for mend in told_to_mend(run.findings)]
    said.red += facts.errors
    _judge_entries(said, run.accounts, day, run.time[:10])
    said.notes += [f"{SUSPECT_DATA}: {one}" for one in run.suspicions]
    if run.partial:
        said.red.append(f"the run is not whole: {run.partial}")
    said.red += _shards(facts.shards, count)
    more = [name for name in required if name not in facts.required]
    said.red += [line.replace("--parity-require", "--require") for line in _required(run, more)]
    if facts.exit_status not in _ENDED or (facts.exit_status and not said.red):
        said.red.append(f"pytest ended with {facts.exit_status}")


def _required(run: Run, names: Sequence[str]) -> Iterator[str]:
    yield from required_errors(run.findings, replace(run.facts, required=names))


def _shards(reported: Sequence[str], count: int | None) -> Iterator[str]:
    """A line where parts never reported, unless the record itself says so."""
    if count is None:
        return
    wanted = [f"{k}/{count}" for k in range(1, count + 1)]
    gone = [one for one in wanted if one not in reported]
    if gone and not (reported and set(gone) <= set(missing_shards(reported))):
        yield f"{shards(gone)} never reported"


def _judge_entries(said: Judgement, accounts: Sequence[Any], day: date, ended: str) -> None:
    """The ledger by what became of each entry; what fails otherwise is red by itself, and so was what had expired."""
    for one in accounts:
        name = f"the ledger's {one['entry']}"
        if ended <= one["expires"] < str(day):
            said.red.append(f"{name} has expired since the run, on {one['expires']} ({one['owner']})")
        if one["passed"]:
            said.red.append(f"{name} excuses what passes: {counted(one['passed'], 'check')}; narrow or remove it")
        if not one["pinned"]:
            said.red.append(f"{name} is not pinned: parity ledger update --from RECORD pins it")
        elif one["as_said"]:
            why = f"{' '.join(one['reason'].split())} ({one['owner']}, until {one['expires']})"
            said.accepted.append(f"{name}: {counted(one['as_said'], 'check')} known to fail, since {why}")
