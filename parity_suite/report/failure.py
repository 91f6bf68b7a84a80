"""The text of one finding that is not ok."""

from __future__ import annotations

from parity_suite.compare.finding import Finding

_MEANING = {
    "numerical": "arithmetic: round-off beyond the budget",
    "semantic": "meaning: the two compute different things",
    "contract": "contract: wrong shape, dtype, or refusal",
    "error": "error: could not be measured",
}


def render_failure(finding: Finding) -> str:
    """A few lines: the verdict, where, how far, and by what evidence."""
    lines = [
        f"{finding.check}",
        f"  {_MEANING.get(str(finding.verdict), str(finding.verdict))}",
        f"  {finding.reason}",
    ]
    if finding.evidence:
        lines.append(f"  evidence: {finding.evidence}")
    if finding.blame and finding.blame != finding.stage:
        lines.append(f"  traced to the stage {finding.blame}, which is wrong on the oracle's input")
    lines += [f"  {name}: {_plain(value)}" for name, value in finding.notes.items()]
    return "\n".join(lines)


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {number}" for name, number in value.items())
    return str(value)
