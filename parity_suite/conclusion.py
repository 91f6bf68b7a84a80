"""The end of a run: what makes it red beyond its tests, the list of ids, the record and the summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from parity_suite.compare.finding import Verdict
from parity_suite.session import ParitySession

#: The changes that the terminal shows; the files hold all of them, and a diff shows them again.
_SHOWN_CHANGES = 60


def environment(session: ParitySession) -> dict[str, Any]:
    """The machine, and each framework that this process has loaded."""
    from parity_suite.backends.subject import loaded
    from parity_suite.environment import machine
    from parity_suite.runner import environment_of

    specs = [spec for spec in session.specs.values() if loaded(spec)]
    return {"machine": machine(), "backends": environment_of(specs)}


def conclude(session: ParitySession, run: pytest.Session) -> None:
    """Completes the session on the controller: complaints turn the exit code red, the record is written."""
    if session.worker or session.config.option.collectonly:
        return
    if not session.environment:
        session.environment = environment(session)
    if any(complaints(session)) and run.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        run.exitstatus = pytest.ExitCode.TESTS_FAILED
    if session.settings.update_snapshots and run.exitstatus == pytest.ExitCode.OK:
        _write_list(session)
    if session.settings.report:
        from parity_suite.report.record import write_record

        write_record(
            session.settings.report, session.settings.root, session.findings, session.environment, _inputs(session)
        )


def complaints(session: ParitySession) -> Iterator[str]:
    """What is wrong with a run although each of its checks may have passed."""
    ran = Counter(
        name
        for finding in session.findings
        if finding.verdict is not Verdict.NOT_RUN and finding.stage != "preflight"
        for name in finding.subject.split("+")
    )
    asked = {name for finding in session.findings for name in finding.subject.split("+")}
    if session.findings and not ran:
        yield "nothing ran"
    for name in sorted(asked & set(session.specs)):
        if not ran[name]:
            yield f"backend {name} ran nothing"
    lost = [] if session.settings.update_snapshots else session.lost()
    if lost:
        yield f"{len(lost)} checks of {session.list_path.name} are gone, first {lost[0]}; --update-snapshots accepts it"
    have = set(ran) | {f.device for f in session.findings if f.verdict is not Verdict.NOT_RUN}
    have |= {f.case.partition(".g")[0] for f in session.findings if f.verdict is not Verdict.NOT_RUN}
    for name in session.settings.require:
        if name not in have:
            yield f"--parity-require {name}: nothing of that name ran"


def summarise(session: ParitySession, terminal: Any) -> None:
    """Writes the verdict to pytest's terminal."""
    from parity_suite.report.terminal import verdict_lines

    terminal.section("parity")
    for line in verdict_lines(session.findings, session.environment):
        terminal.line(line)
    if session.settings.update_snapshots:
        _print_changes(session, terminal)
    for complaint in complaints(session):
        terminal.line(f"RED: {complaint}", red=True, bold=True)


def _print_changes(session: ParitySession, terminal: Any) -> None:
    terminal.line("")
    if not session.changes:
        terminal.line("snapshots: every number is within its budget, nothing was written")
        return
    terminal.line(f"snapshots: {len(session.changes)} numbers written")
    terminal.line(f"  {'old':>16} {'new':>16} {'budgets':>10}  number")
    ordered = sorted(session.changes, key=lambda change: -change.budgets)
    for change in ordered[:_SHOWN_CHANGES]:
        old, new = ("-" if value is None else f"{value:.9g}" for value in (change.old, change.new))
        terminal.line(f"  {old:>16} {new:>16} {change.budgets:>10.3g}  {change.file}: {change.number}")
    if len(ordered) > _SHOWN_CHANGES:
        terminal.line(f"  and {len(ordered) - _SHOWN_CHANGES} more")


def _write_list(session: ParitySession) -> None:
    session.list_path.parent.mkdir(parents=True, exist_ok=True)
    session.list_path.write_text("\n".join(sorted(session.listed)) + "\n", "utf-8")


def _inputs(session: ParitySession) -> dict[str, str]:
    """sha256 of every recipe's and every file's arrays."""
    from parity_suite.cases.world import digests

    return digests()
