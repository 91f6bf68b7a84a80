"""The text of one finding that is not ok."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from parity_suite.compare.axes import place_in_words
from parity_suite.compare.judge import SAID, farthest
from parity_suite.core.cause import Cause
from parity_suite.core.finding import Finding, Measured, Stored, Verdict
from parity_suite.core.packs import has_oracle
from parity_suite.core.value import shown

MEANING: Final = {
    "numerical": "arithmetic, round-off beyond the budget",
    "semantic": "another meaning, not round-off",
    "contract": "wrong shape, dtype or refusal",
    "error": "could not be measured",
}


def render_failure(finding: Finding) -> str:
    """A few lines; the first, which pytest repeats in its summary, says what is wrong."""
    first, *more = clauses(finding)
    lines = [f"{finding.verdict}: {first}", *(f"  {clause}" for clause in more)]
    if finding.looks_like:
        lines.append(f"  looks like: {finding.looks_like}")
    lines.append(f"  check: {finding.check}")
    meaning = MEANING.get(str(finding.verdict), "")
    lines.append(f"  {finding.verdict}: {meaning}" + (f"; {finding.evidence}" if finding.evidence else ""))
    lines += _traced(finding)
    lines += [f"  {name}: {text}" for name, text in _beside(finding) if text]
    return "\n".join(lines)


def clauses(finding: Finding) -> Iterator[str]:
    """What is wrong: the number that decides, the rules that are broken, and what is farthest off beside them."""
    rules = [rule.message for rule in finding.rules[:SAID]]
    worst = finding.worst
    if finding.cause is Cause.FLAKY:
        yield finding.reason
    elif finding.decided_by and worst is not None:
        yield from _measured(finding, worst)
        yield from rules
    elif rules:
        if finding.verdict is Verdict.ERROR and finding.raised.type:
            yield f"{finding.raised.type}: {finding.raised.message}"
        yield from rules
        for one in farthest(one for one in finding.measured if not one.within):
            yield from _measured(finding, one)
    else:
        yield finding.reason


def _measured(finding: Finding, one: Measured) -> Iterator[str]:
    """How far one comparison is off, then its worst element, with what the oracle has there beside two backends."""
    yield one.headline
    if one.has_worst:
        where = f" at {place_in_words(finding.stage, one.about, one.output, one.place)}" if one.place else ""
        there = "" if finding.oracle_has is None else f", the oracle has {shown(finding.oracle_has)}"
        yield f"worst{where}: {_sides(finding, one)}{there}"


def _sides(finding: Finding, one: Measured) -> str:
    """What was got and wanted; of two backends that no oracle is above, what each of them has."""
    first, _, second = finding.subject.partition("+")
    if not second or has_oracle(finding.stage):
        return one.sides
    return f"{second} has {shown(one.got)}, {first} has {shown(one.want)}"


def _traced(finding: Finding) -> Iterator[str]:
    """The stages of what is composed, each from the oracle's input, and the first that parts."""
    if finding.trace:
        budgets = ", ".join(f"{stage} {share:.2g}" for stage, share in finding.trace.items())
        parted = "" if finding.blame in finding.trace else "; none parts, so that they are put together otherwise"
        yield f"  each stage from the oracle's input, in budgets: {budgets}{parted}"
    if finding.blame and finding.blame != finding.stage:
        yield f"  traced to the stage {finding.blame}, which is wrong on the oracle's input"


def _beside(finding: Finding) -> Iterator[tuple[str, str]]:
    """What else is known, each in a line: facts of the law, sides of a pair, ledger and folder."""
    yield from ((name, _plain(value)) for name, value in finding.facts.items())
    yield "not asked", finding.not_asked
    yield "not located", finding.not_located
    if finding.distances:
        yield "distance to the oracle", ", ".join(f"{name} {far:.3g}" for name, far in finding.distances.items())
        yield "culprit", finding.culprit or "not told: both are as far from the oracle"
    yield from (("ledger", line) for line in ledger_words(finding))
    yield "replay", replay_line(finding.replay)


def ledger_words(finding: Finding) -> Iterator[str]:
    """What the ledger says of the check, or of one like it."""
    if finding.ledger.entry:
        yield f"{finding.ledger.entry}, outcome {finding.ledger.outcome}"
    if finding.ledger.looks_like:
        yield f"looks like {finding.ledger.looks_like}, which does not have this check"


def replay_line(stored: Stored) -> str:
    """The command that asks a failure again, or why there is none; empty where that was not tried."""
    if not stored.folder:
        return f"not written: {stored.refused}" if stored.refused else ""
    alone = ", though it holds in a new process: what was asked before matters" if stored.alone == "no" else ""
    return f"parity replay {stored.folder}{alone}"


def _plain(value: object) -> str:
    """A fact in one line; what lies deeper is for the record alone."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {one}" for name, one in value.items() if not isinstance(one, dict | list | tuple))
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
