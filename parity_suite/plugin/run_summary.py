"""The end of a run: its exit code, the list of ids, the record and the summary."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from parity_suite.contracts.holding import printable
from parity_suite.core.finding import SUSPECT_DATA
from parity_suite.core.writing import NotWritten
from parity_suite.plugin.lost_report import accepted_lines, hint_lines, made_lines, write_list
from parity_suite.plugin.run_errors import run_errors
from parity_suite.plugin.session import ParitySession
from parity_suite.report.changes import change_lines
from parity_suite.report.text import counted

if TYPE_CHECKING:
    from parity_suite.core.run_facts import RunFacts


def environment(session: ParitySession) -> dict[str, Any]:
    """The machine, what the numbers of this process depend on, and each framework that it has loaded."""
    from parity_suite.backends.subject import Backends
    from parity_suite.compare.widening import Widenings
    from parity_suite.engine.environment import environment_of, machine

    known = session.context.part(Backends)
    specs = [spec for spec in session.specs.values() if known.tried(spec)]
    backends = dict(environment_of(session.context, specs))
    wider = session.context.part(Widenings).to_json()
    return {"machine": machine(), "run": _run(), "backends": backends} | ({"budgets": wider} if wider else {})


def _run() -> dict[str, Any]:
    """The seed that ``PARITY_SEED`` adds, the profile of the searches, and the threads of this process."""
    from parity_suite.core.context import seed
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
    """Completes the session on the controller: errors of the run turn the exit code red, the record is written."""
    if session.worker or session.config.option.collectonly or session.forked:
        return
    session.find_silent(run)
    if not session.environment:
        session.environment = environment(session)
    session.environment["run"]["command"] = command_of(session.config)
    session.environment["classes"] = {name: f"{one.module}:{one.member}" for name, one in session.specs.items()}
    if any(run_errors(session)) and run.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        run.exitstatus = pytest.ExitCode.TESTS_FAILED
    ended = run.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
    if session.settings.update_snapshots and ended and not session.refusal:
        _try(session, _finish_update, session, run)
    session.record_journal.close()
    if session.record_journal.unwritten:
        session.unwritten.append(session.record_journal.unwritten)
    _fail_if_unwritten(session, run)
    if session.settings.report:
        # After all else that can fail: the record has the exit code.
        _try(session, _write_record, session, run)
        _fail_if_unwritten(session, run)
        if not session.unwritten:
            session.unrendered += _render(session, session.settings.report)


def _fail_if_unwritten(session: ParitySession, run: pytest.Session) -> None:
    if session.unwritten and run.exitstatus == pytest.ExitCode.OK:
        run.exitstatus = pytest.ExitCode.TESTS_FAILED


def _try(session: ParitySession, write: Callable[..., None], *arguments: Any) -> None:
    """Writes, or keeps what to say of it."""
    try:
        write(*arguments)
    except NotWritten as error:
        session.unwritten.append(str(error))


def _finish_update(session: ParitySession, run: pytest.Session) -> None:
    from parity_suite.plugin.orphans import orphans, remove_baselines

    cut_short = run.shouldfail or run.shouldstop
    gone = [] if cut_short or (session.lost and not session.settings.accepts_loss) else orphans(session)
    if session.collected or session.unlisted_tests:
        write_list(session, gone)
    if cut_short:
        return
    remove_baselines(session, gone)
    session.removed = gone
    session.journal.finish(whole=not session.partial)


def _write_record(session: ParitySession, run: pytest.Session) -> None:
    from parity_suite.report.record import write_record
    from parity_suite.report.whole_run import left_out

    assert session.settings.report is not None
    accounts, facts = session.ledger_accounts(), _facts(session, run)
    write_record(
        session.settings.report,
        session.settings.root,
        session.findings,
        session.environment,
        _inputs(session),
        None if accounts is None else [account.to_json() for account in accounts],
        session.settings.within("report"),
        "; ".join(left_out(session.findings, facts)),
        facts,
    )


def _render(session: ParitySession, folder: Path) -> Iterator[str]:
    """Shows the record to a person; what could not be written is said and fails nothing."""
    from parity_suite.core.journal import RECORD
    from parity_suite.ledger.runs import run_of
    from parity_suite.report.renderings import write_renderings

    run = run_of(json.loads((folder / RECORD).read_text("utf-8")))
    start, within = session.config.invocation_params.dir, session.settings.within("report")
    yield from _draw_trials(session, folder)
    yield from write_renderings(run, folder, start, within=within)


def _draw_trials(session: ParitySession, folder: Path) -> Iterator[str]:
    """Draws the trial of each measured dataset, which the page shows; a line for each that could not be drawn."""
    for one in session.tried:
        try:
            one.draw(folder, session.settings.within("report"))
        except Exception as error:
            # No picture of a run is worth the run.
            yield f"could not draw the trial of {one.path}: {type(error).__name__}: {error}"


def _facts(session: ParitySession, run: pytest.Session) -> RunFacts:
    """All that the record says of the run beside its findings."""
    from parity_suite.report.record import contract_changes

    option, selection = session.config.option, session.selection
    return replace(
        session.facts,
        run=session.record_journal.run,
        exit_status=int(run.exitstatus),
        errors=list(run_errors(session)),
        snapshot_changes=[f"{one.file}: {one.number}: {one.old} -> {one.new}" for one in session.reported.changes],
        contract_changes=contract_changes(session.settings.root),
        selected=len(selection.selected),
        deselected=len(selection.deselected),
        keywords=option.keyword or "",
        markers=option.markexpr or "",
        cut_short=not _ended(session, run) or bool(run.shouldfail or run.shouldstop),
    )


def _ended(session: ParitySession, run: pytest.Session) -> bool:
    """Whether pytest came to the end of what was selected, which of a part may be nothing."""
    nothing = run.exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and session.settings.shard is not None
    return run.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) or nothing


def summarise(session: ParitySession, terminal: Any) -> None:
    """Writes the verdict to pytest's terminal."""
    from parity_suite.report.terminal import verdict_lines

    if session.config.option.collectonly:
        return
    red = list(run_errors(session))
    if not (session.findings or session.settings.update_snapshots or red):
        return
    terminal.section("parity")
    for said in session.suspects.values():
        terminal.line(f"{SUSPECT_DATA}: {printable(said)}", yellow=True, bold=True)
    if session.findings:
        wide = session.config.option.verbose > 0
        for line in verdict_lines(session.findings, session.environment, wide=wide):
            terminal.line(line)
        for line in _pair_lines(session):
            terminal.line(line, yellow=True, bold=True)
        _print_ledger(session, terminal)
        for line in (*_kept_lines(session), *_page_lines(session), *_deselected_lines(session), *hint_lines(session)):
            terminal.line(line)
    if session.settings.update_snapshots:
        _print_changes(session, terminal)
    elif session.findings and getattr(session.config.option, "update_snapshots", False):
        terminal.line("snapshots: --snapshot-update leaves those of parity alone; --update-snapshots writes them")
    for complaint in red:
        terminal.line(f"RED: {complaint}", red=True, bold=True)
    _annotate(session, terminal)


def _annotate(session: ParitySession, terminal: Any) -> None:
    """Says at which lines checks fail, where GitHub reads along."""
    from parity_suite.report.annotations import annotation_lines, wanted

    if wanted():
        for line in annotation_lines(session.findings, session.settings.root, session.environment):
            terminal.line(line)


def _print_ledger(session: ParitySession, terminal: Any) -> None:
    accounts = session.ledger_accounts()
    if not accounts:
        return
    from parity_suite.report.ledger import ledger_line, mended_lines, soon_lines, unpinned_lines

    terminal.line(ledger_line(accounts))
    for line in mended_lines(accounts):
        terminal.line(line, red=True, bold=True)
    for line in (*unpinned_lines(accounts), *soon_lines(accounts)):
        terminal.line(line, yellow=True, bold=True)


def _kept_lines(session: ParitySession) -> Iterator[str]:
    """Where failures were written, and how many of them."""
    tried = [found.replay for found in session.findings if found.replay]
    written = sum(bool(one.folder) for one in tried)
    if tried:
        folder = os.path.relpath(session.settings.failures or "", session.config.invocation_params.dir)
        yield f"replay: {written} of {len(tried)} failures are in {folder}; parity replay asks them again"


def _page_lines(session: ParitySession) -> Iterator[str]:
    """Where the run can be looked at, or why it cannot."""
    if session.settings.report and not session.unwritten:
        from parity_suite.report.html import PAGE

        page = session.settings.report / PAGE
        if page.is_file():
            yield f"report: {os.path.relpath(page, session.config.invocation_params.dir)}"
        yield from (f"report: {printable(line)}" for line in session.unrendered)


def _pair_lines(session: ParitySession) -> Iterator[str]:
    from parity_suite.report.pairs_held import unheld_lines

    part = bool(session.selection.deselected or session.settings.shard)
    yield from unheld_lines(session.findings, session.specs, part=part)


def _deselected_lines(session: ParitySession) -> Iterator[str]:
    if gone := session.selection.deselected:
        shard = session.settings.shard
        part = f" (shard {shard[0]}/{shard[1]})" if shard else ""
        yield f"a part of the run{part}: {len(gone)} parity tests were deselected"


def _print_changes(session: ParitySession, terminal: Any) -> None:
    terminal.line("")
    for name in session.removed:
        terminal.line(f"snapshots: removed the baseline {name}, which no test holds")
    for line in (*accepted_lines(session), *made_lines(session)):
        terminal.line(line)
    if not session.reported.changes:
        terminal.line("snapshots: every number is within its budget, none was written")
        return
    terminal.line(f"snapshots: {counted(len(session.reported.changes), 'number')} written")
    for line in change_lines(session.reported.changes):
        terminal.line(line)
    if session.settings.reason:
        terminal.line(f"  since {printable(session.settings.reason)}")
    elif any(change.old is not None for change in session.reported.changes):
        terminal.line("hint: --reason TEXT keeps beside the numbers why; parity gate asks for it")


def _inputs(session: ParitySession) -> Mapping[str, str]:
    """sha256 of every recipe's and every file's arrays."""
    from parity_suite.cases.datasets import dataset_digests

    return dataset_digests(session.context)
