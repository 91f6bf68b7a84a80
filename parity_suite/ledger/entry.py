"""An entry of the ledger: which checks it is about, how they are to fail, and what a verdict means beside it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Final

from parity_suite.compare.finding import LedgerOutcome, Verdict

#: An entry whose end is as near as this is named at the end of a run.
SOON_DAYS: Final = 30

#: What became of a check that an entry matches.
Outcome = LedgerOutcome


@dataclass(frozen=True)
class Entry:
    """``check`` is an id, or a pattern in which ``*`` stands for any text and all else for itself, brackets too."""

    check: str
    reason: str
    owner: str
    added: date
    #: the last day on which it is good
    expires: date
    verdict: Verdict

    def matches(self, check: str) -> bool:
        """Whether the entry is about the check of that id."""
        return matches(self.check, check)

    def days_left(self, day: date) -> int:
        """0 on the last day, negative afterwards."""
        return (self.expires - day).days

    def age(self, day: date) -> int:
        """Days since it was added."""
        return (day - self.added).days

    def expired(self, day: date) -> bool:
        return self.days_left(day) < 0

    def outcome(self, verdict: Verdict, day: date) -> Outcome:
        """What a verdict on a check that matches means."""
        if verdict is Verdict.NOT_RUN:
            return Outcome.NOT_RUN
        if verdict is Verdict.OK:
            return Outcome.PASSED
        if verdict is not self.verdict:
            return Outcome.OTHERWISE
        return Outcome.EXPIRED if self.expired(day) else Outcome.AS_SAID

    @property
    def line(self) -> str:
        """Reason, owner and end on one line."""
        return f"{' '.join(self.reason.split())} ({self.owner}, until {self.expires})"


@dataclass(frozen=True)
class Ledger:
    """All entries of a file, in its order."""

    entries: tuple[Entry, ...]

    def of(self, check: str) -> Entry | None:
        """The entry about a check, None where there is none; ValueError where there are two."""
        found = [entry for entry in self.entries if entry.matches(check)]
        if len(found) > 1:
            raise ValueError(_shared(found[0], found[1], check))
        return found[0] if found else None

    def shared(self, checks: Iterable[str]) -> list[str]:
        """A line for each two entries about one of these checks."""
        lines: dict[tuple[str, str], str] = {}
        for check in sorted(checks):
            found = [entry for entry in self.entries if entry.matches(check)]
            for one, other in pairwise(found):
                lines.setdefault((one.check, other.check), _shared(one, other, check))
        return list(lines.values())


def matches(pattern: str, text: str) -> bool:
    """Whether a text is that of a pattern, in time that grows with their lengths and not with the number of ``*``."""
    first, *rest = pattern.split("*")
    if not rest:
        return text == pattern
    last = rest.pop()
    if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
        return False
    at, end = len(first), len(text) - len(last)
    for part in rest:
        # The leftmost place leaves the most for what follows.
        at = text.find(part, at, end)
        if at < 0:
            return False
        at += len(part)
    return True


def today() -> date:
    """The day in UTC, so that an entry ends at one moment on every machine."""
    return datetime.now(UTC).date()


def days(count: int) -> str:
    return f"{count} day{'' if count == 1 else 's'}"


def _shared(one: Entry, other: Entry, check: str) -> str:
    return f"{one.check} and {other.check} are both about {check}: a check has one entry"
