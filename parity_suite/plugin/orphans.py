"""Baselines that no test of a run holds any more, and their removal."""

from __future__ import annotations

from collections.abc import Iterable

from parity_suite.core.writing import remove_whole
from parity_suite.plugin.session import ParitySession


def orphans(session: ParitySession) -> list[str]:
    """The stored baselines that no test holds any more; none where a part of the tests ran, which cannot tell."""
    if session.partial or session.settings.shard:
        return []
    from parity_suite.contracts.holding import printable
    from parity_suite.snapshots.orphans import orphans_of

    held = {one.check for one in session.findings if one.law == "baseline"} | session.collected
    silent = map(printable, session.unlisted_tests - session.reported.finders)
    return orphans_of(session.settings.snapshots, held, silent, session.lost.before)


def remove_baselines(session: ParitySession, names: Iterable[str]) -> None:
    """Takes their files away."""
    settings = session.settings
    for name in names:
        remove_whole(settings.snapshots / "baselines" / f"{name}.json", within=settings.within("snapshots"))
