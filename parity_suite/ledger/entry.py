"""An entry of the ledger: which checks it is about, how they are known to fail, and what a finding means beside it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from parity_suite.core.cause import Cause
from parity_suite.core.finding import Finding, LedgerOutcome, Verdict
from parity_suite.core.run_causes import RunCause
from parity_suite.ledger.patterns import matches
from parity_suite.ledger.pin import Pin

#: An entry whose end is as near as this is named at the end of a run.
SOON_DAYS: Final = 30

#: What became of a check that an entry is about.
Outcome = LedgerOutcome


@dataclass(frozen=True)
class Terms:
    """Why a divergence is left as it is, who answers for it, and how long."""

    reason: str
    owner: str
    added: date
    #: the last day on which it is good
    expires: date

    def days_left(self, day: date) -> int:
        """0 on the last day, negative afterwards."""
        return (self.expires - day).days

    def age(self, day: date) -> int:
        """Days since it was added."""
        return (day - self.added).days

    def expired(self, day: date) -> bool:
        return self.days_left(day) < 0

    @property
    def line(self) -> str:
        """Reason, owner and end on one line."""
        return f"{' '.join(self.reason.split())} ({self.owner}, until {self.expires})"


@dataclass(frozen=True)
class Entry(ABC):
    """What a person says of checks that are known to fail."""

    terms: Terms

    @property
    @abstractmethod
    def name(self) -> str:
        """What a report calls it."""

    @abstractmethod
    def matches(self, check: str) -> bool:
        """Whether the entry is about the check of that id."""

    @abstractmethod
    def verdict(self, check: str) -> Verdict:
        """The verdict with which a check that it is about is known to fail."""

    @abstractmethod
    def differences(self, finding: Finding) -> str:
        """In words, how a finding that is red fails otherwise than is known; empty where it does not."""

    def outcome(self, finding: Finding, day: date) -> Outcome:
        """What a finding about a check that matches means."""
        if finding.verdict is Verdict.NOT_RUN or finding.cause is Cause.UNREPORTED:
            return Outcome.NOT_RUN
        if finding.verdict is Verdict.OK:
            return Outcome.PASSED
        if self.differences(finding):
            return Outcome.OTHERWISE
        return Outcome.EXPIRED if self.terms.expired(day) else Outcome.AS_SAID


@dataclass(frozen=True)
class PinnedEntry(Entry):
    """One cause, with the checks that fail for it and what each of them gives."""

    #: its place among the entries, from 1
    number: int
    cause: RunCause
    #: by the id of the check
    pins: Mapping[str, Pin]
    #: the kind of mistake, for whoever reads it; nothing is decided by it
    kind: str = ""

    @property
    def name(self) -> str:
        return f"entry {self.number}"

    def matches(self, check: str) -> bool:
        return check in self.pins

    def verdict(self, check: str) -> Verdict:
        return self.pins[check].verdict

    def differences(self, finding: Finding) -> str:
        return "; ".join(self.pins[finding.check].differences(finding))


@dataclass(frozen=True)
class UnpinnedEntry(Entry):
    """``check`` is an id, or a pattern in which ``*`` stands for any text and all else for itself, brackets too.

    Whatever fails in its checks with the verdict is excused, until it is measured.
    """

    check: str
    said: Verdict

    @property
    def name(self) -> str:
        return self.check

    def matches(self, check: str) -> bool:
        return matches(self.check, check)

    def verdict(self, check: str) -> Verdict:
        return self.said

    def differences(self, finding: Finding) -> str:
        return "" if finding.verdict is self.said else f"{finding.verdict} and not {self.said}"


def today() -> date:
    """The day in UTC, so that an entry ends at one moment on every machine."""
    return datetime.now(UTC).date()


def days(count: int) -> str:
    return f"{count} day{'' if count == 1 else 's'}"
