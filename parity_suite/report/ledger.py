"""The ledger at the end of a run: how many checks failed as it says, and what is about to expire."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import attrgetter

from parity_suite.ledger.account import Account
from parity_suite.ledger.entry import SOON_DAYS, Outcome, days
from parity_suite.report.text import counted


def ledger_line(accounts: Sequence[Account]) -> str:
    """Counts, and the entry that is next to expire."""
    total: Counter[Outcome] = Counter()
    for account in accounts:
        total += account.counts
    more = "".join(
        f", {total[outcome]} {outcome}"
        for outcome in (Outcome.PASSED, Outcome.OTHERWISE, Outcome.EXPIRED)
        if total[outcome]
    )
    count, known = len(accounts), total[Outcome.AS_SAID]
    line = f"ledger: {count} {'entry' if count == 1 else 'entries'}, {counted(known, 'check')} {Outcome.AS_SAID}{more}"
    good = [account.entry for account in accounts if not account.entry.terms.expired(account.day)]
    if not good:
        return line
    first = min(good, key=lambda entry: entry.terms.expires)
    return f"{line}; next to expire: {first.name} on {first.terms.expires} ({first.terms.owner})"


def unpinned_lines(accounts: Sequence[Account]) -> Iterator[str]:
    """A warning about the entries that excuse more than is known."""
    names = [account.entry.name for account in accounts if not account.pinned]
    if names:
        noun = "entry is unpinned and excuses" if len(names) == 1 else "entries are unpinned and excuse"
        yield f"ledger: {len(names)} {noun} whatever fails with the verdict: {', '.join(names)}"


def mended_lines(accounts: Sequence[Account]) -> Iterator[str]:
    """A line for each entry whose checks pass, with what takes them out."""
    for account in accounts:
        if count := len(account.passed):
            those = f"{count} of its checks pass" if count > 1 else "1 of its checks passes"
            yield f"ledger: {account.entry.name} is mended, {those}: parity ledger update --from RECORD takes them out"


def soon_lines(accounts: Sequence[Account]) -> Iterator[str]:
    """A warning for the entries that end within a month, of one day and owner in a line."""
    soon = [one for one in accounts if 0 <= one.entry.terms.days_left(one.day) <= SOON_DAYS]
    together = attrgetter("entry.terms.expires", "entry.terms.owner")
    for (expires, owner), those in groupby(sorted(soon, key=together), key=together):
        first, *more = those
        left = first.entry.terms.days_left(first.day)
        what = f"{first.entry.name} and {len(more)} more expire" if more else f"{first.entry.name} expires"
        yield f"ledger: {what} {f'in {days(left)}' if left else 'today'}, on {expires} ({owner})"
