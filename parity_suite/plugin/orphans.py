"""Stored baselines that no test holds any more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from parity_suite.core.check_id import CheckId
from parity_suite.core.writing import remove_whole
from parity_suite.plugin.session import ParitySession


def orphans(session: ParitySession) -> list[str]:
    """The stored baselines that no test holds any more; none where a test that may hold one did not come so far."""
    silent = session.unlisted_tests - session.reported.finders
    before = session.lost.before
    # By a list that says so, a test that never ran holds none.
    if session.partial or any(before is None or not before.tells or _listed(one) in before.ran for one in silent):
        return []
    known = {f"{one.stage}.{one.case}.{one.subject}" for one in session.findings if one.law == "baseline"}
    known |= set(_of_checks(session.collected))
    stored = {path.stem for path in (session.settings.snapshots / "baselines").glob("*.json")}
    return sorted(stored - known) if known or before else []


def _listed(test: str) -> str:
    """A test as the list of ids has it."""
    from parity_suite.contracts.holding import printable

    return printable(test)


def _of_checks(checks: Iterable[str]) -> Iterator[str]:
    for one in map(CheckId.parse, checks):
        if one.law == "baseline":
            yield f"{one.stage}.{one.case}.{one.subject}"


def remove_orphans(session: ParitySession) -> list[str]:
    """Takes their files away, and gives their names."""
    gone, settings = orphans(session), session.settings
    for name in gone:
        remove_whole(settings.snapshots / "baselines" / f"{name}.json", within=settings.within("snapshots"))
    return gone
