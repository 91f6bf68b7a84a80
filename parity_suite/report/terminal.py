"""The verdict at the end of a run: the worst error of each backend and stage in budgets, denominator, environment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from parity_suite.compare.budgets import UNCALIBRATED, budget_for, load_budgets
from parity_suite.compare.widening import Widening
from parity_suite.contracts.tables import text_table
from parity_suite.core.by_convention import all_apart
from parity_suite.core.cause import Cause
from parity_suite.core.finding import Finding, Verdict
from parity_suite.core.fused import JOINT
from parity_suite.core.packs import BY_NAME, packs
from parity_suite.report.text import counted, wrapped

_HEADINGS: Final = ("subject", "stage", "ok", "red", "known", "not run", "error", "of budget", "worst")

#: How the origin of a limit begins that a project has set for itself.
_OF_PROJECT: Final = "[tool.parity."

Row = tuple[str, ...]

#: Asks no stage.
_PREFLIGHT: Final = "preflight"


def verdict_lines(findings: Sequence[Finding], environment: Mapping[str, Any], *, wide: bool = False) -> Iterator[str]:
    """All lines of the summary, without colour: facts first, what is red last, where a terminal ends.

    A ``wide`` one has the worst error of each row, and the id of its worst check in place of its law.
    """
    groups = sorted(_groups(findings).items(), key=lambda kv: _key(kv[0]))
    shown = [(place, group) for place, group in groups if _ran(group) and not _is_plain(place[0], group)]
    rows = [_HEADINGS, *(_row(subject, stage, group, wide) for (subject, stage), group in shown)]
    hidden = {"known"} if not any(finding.known for finding in findings) else set()
    hidden |= set() if wide else {"error"}
    kept = [place for place, heading in enumerate(_HEADINGS) if heading not in hidden]
    if shown:
        heads, *cells = [tuple(row[place] for place in kept) for row in rows]
        yield from text_table(heads, cells, right=_HEADINGS[2:-1])
    yield from _left_out(groups)
    yield ""
    yield from environment_lines(environment)
    yield from _preflight_lines(findings)
    yield from _reasons(findings)
    yield from _convention_lines(findings)
    yield from _budget_lines(findings)
    yield from _wider_lines(environment)
    yield from _threshold_lines(findings)
    yield denominator(findings)


def denominator(findings: Sequence[Finding]) -> str:
    """How many checks there were, ran, and held, and how many of those that failed the ledger knows."""
    by = Counter(finding.verdict for finding in findings)
    ran = sum(f.verdict is not Verdict.NOT_RUN and f.cause is not Cause.UNREPORTED for f in findings)
    known = Counter(finding.verdict for finding in findings if finding.known)
    red = "".join(
        f", {by[v]} {v}" + (f" ({known[v]} known)" if known[v] else "")
        for v in Verdict
        if v not in (Verdict.OK, Verdict.NOT_RUN) and by[v]
    )
    return f"{counted(len(findings), 'check')}: {ran} ran, {by[Verdict.OK]} ok{red}, {by[Verdict.NOT_RUN]} not run"


def environment_lines(environment: Mapping[str, Any]) -> Iterator[str]:
    """One line for the machine and one for each backend's framework."""
    machine = environment.get("machine", {})
    yield from wrapped("environment: " + ", ".join(f"{name} {value}" for name, value in machine.items()), more="  ")
    for backend, facts in environment.get("backends", {}).items():
        if facts:
            told = ", ".join(f"{name} {value}" for name, value in facts.items())
            yield from wrapped(f"{backend}: {told}", "  ", "    ")


def _convention_lines(findings: Sequence[Finding]) -> Iterator[str]:
    """Where two backends differ by convention, a line for what is declared and one for what is not."""
    told = all_apart(findings)
    for declared, what in ((True, "declared, each held to its own"), (False, "not declared, red")):
        if those := [one.line for one in told if one.declared is declared]:
            yield from wrapped(f"conventions that differ, {what}: {'; '.join(those)}", more="  ")


def _budget_lines(findings: Sequence[Finding]) -> Iterator[str]:
    """What this run held to the default alone, since nobody measured what round-off makes of it."""
    stages = {key.partition(".")[0] for key in load_budgets()}
    bare = {
        finding.stage if finding.stage not in stages else f"{finding.stage}.{finding.law}"
        for finding in findings
        if any(not one.exact and not one.bound for one in finding.measured)
        and budget_for(finding.stage, finding.law, finding.precision).rule == "default"
    }
    if bare:
        allowed = f"{UNCALIBRATED['float64'].k:g} eps {UNCALIBRATED['float64'].growth}(terms)"
        yield from wrapped(
            f"budgets: nothing was measured of {', '.join(sorted(bare))}: {allowed} is allowed", more="  "
        )


def _wider_lines(environment: Mapping[str, Any]) -> Iterator[str]:
    """The budgets that the project makes wider for itself, and why."""
    for pattern, one in environment.get("budgets", {}).items():
        yield from wrapped(f"budgets: {pattern} is {Widening(**one)}", more="  ")


def _threshold_lines(findings: Sequence[Finding]) -> Iterator[str]:
    """What thresholds of the project's own a run was held to, and where these come from."""
    used = {
        (one.origin, finding.case)
        for finding in findings
        for one in finding.measured
        if one.bound and one.origin.startswith(_OF_PROJECT)
    }
    for origin, case in sorted(used):
        yield from wrapped(f"thresholds of {case}: {origin}", more="  ")


def _groups(findings: Sequence[Finding]) -> dict[tuple[str, str], list[Finding]]:
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.subject, finding.blame or finding.stage), []).append(finding)
    return groups


def _key(group: tuple[str, str]) -> tuple[int, str, int]:
    subject, stage = group
    return (subject.count("+"), subject, place_of_stage(stage))


def place_of_stage(stage: str) -> int:
    """Where a stage stands among all of its pack, a fused one after its last part; what acts on a model comes last."""
    order = [_PREFLIGHT, *(name for name, known in BY_NAME.items() if not known.of_model)]
    order += [name for pack in packs() for name in pack.chains]
    last = stage.rpartition(JOINT)[2]
    return 2 * (order.index(last) if last in order else len(order)) + (last != stage)


def _ran(group: Sequence[Finding]) -> bool:
    return any(finding.verdict is not Verdict.NOT_RUN for finding in group)


def _is_plain(subject: str, group: Sequence[Finding]) -> bool:
    """Whether these are the oracle's own, which nobody wonders about while they hold."""
    return subject == "oracle" and not any(finding.red for finding in group)


def _left_out(groups: Sequence[tuple[tuple[str, str], Sequence[Finding]]]) -> Iterator[str]:
    """One line a subject for the stages of which nothing ran; none for two backends that nothing at all was asked of,
    which stand in the line of the pairs, and none for what only those are asked that have methods for it.
    """
    idle: dict[str, list[str]] = {}
    busy = {subject for (subject, _), group in groups if _ran(group)}
    for (subject, stage), group in groups:
        if stage != _PREFLIGHT and not _ran(group) and (subject in busy or "+" not in subject):
            idle.setdefault(subject, []).append(stage)
    for subject, stages in idle.items():
        yield from wrapped(f"{subject}: nothing ran of {', '.join(stages)}", more="  ")


def _row(subject: str, stage: str, group: Sequence[Finding], wide: bool) -> Row:
    by = Counter(finding.verdict for finding in group)
    missing = by[Verdict.NOT_RUN]
    known = sum(finding.known for finding in group)
    red = len(group) - by[Verdict.OK] - missing - known
    error, share, check = "", "", ""
    # What must be exact or has no budget has no fraction of one: it is red, and named as such, or it is equal.
    measured = [(m.of_budget, m, f) for f in group for m in f.measured if m.budget]
    if measured:
        of_budget, worst, finding = max(measured, key=lambda found: found[0])
        error, share = f"{worst.error:.2g}", f"{of_budget:.2g}"
        check = finding.check if wide else finding.law
    if red or known:
        first = max((f for f in group if f.red), key=_severity)
        named = first.check if wide else first.law
        check = f"{'known ' if first.known else ''}{first.verdict}: {named}"
    counts = (str(by[Verdict.OK]), *(str(count or "") for count in (red, known, missing)))
    return (subject, stage, *counts, error, share, check)


def _severity(finding: Finding) -> tuple[bool, bool, float]:
    """News comes before what is known, and a wrong answer tells more than a missing refusal."""
    return (
        not finding.known,
        finding.verdict is not Verdict.CONTRACT,
        finding.worst.of_budget if finding.worst else 0.0,
    )


def not_run_reasons(findings: Sequence[Finding]) -> list[tuple[int, str]]:
    """Why checks did not run, with counts, the greatest first; reasons that differ only in what is lacking are one."""
    folded: dict[tuple[str, str], Counter[str]] = {}
    for finding in findings:
        if finding.verdict is Verdict.NOT_RUN:
            lacks = finding.lacks
            head, _, tail = finding.reason.partition(lacks) if lacks else (finding.reason, "", "")
            folded.setdefault((head, tail), Counter())[lacks] += 1
    ordered = sorted(folded.items(), key=lambda kv: -kv[1].total())
    return [(words.total(), f"{head}{', '.join(filter(None, words))}{tail}") for (head, tail), words in ordered]


def _reasons(findings: Sequence[Finding]) -> Iterator[str]:
    for count, reason in not_run_reasons(findings):
        yield from wrapped(f"not run {count:>5}: {reason}", more=" " * len("not run 12345: "))


def _preflight_lines(findings: Sequence[Finding]) -> Iterator[str]:
    for finding in findings:
        for clause in finding.facts.get("recovered", ()):
            yield f"preflight: {finding.subject}: {clause} in its first call, and right after the warm-up"
