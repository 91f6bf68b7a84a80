"""What a ledger excuses that an earlier one did not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from parity_suite.core.finding import Finding
from parity_suite.ledger.entry import Outcome, PinnedEntry
from parity_suite.ledger.ledger import Ledger

#: What an entry said of a failure, be it good still or not.
_SAID = (Outcome.AS_SAID, Outcome.EXPIRED)


def newly_excused(findings: Sequence[Finding], new: Ledger, old: Ledger, day: date) -> list[str]:
    """The checks that fail and are excused as they failed by the new ledger alone; of those that did not run, the ones
    that it pins otherwise.
    """
    found = {one.check for one in findings if one.known and not _said(old, one, day)}
    ran = {one.check for one in findings if one.ran}
    for entry in new.pinned:
        found |= {check for check, pin in entry.pins.items() if check not in ran and _pinned(old, check) != pin}
    return sorted(found)


def _said(ledger: Ledger, finding: Finding, day: date) -> bool:
    entry = ledger.of(finding.check)
    return entry is not None and entry.outcome(finding, day) in _SAID


def _pinned(ledger: Ledger, check: str) -> object:
    entry = ledger.of(check)
    return entry.pins[check] if isinstance(entry, PinnedEntry) else None
