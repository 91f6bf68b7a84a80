"""What makes a run red although each of its tests may have passed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

from parity_suite.core.cause import COULD_NOT_ASK, Cause
from parity_suite.core.finding import Finding, Verdict
from parity_suite.core.way import missing
from parity_suite.plugin.lost_report import lost_complaints
from parity_suite.plugin.session import ParitySession

#: The checks that a complaint names; the record, or a diff of the list, shows all.
_SHOWN: Final = 5


def run_errors(session: ParitySession) -> Iterator[str]:
    """What is wrong with a run although each of its checks may have passed."""
    findings, ran = session.findings, _ran(session)
    if findings and not any(_asked_something(finding) for finding in findings):
        yield "nothing ran"
    elif session.settings.report and not findings:
        yield "no parity check was collected"
    for name in sorted(_asked(session) & set(session.specs)):
        if not ran[name] and not _known_to_be_missing(session, name):
            yield f"backend {name} ran nothing"
    yield from _of_silent_tests(session)
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
    yield from _of_ledger(session)


def _of_silent_tests(session: ParitySession) -> Iterator[str]:
    """Complaints about tests that were to run and of which nothing came."""
    if cut := session.cut:
        said = f"{_parity_tests(len(cut))} taken out of the run without a word (pytest_deselected)"
        yield f"{said}; --parity-shard K/N says that a run is a part: {_shortened(sorted(cut))}"
    if silent := session.silent:
        yield f"{_parity_tests(len(silent))} selected and never reported: {_shortened(sorted(silent))}"


def _parity_tests(count: int) -> str:
    return "1 parity test was" if count == 1 else f"{count} parity tests were"


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
    from parity_suite.plugin.orphans import orphans

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


def _of_ledger(session: ParitySession) -> Iterator[str]:
    accounts = session.ledger_accounts() if session.collected or session.findings else None
    if accounts is None:
        return
    from parity_suite.ledger.account import Known, ledger_complaints

    complete = not session.partial and session.unlisted_tests <= session.reported.tests
    listed = session.lost.before.checks if session.lost.before else frozenset[str]()
    known = Known(session.collected, listed, complete, bool(session.settings.datasets))
    yield from ledger_complaints(accounts, known)
    yield from _silenced(session)
