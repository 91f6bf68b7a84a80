"""The text of one finding that is not ok."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from parity_suite.axes import place_in_words
from parity_suite.compare.finding import DECIDED_BY, UNAVAILABLE, Finding

_MEANING: Final = {
    "numerical": "arithmetic, round-off beyond the budget",
    "semantic": "another meaning, not round-off",
    "contract": "wrong shape, dtype or refusal",
    "error": "could not be measured",
}
#: Facts with a line of their own, or with none.
_OWN_LINE: Final = frozenset({"looks like", "kind", "trace", "the oracle has there", UNAVAILABLE, DECIDED_BY})


def render_failure(finding: Finding) -> str:
    """A few lines; the first, which pytest repeats in its summary, says what is wrong."""
    reason, *more = finding.reason.split("; ")
    lines = [f"{finding.verdict}: {reason}", *(f"  {_placed(finding, reason, clause)}" for clause in more)]
    if guess := finding.notes.get("looks like"):
        lines.append(f"  looks like: {guess}")
    lines.append(f"  check: {finding.check}")
    meaning = _MEANING.get(str(finding.verdict), "")
    lines.append(f"  {finding.verdict}: {meaning}" + (f"; {finding.evidence}" if finding.evidence else ""))
    lines += _traced(finding)
    notes = {name: value for name, value in finding.notes.items() if name not in _OWN_LINE}
    lines += [f"  {name}: {text}" for name, value in notes.items() if (text := _plain(value))]
    return "\n".join(lines)


def _placed(finding: Finding, reason: str, clause: str) -> str:
    """The place of the worst element in words, and what the oracle has there beside two backends."""
    found = re.match(r"worst at \[([\d, ]*)\]", clause)
    if not found:
        return clause
    place = tuple(int(k) for k in found[1].split(", ")) if found[1] else ()
    output = re.split(r" is off by | must be exact", reason)[0]
    there = finding.notes.get("the oracle has there")
    tail = f", the oracle has {there}" if there else ""
    return f"worst at {place_in_words(finding.stage, output, place)}{clause[found.end() :]}{tail}"


def _traced(finding: Finding) -> Iterator[str]:
    """The stages of what is composed, each from the oracle's input, and the first that parts."""
    trace = finding.notes.get("trace")
    if isinstance(trace, dict) and trace:
        budgets = ", ".join(f"{stage} {share}" for stage, share in trace.items())
        parted = "" if finding.blame in trace else "; none parts, so that they are put together otherwise"
        yield f"  each stage from the oracle's input, in budgets: {budgets}{parted}"
    if finding.blame and finding.blame != finding.stage:
        yield f"  traced to the stage {finding.blame}, which is wrong on the oracle's input"


def _plain(value: object) -> str:
    """A fact in one line; what lies deeper is for the record alone."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {one}" for name, one in value.items() if not isinstance(one, dict | list | tuple))
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
