"""The end of a run: what makes it red beyond its tests, the list of ids, the record and the summary."""

from __future__ import annotations

import os
import shlex
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from parity_suite.compare.cause import COULD_NOT_ASK, Cause
from parity_suite.compare.finding import Finding, Verdict
from parity_suite.compare.way import missing
from parity_suite.lost_report import accepted_lines, hint_lines, lost_complaints, write_list
from parity_suite.report.changes import change_lines
from parity_suite.session import ParitySession
from parity_suite.writing import NotWritten

#: The checks that a complaint names; the record, or a diff of the list, shows all.
_SHOWN: Final = 5


def environment(session: ParitySession) -> dict[str, Any]:
    """The machine, what the numbers of this process depend on, and each framework that it has loaded, with the
    ``translation`` that was asked for.
    """
    from parity_suite.backends.subject import Backends
    from parity_suite.environment import environment_of, machine

    known = session.context.part(Backends)
    specs = [spec for spec in session.specs.values() if known.tried(spec)]
    asked = {name: {"translation": chosen} for name, chosen in session.settings.translations.items()}
    backends = {
        name: {**facts, **asked.get(name, {})} for name, facts in environment_of(session.context, specs).items()
    }
    return {"machine": machine(), "run": _run(), "backends": backends}


def _run() -> dict[str, Any]:
    """The seed that ``PARITY_SEED`` adds, the profile of the searches, and the threads of this process."""
    from parity_suite.cases.lessons import seed
    from parity_suite.laws.search import profile_name

    threads = os.environ.get("OMP_NUM_THREADS", "")
    return {"seed": seed(), "hypothesis": profile_name(), "threads": threads}


def command_of(config: pytest.Config) -> str:
    """What was typed after ``python -m``; of a path that is not below the working directory the last part alone."""
    shown = [
        f"{option}{equals}{Path(value).name if Path(value).is_absolute() else value}"
        for option, equals, value in (_parted(str(one)) for one in config.invocation_params.args)
    ]
    return shlex.join(["pytest", *shown])


def _parted(argument: str) -> tuple[str, str, str]:
    """An option with its value behind ``=``, or a value alone."""
    option, equals, value = argument.partition("=")
    return (option, equals, value) if argument.startswith("--") and equals else ("", "", argument)


def conclude(session: ParitySession, run: pytest.Session) -> None:
    """Completes the session on the controller: complaints turn the exit code red, the record is written."""
    if session.worker or session.config.option.collectonly:
        return
    if not session.environment:
        session.environment = environment(session)
    session.environment["run"]["command"] = command_of(session.config)
    if any(complaints(session)) and run.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        run.exitstatus = pytest.ExitCode.TESTS_FAILED
    ended = run.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
    if session.settings.update_snapshots and ended and not session.refusal:
        _try(session, _finish_update, session, run)
    if session.settings.report:
        _try(session, _write_record, session, run)
    if session.unwritten and run.exitstatus == pytest.ExitCode.OK:
        run.exitstatus = pytest.ExitCode.TESTS_FAILED


def _try(session: ParitySession, write: Callable[..., None], *arguments: Any) -> None:
    """Writes, or keeps what to say of it."""
    try:
        write(*arguments)
    except NotWritten as error:
        session.unwritten.append(str(error))


def _finish_update(session: ParitySession, run: pytest.Session) -> None:
    from parity_suite.orphans import remove_orphans

    if session.collected or session.unlisted_tests:
        write_list(session)
    if run.shouldfail or run.shouldstop:
        return
    if session.settings.accepts_loss or not session.lost:
        session.removed = remove_orphans(session)
    session.journal.finish(whole=not session.partial)


def _write_record(session: ParitySession, run: pytest.Session) -> None:
    from parity_suite.report.record import write_record

    assert session.settings.report is not None
    accounts = session.ledger_accounts()
    write_record(
        session.settings.report,
        session.settings.root,
        session.findings,
        session.environment,
        _inputs(session),
        None if accounts is None else [account.to_json() for account in accounts],
        session.settings.within("report"),
        "; ".join(_left_out(session, run)),
    )


def _left_out(session: ParitySession, run: pytest.Session) -> Iterator[str]:
    """In words, why not every check that there is has a finding in this run."""
    if run.exitstatus not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) or run.shouldfail or run.shouldstop:
        yield "it was cut short"
    if session.partial:
        yield "files or backends were named or left out"
    if idle := session.collected - {finding.check for finding in session.findings}:
        yield f"{len(idle)} of {len(session.collected)} checks have no finding"
    if missing := session.unlisted_tests - session.reported.tests:
        yield f"{len(missing)} tests of baselines did not run"


def complaints(session: ParitySession) -> Iterator[str]:
    """What is wrong with a run although each of its checks may have passed."""
    findings, ran = session.findings, _ran(session)
    if findings and not any(_asked_something(finding) for finding in findings):
        yield "nothing ran"
    elif session.settings.report and not findings:
        yield "no parity check was collected"
    for name in sorted(_asked(session) & set(session.specs)):
        if not ran[name] and not _known_to_be_missing(session, name):
            yield f"backend {name} ran nothing"
    yield from _of_tests_that_passed(session)
    yield from lost_complaints(session)
    have = set(ran)
    for finding in findings:
        if finding.verdict is not Verdict.NOT_RUN:
            have |= {finding.device, finding.dataset}
    for name in session.settings.require:
        if name not in have:
            yield f"--parity-require {name}: nothing of that name ran"
    yield from _chosen_in_vain(session)
    yield from _of_files(session)
    yield from _ledger_complaints(session)


def _of_tests_that_passed(session: ParitySession) -> Iterator[str]:
    """Complaints about checks that are red, though the last or only test of each may not have failed."""
    if excused := session.excused:
        said = f"{len(excused)} red checks are excused by their tests; the ledger is for what is known"
        yield f"{said}: {_shortened(excused)}"
    if flaky := [finding.check for finding in session.findings if finding.cause is Cause.FLAKY]:
        verb = "check is" if len(flaky) == 1 else "checks are"
        yield f"{len(flaky)} {verb} flaky, asked more than once with two answers: {_shortened(flaky)}"


def _ran(session: ParitySession) -> Counter[str]:
    """How many checks ran of each backend. A test that holds a baseline may call it by any name: where a backend is
    so called, that proves nothing of it.
    """
    return Counter(
        name
        for finding in session.findings
        if _asked_something(finding)
        for name in finding.backends
        if finding.check in session.collected or name not in session.specs
    )


def _asked_something(finding: Finding) -> bool:
    return finding.ran and finding.stage != "preflight"


def _of_files(session: ParitySession) -> Iterator[str]:
    """Complaints about what lies on disk: what could not be written, and what an update did not finish or accept."""
    from parity_suite.orphans import orphans

    if session.unwritten:
        more = len(session.unwritten) - 1
        yield session.unwritten[0] + (f", and {more} more" if more else "")
    if session.settings.update_snapshots:
        return
    if session.journal.unfinished:
        yield "an update of the snapshots did not come to its end; repeat --update-snapshots"
    if gone := orphans(session):
        noun = "baseline is" if len(gone) == 1 else "baselines are"
        yield f"{len(gone)} {noun} held by no test; --update-snapshots takes them away: {_shortened(gone)}"


def _asked(session: ParitySession) -> set[str]:
    """The backends that were asked something: by themselves, or in a run of pairs alone beside another.

    One that stands in pairs alone, since -k names the other one, is not to blame for what that one does not define.
    """
    subjects = {finding.backends for finding in session.findings if finding.check in session.collected}
    alone = {backends[0] for backends in subjects if len(backends) == 1}
    return alone or {name for backends in subjects for name in backends}


def _chosen_in_vain(session: ParitySession) -> Iterator[str]:
    """A complaint about each choice of a ``translate`` for a backend of a name that there is not."""
    if not session.collected or not session.asks_for("--parity-translation"):
        return
    for name, chosen in session.settings.translations.items():
        if name not in session.specs:
            there = f"there are {', '.join(sorted(session.specs))}"
            yield f"parity_translation: no backend is called {name}, so {name}={chosen} chose nothing; {there}"


def _known_to_be_missing(session: ParitySession, backend: str) -> bool:
    """Whether the ledger says of every check of a backend that it cannot be had: with an owner and an end, no news."""
    mine = [finding for finding in session.findings if finding.subject == backend and finding.stage != "preflight"]
    return bool(mine) and all(_expects_error(session, finding.check) for finding in mine)


def _expects_error(session: ParitySession, check: str) -> bool:
    entry = session.entry_of(check)
    return entry is not None and entry.verdict(check) is Verdict.ERROR


def _silenced(session: ParitySession) -> Iterator[str]:
    """A complaint for each thing that cannot be had and is known of some checks, while others are not run for it: what
    is said once is to be known of all.
    """
    known: dict[tuple[Any, ...], list[Finding]] = {}
    silent: dict[tuple[Any, ...], list[str]] = {}
    for found in session.findings:
        if found.cause in COULD_NOT_ASK:
            key = missing(found.subject, found.precision, found.cause, found.raised)
            if found.known:
                known.setdefault(key, []).append(found)
            elif not found.red and not _expects_error(session, found.check):
                silent.setdefault(key, []).append(found.check)
    for key, those in known.items():
        if others := silent.get(key):
            said = f"{len(others)} checks of {those[0].subject} are not run, and the ledger knows of {len(those)} other"
            yield f"{said} alone ({those[0].reason}): {_shortened(others)}"


def _shortened(checks: Sequence[str]) -> str:
    return ", ".join(checks[:_SHOWN]) + (", ..." if len(checks) > _SHOWN else "")


def _ledger_complaints(session: ParitySession) -> Iterator[str]:
    accounts = session.ledger_accounts() if session.collected or session.findings else None
    if accounts is None:
        return
    from parity_suite.ledger.account import Known, ledger_complaints

    complete = not session.partial and session.unlisted_tests <= session.reported.tests
    listed = session.lost.before.checks if session.lost.before else frozenset[str]()
    known = Known(session.collected, listed, complete, bool(session.settings.datasets))
    yield from ledger_complaints(accounts, known)
    yield from _silenced(session)


def summarise(session: ParitySession, terminal: Any) -> None:
    """Writes the verdict to pytest's terminal."""
    from parity_suite.report.terminal import verdict_lines

    if session.config.option.collectonly:
        return
    red = list(complaints(session))
    if not (session.findings or session.settings.update_snapshots or red):
        return
    terminal.section("parity")
    if session.findings:
        for line in verdict_lines(session.findings, session.environment):
            terminal.line(line)
        _print_ledger(session, terminal)
        for line in (*_kept_lines(session), *_deselected_lines(session), *hint_lines(session)):
            terminal.line(line)
    if session.settings.update_snapshots:
        _print_changes(session, terminal)
    elif session.findings and getattr(session.config.option, "update_snapshots", False):
        terminal.line("snapshots: --snapshot-update leaves those of parity alone; --update-snapshots writes them")
    for complaint in red:
        terminal.line(f"RED: {complaint}", red=True, bold=True)


def _print_ledger(session: ParitySession, terminal: Any) -> None:
    accounts = session.ledger_accounts()
    if not accounts:
        return
    from parity_suite.report.ledger import ledger_line, soon_lines, unpinned_lines

    terminal.line(ledger_line(accounts))
    for line in (*unpinned_lines(accounts), *soon_lines(accounts)):
        terminal.line(line, yellow=True, bold=True)


def _kept_lines(session: ParitySession) -> Iterator[str]:
    """Where failures were written, and how many of them."""
    tried = [found.replay for found in session.findings if found.replay]
    written = sum(bool(one.folder) for one in tried)
    if tried:
        folder = os.path.relpath(session.settings.failures or "", session.config.invocation_params.dir)
        yield f"replay: {written} of {len(tried)} failures are in {folder}; parity replay asks them again"


def _deselected_lines(session: ParitySession) -> Iterator[str]:
    if session.deselected:
        yield f"a part of the run: {len(session.deselected)} parity tests were deselected"


def _print_changes(session: ParitySession, terminal: Any) -> None:
    terminal.line("")
    for name in session.removed:
        terminal.line(f"snapshots: removed the baseline {name}, which no test holds")
    for line in accepted_lines(session):
        terminal.line(line)
    if not session.changes:
        terminal.line("snapshots: every number is within its budget, nothing was written")
        return
    terminal.line(f"snapshots: {len(session.changes)} numbers written")
    for line in change_lines(session.changes):
        terminal.line(line)


def _inputs(session: ParitySession) -> dict[str, str]:
    """sha256 of every recipe's and every file's arrays."""
    from parity_suite.cases.world import digests

    return digests(session.context)
