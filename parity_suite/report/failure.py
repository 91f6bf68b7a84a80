"""The text of one finding that is not ok."""

from __future__ import annotations

from typing import Final

from parity_suite.compare.finding import Finding

_MEANING: Final = {
    "numerical": "arithmetic, round-off beyond the budget",
    "semantic": "another meaning, not round-off",
    "contract": "wrong shape, dtype or refusal",
    "error": "could not be measured",
}


def render_failure(finding: Finding) -> str:
    """A few lines; the first, which pytest repeats in its summary, says what is wrong."""
    reason, *more = finding.reason.split("; ")
    lines = [f"{finding.verdict}: {reason}", *(f"  {clause}" for clause in more)]
    lines.append(f"  check: {finding.check}")
    meaning = _MEANING.get(str(finding.verdict), "")
    lines.append(f"  {finding.verdict}: {meaning}" + (f"; {finding.evidence}" if finding.evidence else ""))
    if finding.blame and finding.blame != finding.stage:
        lines.append(f"  traced to the stage {finding.blame}, which is wrong on the oracle's input")
    lines += [f"  {name}: {text}" for name, value in finding.notes.items() if (text := _plain(value))]
    return "\n".join(lines)


def _plain(value: object) -> str:
    """A fact in one line; what lies deeper is for the record alone."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {one}" for name, one in value.items() if not isinstance(one, dict | list | tuple))
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
