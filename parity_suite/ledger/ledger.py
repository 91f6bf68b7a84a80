"""All entries of a ledger: which of them is about a check, and which a new failure looks like."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from parity_suite.core.finding import Finding
from parity_suite.core.run_causes import RunCause, cause_of
from parity_suite.ledger.entry import Entry, PinnedEntry, UnpinnedEntry


@dataclass(frozen=True)
class Ledger:
    """The entries of a file, each kind in its order."""

    pinned: tuple[PinnedEntry, ...] = ()
    unpinned: tuple[UnpinnedEntry, ...] = ()

    @property
    def entries(self) -> tuple[Entry, ...]:
        return (*self.pinned, *self.unpinned)

    def of(self, check: str) -> Entry | None:
        """The entry about a check, None where there is none; ValueError where there are two."""
        found = [entry for entry in self.entries if entry.matches(check)]
        if len(found) > 1:
            raise ValueError(_shared(found[0], found[1], check))
        return found[0] if found else None

    def of_cause(self, cause: RunCause) -> PinnedEntry | None:
        """The entry of a cause."""
        return next((entry for entry in self.pinned if entry.cause == cause), None)

    def looks_like(self, finding: Finding) -> str:
        """The name of the entry of the cause of a failure that no entry is about; empty where there is none."""
        if not finding.red or self.of(finding.check):
            return ""
        found = self.of_cause(cause_of(finding))
        return found.name if found else ""

    def shared(self, checks: Iterable[str]) -> list[str]:
        """A line for each two entries about one of these checks."""
        lines: dict[tuple[str, str], str] = {}
        for check in sorted(checks):
            found = [entry for entry in self.entries if entry.matches(check)]
            for one, other in pairwise(found):
                lines.setdefault((one.name, other.name), _shared(one, other, check))
        return list(lines.values())


def _shared(one: Entry, other: Entry, check: str) -> str:
    return f"{one.name} and {other.name} are both about {check}: a check has one entry"
