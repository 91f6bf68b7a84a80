"""Stored baselines that no test holds any more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from parity_suite.core.check_id import CheckId
from parity_suite.core.id_list import IdList

#: The baselines that a line names.
_SHOWN: Final = 5


def orphans_of(folder: Path, checks: Iterable[str], silent: Iterable[str], before: IdList | None) -> list[str]:
    """The baselines of a folder that none of these checks holds. None where a test that may hold one is ``silent``,
    having found nothing: by a list that says so, a test that never ran ``before`` holds none.
    """
    if any(before is None or not before.tells or test in before.ran for test in silent):
        return []
    ids = map(CheckId.parse, checks)
    known = {f"{one.stage}.{one.case}.{one.subject}" for one in ids if one.law == "baseline"}
    stored = {path.stem for path in (folder / "baselines").glob("*.json")}
    return sorted(stored - known) if known or before else []


def orphan_errors(gone: list[str]) -> Iterator[str]:
    """A line where there are some."""
    if gone:
        noun = "baseline is" if len(gone) == 1 else "baselines are"
        shown = ", ".join(gone[:_SHOWN]) + (", ..." if len(gone) > _SHOWN else "")
        yield f"{len(gone)} {noun} held by no test; --update-snapshots takes them away: {shown}"
