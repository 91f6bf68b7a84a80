"""One record of several: of the parts of a run, and of runs on several machines and devices."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from parity_suite.core.cause import Cause
from parity_suite.core.duplicates import machine_words, merged
from parity_suite.core.finding import Finding, Verdict
from parity_suite.core.id_list import FILE_NAME
from parity_suite.core.run_facts import HeldTest, RunFacts, missing_shards
from parity_suite.ledger import Ledger, read_ledger, today
from parity_suite.ledger.account import Account, Known, accounts, ledger_complaints
from parity_suite.ledger.runs import Run, read_run
from parity_suite.report.record import write_record
from parity_suite.report.whole_run import (
    by_check,
    idle_errors,
    left_out,
    own_checks,
    required_errors,
    seen_of,
    silenced,
)
from parity_suite.snapshots.lost import loss_errors, lost_of
from parity_suite.snapshots.orphans import orphan_errors, orphans_of

#: With these a check that did not run says nothing against one that did elsewhere.
_HERE: Final = frozenset({Cause.NO_DEVICE, Cause.MISSING_DATA, Cause.BASELINE_OF_ANOTHER_RUN})
#: pytest's exit code where no test is to run, as in a part that is empty.
_NOTHING: Final = 5
_OUTCOMES: Final = ("failed", "passed", "skipped", "")


class Unmergeable(ValueError):
    """Records that are not of one thing, and why."""


def merge(paths: Sequence[Path], root: Path, output: Path) -> Run:
    """Writes the record that the whole run would have written into ``output``, and gives it.

    ``root`` is the tree under test. ContractError for what is no record, Unmergeable, NotWritten.
    """
    runs = [read_run(path) for path in paths]
    _require_one_thing(runs)
    findings, facts = _findings(runs, [path.parent for path in paths]), _facts(runs)
    ledger = read_ledger(root / facts.ledger, today()) if facts.ledger else None
    found = None if ledger is None else accounts(ledger, findings, today())
    facts = _judged(runs, findings, facts, _errors_of_whole(findings, facts, ledger, found or (), root))
    path = write_record(
        output,
        root,
        findings,
        _environment(runs),
        _inputs(runs),
        None if found is None else [account.to_json() for account in found],
        output,
        "; ".join(left_out(findings, facts)),
        facts,
        runs[0].commit,
    )
    return read_run(path)


def _require_one_thing(runs: Sequence[Run]) -> None:
    for name in ("commit", "suite"):
        if len(values := {getattr(run, name) for run in runs}) > 1:
            raise Unmergeable(f"the records are of more than one {name}: {', '.join(sorted(values))}")


def _judged(
    runs: Sequence[Run], findings: Sequence[Finding], facts: RunFacts, errors_of_whole: Iterator[str]
) -> RunFacts:
    """With what makes it red: what any part said, and where all of it is there, what only the whole can tell."""
    errors = dict.fromkeys(error for run in runs for error in run.facts.errors)
    if not (facts.cut_short or facts.named or missing_shards(facts.shards)):
        errors |= dict.fromkeys(errors_of_whole)
    return replace(facts, errors=list(errors), exit_status=_status(runs, findings, bool(errors)))


def _findings(runs: Sequence[Run], folders: Sequence[Path]) -> list[Finding]:
    """One for each check and machine; none of where it could not be asked, if it was asked elsewhere."""
    reported = [
        (one.machine or machine_words(run.environment.get("machine", {})), _located(one, folder))
        for run, folder in zip(runs, folders, strict=True)
        for one in run.findings
    ]
    asked = [(machine, one) for machine, one in reported if not _elsewhere(one)]
    checks = {one.check for _, one in asked}
    idle = {one.check: replace(one, machine="") for _, one in reversed(reported) if one.check not in checks}
    return [*merged(asked), *idle.values()]


def _elsewhere(finding: Finding) -> bool:
    return finding.verdict is Verdict.NOT_RUN and finding.cause in _HERE


def _located(finding: Finding, folder: Path) -> Finding:
    """With the folder of its failure beside the record, where that came along with it."""
    place = folder / "failures" / Path(finding.replay.folder).name
    if not finding.replay.folder or not place.is_dir():
        return finding
    return replace(finding, replay=replace(finding.replay, folder=os.path.relpath(place)))


def _facts(runs: Sequence[Run]) -> RunFacts:
    facts = [run.facts for run in runs]
    return RunFacts(
        run=" ".join(one.run for one in facts),
        snapshot_changes=[change for one in facts for change in one.snapshot_changes],
        contract_changes=list(dict.fromkeys(change for one in facts for change in one.contract_changes)),
        selected=sum(one.selected for one in facts),
        deselected=max(0, max(one.selected + one.deselected for one in facts) - sum(one.selected for one in facts)),
        collected=max(one.collected for one in facts),
        keywords=_common(facts, lambda one: [one.keywords]),
        markers=_common(facts, lambda one: [one.markers]),
        shards=_united(facts, lambda one: one.shards),
        named=any(one.named for one in facts),
        cut_short=any(one.cut_short for one in facts),
        backends=_united(facts, lambda one: one.backends),
        required=_united(facts, lambda one: one.required),
        tests=_tests(one for each in facts for one in each.tests),
        failed=_united(facts, lambda one: one.failed),
        snapshots=_single(facts, "snapshots"),
        ledger=_single(facts, "ledger"),
    )


def _united(facts: Sequence[RunFacts], names: Callable[[RunFacts], Iterable[str]]) -> list[str]:
    return sorted({name for one in facts for name in names(one)})


def _common(facts: Sequence[RunFacts], names: Callable[[RunFacts], Iterable[str]]) -> str:
    return "; ".join(_united(facts, names))


def _single(facts: Sequence[RunFacts], place: str) -> str:
    found = {getattr(one, place) for one in facts}
    if len(found) > 1:
        raise Unmergeable(f"the records have more than one place for {place}: {', '.join(sorted(found))}")
    return str(found.pop())


def _tests(tests: Iterable[HeldTest]) -> list[HeldTest]:
    """One of each, with the gravest way in which it ended."""
    found: dict[str, HeldTest] = {}
    for one in tests:
        other = found.get(one.test, one)
        outcome = min(one.outcome, other.outcome, key=_OUTCOMES.index)
        found[one.test] = HeldTest(one.test, outcome, tuple(dict.fromkeys((*other.checks, *one.checks))))
    return [found[test] for test in sorted(found)]


def _environment(runs: Sequence[Run]) -> dict[str, Any]:
    """The machine and the settings of the first, the commands of all, and every framework that any of them had."""
    first = runs[0].environment
    commands = dict.fromkeys(run.environment.get("run", {}).get("command", "") for run in runs)
    backends = {name: facts for run in runs for name, facts in run.environment.get("backends", {}).items() if facts}
    idle: dict[str, Any] = {name: {} for run in runs for name in run.environment.get("backends", {})}
    command = {**first.get("run", {}), "command": "; ".join(commands)}
    classes = {name: one for run in runs for name, one in run.environment.get("classes", {}).items()}
    return {**first, "run": command, "backends": idle | backends, "classes": classes}


def _inputs(runs: Sequence[Run]) -> dict[str, str]:
    found: dict[str, str] = {}
    for run in runs:
        for name, digest in run.inputs.items():
            if found.setdefault(name, digest) != digest:
                raise Unmergeable(f"the records are of more than one {name}")
    return found


def _status(runs: Sequence[Run], findings: Sequence[Finding], errors: bool) -> int:
    """That of the gravest part, or that of a red run."""
    statuses = [0 if run.facts.shards and run.facts.exit_status == _NOTHING else run.facts.exit_status for run in runs]
    return max(statuses) or int(errors or any(one.red and not one.known for one in findings))


def _errors_of_whole(
    findings: Sequence[Finding], facts: RunFacts, ledger: Ledger | None, found: Sequence[Account], root: Path
) -> Iterator[str]:
    """What makes the whole run red, though no part of it could tell."""
    if not findings:
        yield "no parity check was collected"
    yield from idle_errors(findings, facts, ledger)
    path = root / facts.snapshots / FILE_NAME
    lost = lost_of(path, seen_of(findings, facts))
    yield from loss_errors(lost, path)
    yield from required_errors(findings, facts)
    silent = [one.test for one in facts.tests if not one.checks]
    yield from orphan_errors(orphans_of(path.parent, by_check(findings), silent, lost.before))
    if ledger is not None:
        ids = set(by_check(findings)) - own_checks(facts)
        listed = lost.before.checks if lost.before else frozenset[str]()
        complete = all(one.outcome for one in facts.tests)
        yield from ledger_complaints(found, Known(ids, listed, complete, datasets=True))
        yield from silenced(findings, ledger)
