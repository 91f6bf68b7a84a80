"""The verdict at the end of a run: per backend and stage the worst error in budgets, the denominator, the environment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from parity_suite.compare.finding import Finding, Verdict
from parity_suite.pipeline import STAGES

_ORDER = {name: k for k, name in enumerate(["preflight", *(s.name for s in STAGES), "forward"])}
_COLUMNS = "{:<18} {:<11} {:>5} {:>5} {:>5}  {:>9}  {:>9}  {}"


def verdict_lines(findings: Sequence[Finding], environment: Mapping[str, Any]) -> Iterator[str]:
    """All lines of the summary, without colour."""
    yield _COLUMNS.format("subject", "stage", "ok", "red", "n/r", "error", "of budget", "worst check")
    for (subject, stage), group in sorted(_groups(findings).items(), key=lambda kv: _key(kv[0])):
        yield _row(subject, stage, group)
    yield ""
    yield denominator(findings)
    for reason, count in Counter(f.reason for f in findings if f.verdict is Verdict.NOT_RUN).most_common():
        yield f"  not run {count:>5}: {reason}"
    yield from environment_lines(environment)
    yield from _preflight_lines(findings)


def denominator(findings: Sequence[Finding]) -> str:
    """How many checks there were, ran, and held."""
    by = Counter(finding.verdict for finding in findings)
    ran = len(findings) - by[Verdict.NOT_RUN]
    red = ", ".join(
        f"{by[v]} {v}" for v in Verdict if v not in (Verdict.OK, Verdict.NOT_RUN) and by[v]
    )
    return f"{len(findings)} checks: {ran} ran, {by[Verdict.OK]} ok{', ' + red if red else ''}, {by[Verdict.NOT_RUN]} not run"


def environment_lines(environment: Mapping[str, Any]) -> Iterator[str]:
    """One line for the machine and one for each backend's framework."""
    machine = environment.get("machine", {})
    yield "environment: " + ", ".join(f"{name} {value}" for name, value in machine.items())
    for backend, facts in environment.get("backends", {}).items():
        yield f"  {backend}: " + ", ".join(f"{name} {value}" for name, value in facts.items())


def _groups(findings: Sequence[Finding]) -> dict[tuple[str, str], list[Finding]]:
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.subject, finding.blame or finding.stage), []).append(finding)
    return groups


def _key(group: tuple[str, str]) -> tuple[int, str, int]:
    subject, stage = group
    return (subject.count("+"), subject, _ORDER.get(stage, len(_ORDER)))


def _row(subject: str, stage: str, group: Sequence[Finding]) -> str:
    by = Counter(finding.verdict for finding in group)
    missing = by[Verdict.NOT_RUN]
    red = len(group) - by[Verdict.OK] - missing
    error, share, check = "-", "-", ""
    measured = [(f.worst, f) for f in group if f.worst is not None]
    if measured:
        worst, finding = max(measured, key=lambda pair: pair[0].of_budget)
        error, share = f"{max(worst.norm, worst.peak):.2g}", f"{worst.of_budget:.2f}"
        check = finding.check.partition(".")[2]
    if red:
        first = next(f for f in group if f.verdict not in (Verdict.OK, Verdict.NOT_RUN))
        check = f"{first.verdict}: {first.check}"
    return _COLUMNS.format(subject, stage, by[Verdict.OK], red or "", missing or "", error, share, check).rstrip()


def _preflight_lines(findings: Sequence[Finding]) -> Iterator[str]:
    for finding in findings:
        for clause in finding.notes.get("recovered", ()):
            yield f"preflight: {finding.subject}: {clause} in its first call, and right after the warm-up"
