"""What only the whole of a run can tell: that something asked for never ran, what it left out, what the ledger hides.

A part of a run says none of it; what several parts made together does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

from parity_suite.core.cause import COULD_NOT_ASK, Cause
from parity_suite.core.finding import Finding, Verdict
from parity_suite.core.run_facts import RunFacts, missing_shards
from parity_suite.core.way import missing
from parity_suite.ledger import Ledger
from parity_suite.report.text import counted
from parity_suite.snapshots.lost import Seen

#: The checks that a line names; the record, or a diff of the list, shows all.
_SHOWN: Final = 5


def idle_errors(findings: Sequence[Finding], facts: RunFacts, ledger: Ledger | None) -> Iterator[str]:
    """What was to be asked and never was: anything at all, or a backend that some check is about."""
    if findings and not any(map(_asked_something, findings)):
        yield "nothing ran"
    ran = _ran(findings, facts)
    for name in sorted(_asked(findings, facts) & set(facts.backends)):
        if not ran[name] and not _known_to_be_missing(findings, name, ledger):
            yield f"backend {name} ran nothing"


def required_errors(findings: Sequence[Finding], facts: RunFacts) -> Iterator[str]:
    """The backends, devices and datasets that must have run and did not."""
    have = set(_ran(findings, facts))
    for finding in findings:
        if finding.verdict is not Verdict.NOT_RUN:
            have |= {finding.device, finding.dataset}
    for name in facts.required:
        if name not in have:
            yield f"--parity-require {name}: nothing of that name ran"


def left_out(findings: Sequence[Finding], facts: RunFacts) -> Iterator[str]:
    """In words, why not every check that there is has a finding."""
    if facts.cut_short:
        yield "it was cut short"
    if facts.named:
        yield "files or backends were named or left out"
    if gone := missing_shards(facts.shards):
        one = len(facts.shards) == 1
        yield f"it was shard {facts.shards[0]}" if one else f"{shards(gone)} never reported"
    if lost := [one for one in findings if one.cause in (Cause.CRASHED, Cause.UNREPORTED)]:
        yield f"{len(lost)} checks crashed or were never reported"
    found = {finding.check for finding in findings} - own_checks(facts)
    if facts.collected > len(found):
        yield f"{facts.collected - len(found)} of {facts.collected} checks have no finding"
    if idle := [one for one in facts.tests if not one.outcome]:
        yield f"{counted(len(idle), 'test')} of baselines did not run"


def silenced(findings: Sequence[Finding], ledger: Ledger) -> Iterator[str]:
    """A line for each thing that cannot be had and is known of some checks, while others are not run for it: what is
    said once is to be known of all.
    """
    known: dict[tuple[Any, ...], list[Finding]] = {}
    silent: dict[tuple[Any, ...], list[str]] = {}
    for found in findings:
        if found.cause in COULD_NOT_ASK:
            key = missing(found.subject, found.precision, found.cause, found.raised)
            if found.known:
                known.setdefault(key, []).append(found)
            elif not found.red and not _expects_error(ledger, found.check):
                silent.setdefault(key, []).append(found.check)
    for key, those in known.items():
        if others := silent.get(key):
            said = f"{len(others)} checks of {those[0].subject} are not run, and the ledger knows of {len(those)} other"
            yield f"{said} alone ({those[0].reason}): {shortened(others)}"


def seen_of(findings: Sequence[Finding], facts: RunFacts) -> Seen:
    """What a run says of each id of the list."""
    own, found = own_checks(facts), by_check(findings)
    ids = set(found) - own
    return Seen(
        listed=ids,
        collected=ids,
        findings=findings,
        held={one.test: [finding for check in one.checks for finding in found.get(check, ())] for one in facts.tests},
        failed={*facts.failed, *(one.test for one in facts.tests if one.outcome == "failed")},
        skipped={one.test for one in facts.tests if one.outcome == "skipped"},
        partial=facts.named,
        require=facts.required,
    )


def by_check(findings: Sequence[Finding]) -> dict[str, list[Finding]]:
    """The findings of each check, one a machine."""
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        found.setdefault(finding.check, []).append(finding)
    return found


def own_checks(facts: RunFacts) -> set[str]:
    """The ids of what tests with baselines of their own found."""
    return {check for one in facts.tests for check in one.checks}


def shards(names: Sequence[str]) -> str:
    """``shard 1/3``, ``shards 1/3, 2/3``."""
    return f"shard{'s' * (len(names) != 1)} {', '.join(names)}"


def shortened(checks: Sequence[str]) -> str:
    """The first of them, in a line."""
    return ", ".join(checks[:_SHOWN]) + (", ..." if len(checks) > _SHOWN else "")


def _asked_something(finding: Finding) -> bool:
    return finding.ran and finding.stage != "preflight"


def _ran(findings: Sequence[Finding], facts: RunFacts) -> Counter[str]:
    """How many checks ran of each backend. A test that holds a baseline may call it by any name: where a backend is
    so called, that proves nothing of it.
    """
    own = own_checks(facts)
    return Counter(
        name
        for finding in findings
        if _asked_something(finding)
        for name in finding.backends
        if finding.check not in own or name not in facts.backends
    )


def _asked(findings: Sequence[Finding], facts: RunFacts) -> set[str]:
    """The backends that were asked something: by themselves, or in a run of pairs alone beside another.

    One that stands in pairs alone, since -k names the other one, is not to blame for what that one does not define.
    """
    own = own_checks(facts)
    subjects = {finding.backends for finding in findings if finding.check not in own}
    alone = {backends[0] for backends in subjects if len(backends) == 1}
    return alone or {name for backends in subjects for name in backends}


def _known_to_be_missing(findings: Sequence[Finding], backend: str, ledger: Ledger | None) -> bool:
    """Whether the ledger says of every check of a backend that it cannot be had: with an owner and an end, no news."""
    mine = [finding for finding in findings if finding.subject == backend and finding.stage != "preflight"]
    return ledger is not None and bool(mine) and all(_expects_error(ledger, finding.check) for finding in mine)


def _expects_error(ledger: Ledger, check: str) -> bool:
    entry = ledger.of(check)
    return entry is not None and entry.verdict(check) is Verdict.ERROR
