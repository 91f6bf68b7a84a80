"""Entries from what a run measured: one for each cause, narrowed and extended by later runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from parity_suite.core.finding import Finding, Verdict
from parity_suite.core.run_causes import RunCause, by_cause, cause_of, is_trouble
from parity_suite.ledger.entry import PinnedEntry, Terms, UnpinnedEntry
from parity_suite.ledger.ledger import Ledger
from parity_suite.ledger.pin import KnownValue, Pin, pin_of


def entry_of(cause: RunCause, findings: Sequence[Finding], terms: Terms, number: int) -> PinnedEntry:
    """The entry of a cause, with each of its checks as it failed."""
    kinds = Counter(finding.kind.value for finding in findings if finding.kind)
    kind = kinds.most_common(1)[0][0] if kinds else ""
    return PinnedEntry(terms, number, cause, {one.check: pin_of(one) for one in findings}, kind)


@dataclass
class Update:
    """What an update makes of a ledger: the checks of each entry that changes, and what was left as it is."""

    #: all checks of each entry that changes, by its number
    pins: dict[int, dict[str, Pin]] = field(default_factory=dict)
    #: entries that take the place of unpinned ones
    made: list[PinnedEntry] = field(default_factory=list)
    #: numbers of the unpinned entries that they take the place of, from 1
    measured: list[int] = field(default_factory=list)
    #: a line for each change, and for what was left
    lines: list[str] = field(default_factory=list)

    def applied_to(self, ledger: Ledger) -> Ledger:
        """The ledger afterwards."""
        changed = [replace(entry, pins=self.pins.get(entry.number, entry.pins)) for entry in ledger.pinned]
        pinned = [entry for entry in changed if entry.pins] + self.made
        unpinned = [entry for place, entry in enumerate(ledger.unpinned, 1) if place not in self.measured]
        return Ledger(tuple(replace(entry, number=k) for k, entry in enumerate(pinned, 1)), tuple(unpinned))


def update_of(ledger: Ledger, findings: Sequence[Finding], *, whole: bool = True) -> Update:
    """Takes out what passes, pins anew what fails for the cause of its entry, adds what else fails for it, and pins
    what fails and stands without pins. What did not run stays as it is, and so does what fails for another cause.

    Of findings that are not of a ``whole`` run nothing follows about a check without one: it stays, and so does what
    stands without pins, since nobody knows what else of it fails.
    """
    update = Update()
    for entry in ledger.pinned:
        _narrow_and_extend(update, ledger, entry, findings, whole)
    for place, unpinned in enumerate(ledger.unpinned if whole else (), 1):
        _pin(update, unpinned, place, [one for one in findings if unpinned.matches(one.check)])
    return update


def _pin(update: Update, entry: UnpinnedEntry, place: int, findings: Sequence[Finding]) -> None:
    causes = by_cause(findings)
    if not causes and not any(one.passed for one in findings):
        return
    update.measured.append(place)
    update.made += [entry_of(cause, those, entry.terms, 0) for cause, those in causes.items()]
    count = sum(map(len, causes.values()))
    idle = sum(one.verdict is Verdict.NOT_RUN and not is_trouble(one) for one in findings)
    left = f"; {idle} of its checks did not run, and have no entry" if idle else ""
    done = f"{count} checks pinned, of {len(causes)} causes" if causes else "no check of it fails: taken out"
    update.lines.append(f"{entry.name}: {done}{left}")


def _narrow_and_extend(
    update: Update, ledger: Ledger, entry: PinnedEntry, findings: Iterable[Finding], whole: bool
) -> None:
    found = {one.check: one for one in findings}
    pins: dict[str, Pin] = {}
    for check, pin in entry.pins.items():
        now = found.get(check)
        if now is None and not whole:
            pins[check] = pin
        elif now is None or now.passed:
            update.lines.append(f"{entry.name}: {check} {'passes' if now else 'is not there'}: taken out")
        elif not is_trouble(now):
            pins[check] = pin
        elif cause_of(now) != entry.cause:
            pins[check] = pin
            update.lines.append(f"{entry.name}: {check} fails for another cause, {cause_of(now)}: left as it is")
        elif pin_of(now).implementations - pin.implementations:
            pins[check] = pin
            update.lines.append(f"{entry.name}: {check} fails in another implementation as well: left as it is")
        else:
            said = "; ".join(pin.differences(now))
            pins[check] = pin_of(now) if said or _has_more(pin, now) or _says_less(pin, now) else pin
            if said:
                update.lines.append(f"{entry.name}: {check} {said}: pinned anew")
    for one in findings:
        if is_trouble(one) and cause_of(one) == entry.cause and ledger.of(one.check) is None:
            pins[one.check] = pin_of(one)
            update.lines.append(f"{entry.name}: {one.check} fails for its cause: added")
    told = sum(_says_less(pin, found[check]) for check, pin in entry.pins.items() if pins.get(check) not in (None, pin))
    if told:
        update.lines.append(f"{entry.name}: {told} of its checks are pinned by the error of the whole output as well")
    if pins != entry.pins:
        update.pins[entry.number] = pins


def _says_less(pin: Pin, finding: Finding) -> bool:
    """Whether an output is known by its worst place alone, as in older entries."""
    return _sized(pin) < _sized(pin_of(finding))


def _sized(pin: Pin) -> int:
    known = [one for one in pin.outputs if isinstance(one, KnownValue)]
    return sum(one.norm > 0 for one in known) + sum(bool(one.fingerprint) for one in known)


def _has_more(pin: Pin, finding: Finding) -> bool:
    """Whether what is known is more than what fails."""
    now = pin_of(finding)
    names = [{(one.output, one.implementation) for one in which.outputs} for which in (pin, now)]
    return names[0] > names[1] or set(pin.rules) > set(now.rules)
