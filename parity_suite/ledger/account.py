"""What became of the entries of a ledger in a run, and what of it turns the run red beyond its tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from parity_suite.core.cause import Cause
from parity_suite.core.finding import Finding, Verdict
from parity_suite.ledger.entry import Entry, Outcome, PinnedEntry, days
from parity_suite.ledger.ledger import Ledger


@dataclass(frozen=True)
class Account:
    """One entry in one run: the findings about its checks, and how many there are of each outcome."""

    entry: Entry
    day: date
    findings: tuple[Finding, ...]

    @property
    def counts(self) -> Counter[Outcome]:
        return Counter(self.entry.outcome(finding, self.day) for finding in self.findings)

    @property
    def passed(self) -> list[str]:
        """The checks that it says fail and that pass."""
        outcome = self.entry.outcome
        return [one.check for one in self.findings if outcome(one, self.day) is Outcome.PASSED]

    @property
    def pinned(self) -> bool:
        return isinstance(self.entry, PinnedEntry)

    @property
    def ran(self) -> bool:
        return any(finding.verdict is not Verdict.NOT_RUN for finding in self.findings)

    def to_json(self) -> dict[str, Any]:
        """The entry and its counts, as the contract of records has them."""
        terms, counts = self.entry.terms, self.counts
        return {
            "entry": self.entry.name,
            "pinned": self.pinned,
            "reason": terms.reason,
            "owner": terms.owner,
            "added": str(terms.added),
            "expires": str(terms.expires),
            "as_said": counts[Outcome.AS_SAID],
            "passed": counts[Outcome.PASSED],
            "otherwise": counts[Outcome.OTHERWISE],
            "expired": counts[Outcome.EXPIRED],
            "not_run": counts[Outcome.NOT_RUN],
        }


def accounts(ledger: Ledger, findings: Sequence[Finding], day: date) -> list[Account]:
    """One account for each entry, in the order of the file."""
    return [
        Account(entry, day, tuple(finding for finding in findings if entry.matches(finding.check)))
        for entry in ledger.entries
    ]


@dataclass(frozen=True)
class Known:
    """The ids that exist, whether they were selected or not."""

    #: of the checks that this run collected
    collected: Collection[str]
    #: of those that other runs did
    listed: Collection[str]
    #: whether there is no check beyond these, so that an entry about none of them is about nothing
    complete: bool
    #: whether measured datasets, which bring checks of their own, were given
    datasets: bool


def ledger_complaints(found: Sequence[Account], known: Known) -> Iterator[str]:
    """What is wrong with the ledger although each test may have ended well."""
    for account in found:
        entry, terms = account.entry, account.entry.terms
        if terms.expired(account.day):
            late = days(-terms.days_left(account.day))
            yield f"the ledger's {entry.name} expired {late} ago, on {terms.expires} ({terms.owner})"
        mine = {check for check in known.collected if entry.matches(check)}
        elsewhere = bool(account.findings) or any(entry.matches(check) for check in known.listed)
        hint = "" if known.datasets else "; one on a measured dataset exists only with its --parity-dataset"
        if not mine and not elsewhere and known.complete:
            yield f"the ledger's {entry.name} matches no check: remove the entry{hint}"
        elif gone := _gone(account, known):
            more = f", and {len(gone) - 1} more" if len(gone) > 1 else ""
            yield f"the ledger's {entry.name} is about {gone[0]}, which there is not{more}: take it out{hint}"
        elif mine and not mine - {finding.check for finding in account.findings}:
            yield from _idle(account)


def _gone(account: Account, known: Known) -> list[str]:
    """Checks that an entry lists and that there are not."""
    if not isinstance(account.entry, PinnedEntry) or not known.complete:
        return []
    there = {*known.collected, *known.listed, *(finding.check for finding in account.findings)}
    return sorted(set(account.entry.pins) - there)


def _idle(account: Account) -> Iterator[str]:
    """A complaint about an entry whose checks can run on no machine; that they cannot on this one is no fault of it."""
    lacking = [one.reason for one in account.findings if one.cause in _NOWHERE]
    if not account.ran and lacking:
        yield f"the ledger's {account.entry.name} is about checks that cannot run: {lacking[0]}: remove the entry"


#: What keeps a check from running on any machine.
_NOWHERE: Final = frozenset({Cause.NOT_PROVIDED, Cause.OUTSIDE_CAPABILITY})
