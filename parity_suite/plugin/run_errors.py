"""What makes a run red although each of its tests may have passed."""

from __future__ import annotations

from collections.abc import Iterator

from parity_suite.core.cause import Cause
from parity_suite.core.check_id import CheckId
from parity_suite.plugin.lost_report import lost_complaints
from parity_suite.plugin.session import ParitySession
from parity_suite.report.whole_run import idle_errors, required_errors, shortened, silenced


def run_errors(session: ParitySession) -> Iterator[str]:
    """What is wrong with a run although each of its checks may have passed; of a part of one, what needs no other."""
    findings, facts, whole = session.findings, session.facts, not session.settings.shard
    if whole:
        if session.settings.report and not findings:
            yield "no parity check came to its end" if session.selection.selected else "no parity check was collected"
        yield from idle_errors(findings, facts, session.ledger)
    yield from _of_silent_tests(session)
    yield from _of_tests_that_passed(session)
    if whole:
        yield from lost_complaints(session)
        yield from required_errors(findings, facts)
    yield from _paired_in_vain(session)
    yield from _of_files(session)
    if whole:
        yield from _of_ledger(session)


def _of_silent_tests(session: ParitySession) -> Iterator[str]:
    """Complaints about tests that were to run and of which nothing came."""
    if cut := session.cut:
        said = f"{_parity_tests(len(cut))} taken out of the run without a word (pytest_deselected)"
        yield f"{said}; --parity-shard K/N says that a run is a part: {shortened(sorted(cut))}"
    if silent := session.silent:
        yield f"{_parity_tests(len(silent))} selected and never reported: {shortened(sorted(silent))}"


def _parity_tests(count: int) -> str:
    return "1 parity test was" if count == 1 else f"{count} parity tests were"


def _of_tests_that_passed(session: ParitySession) -> Iterator[str]:
    """Complaints about checks that are red, though the last or only test of each may not have failed."""
    if excused := session.excused:
        said = f"{len(excused)} red checks are excused by their tests; the ledger is for what is known"
        yield f"{said}: {shortened(excused)}"
    if flaky := [finding.check for finding in session.findings if finding.cause is Cause.FLAKY]:
        verb = "check is" if len(flaky) == 1 else "checks are"
        yield f"{len(flaky)} {verb} flaky, asked more than once with two answers: {shortened(flaky)}"


def _of_files(session: ParitySession) -> Iterator[str]:
    """Complaints about what lies on disk: what could not be written, and what an update did not finish or accept."""
    from parity_suite.plugin.orphans import orphans
    from parity_suite.snapshots.orphans import orphan_errors

    if session.unwritten:
        more = len(session.unwritten) - 1
        yield session.unwritten[0] + (f", and {more} more" if more else "")
    if session.settings.update_snapshots:
        return
    if session.journal.unfinished:
        yield "an update of the snapshots did not come to its end; repeat --update-snapshots"
    yield from orphan_errors(orphans(session))


def _paired_in_vain(session: ParitySession) -> Iterator[str]:
    """A complaint about each pair that was asked for and is not one of what there is."""
    if not session.settings.pairs or not session.asks_for("--parity-pair"):
        return
    subjects = {CheckId.parse(one).subject for one in session.collected}
    for pair in session.settings.pairs:
        if subjects and pair not in subjects:
            there = ", ".join(sorted(one for one in subjects if "+" not in one))
            yield f"parity_pair: {pair} are not both asked at a stage that they share; there are {there}"


def _of_ledger(session: ParitySession) -> Iterator[str]:
    accounts = session.ledger_accounts() if session.collected or session.findings else None
    if accounts is None or session.ledger is None:
        return
    from parity_suite.ledger.account import Known, ledger_complaints

    complete = not session.partial and session.unlisted_tests <= session.reported.tests
    listed = session.lost.before.checks if session.lost.before else frozenset[str]()
    known = Known(session.collected, listed, complete, bool(session.settings.datasets))
    yield from ledger_complaints(accounts, known)
    yield from silenced(session.findings, session.ledger)
