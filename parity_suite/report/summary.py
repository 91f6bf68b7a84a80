"""A run in Markdown, short enough for the summary of a job."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from pathlib import Path
from textwrap import dedent
from typing import Final

from parity_suite.contracts.holding import printable
from parity_suite.core.by_convention import all_apart
from parity_suite.core.run_causes import ToMend
from parity_suite.laws.mending import told_to_mend
from parity_suite.ledger.runs import Run
from parity_suite.report.causes import cause_lines, title
from parity_suite.report.difference import Difference
from parity_suite.report.judgement import Judgement
from parity_suite.report.outcome import State, counts_of, red_lines
from parity_suite.report.page import grid_of
from parity_suite.report.terminal import not_run_reasons
from parity_suite.report.text import counted

SUMMARY: Final = "summary.md"
#: What GitHub shows of the summaries of one step.
MOST_BYTES: Final = 2**20

#: Entries of a list, and the characters of one.
_LISTED: Final = 50
_LONGEST: Final = 400
#: Causes that have a block as in the terminal.
_BLOCKS: Final = 10


def render_summary(run: Run, start: Path, found: Difference | None = None, gate: Judgement | None = None) -> str:
    """Verdict, causes, difference to a base, stages and what did not run; folders are seen from ``start``. What the
    ``gate`` said, if it was asked, takes the place of the verdict.
    """
    mends = told_to_mend(run.findings)
    red = red_lines(run, mends)
    parts = [
        *(_judgement(gate) if gate else ()),
        [*([] if gate else [f"## parity: {'red' if red else 'green'}"]), run.denominator],
        [f"**Suspect data:** {_text(one)}" for one in run.suspicions],
        [f"A part of the run: {_text(run.partial)}"] if run.partial else [],
        [] if gate else _list(map(_text, red), len(red), "reason"),
        *_blocks(mends, start),
        _changes(found) if found else [],
        _stages(run),
        _conventions(run),
        _not_run(run),
    ]
    return capped("\n\n".join("\n".join(part) for part in parts if part) + "\n", MOST_BYTES)


def render_judgement(gate: Judgement) -> str:
    """What the gate said, alone."""
    return "\n\n".join("\n".join(part) for part in _judgement(gate) if part) + "\n"


def _judgement(gate: Judgement) -> Iterator[list[str]]:
    """The verdict of the gate, its reasons, and what was accepted with one."""
    yield [f"## parity gate: {'red' if gate.red else 'green'}"]
    yield _list(map(_text, gate.red), len(gate.red), "reason")
    for head, lines in (("Accepted:", gate.accepted), ("Of note:", gate.notes)):
        if lines:
            yield [head]
            yield _list(map(_text, lines), len(lines), "line")


def capped(text: str, most: int) -> str:
    """The text, or as many of its paragraphs as ``most`` bytes hold, and how many there were."""
    if len(text.encode()) <= most:
        return text
    paragraphs, kept, size = text.split("\n\n"), [], 200
    for one in paragraphs:
        size += len(one.encode()) + 2
        if size > most:
            break
        kept.append(one)
    return "\n\n".join([*kept, f"… {len(paragraphs) - len(kept)} of {len(paragraphs)} paragraphs are left out.", ""])


def _list(lines: Iterable[str], count: int, noun: str) -> list[str]:
    listed = [f"- {line}" for line, _ in zip(lines, range(_LISTED), strict=False)]
    return [*listed, f"- … and {counted(count - _LISTED, noun)} more"] if count > _LISTED else listed


def _blocks(mends: Sequence[ToMend], start: Path) -> Iterator[list[str]]:
    """What the terminal says of each of the first causes, folded."""
    for mend in mends[:_BLOCKS]:
        lines = [printable(line.text) for line in cause_lines([mend], start) if not line.heading]
        text = _fenced(dedent("\n".join(lines)).splitlines())
        yield [f"<details><summary>{_html(title(mend))}</summary>", "", *text, "", "</details>"]


def _fenced(lines: Sequence[str]) -> list[str]:
    """As they are: no line of them has so many backticks in a row as would end the block."""
    fence = "`" * 3
    while any(fence in line for line in lines):
        fence += "`"
    return [f"{fence}text", *lines, fence]


def _changes(found: Difference) -> list[str]:
    lines = [f"Against the base of {_text(found.base.time)}:", ""]
    for name, ids in found.checks.items():
        if ids:
            lines += [f"<details><summary>{counted(len(ids), 'check')} {name}</summary>", ""]
            lines += [*_list((f"`{one}`" for one in ids), len(ids), "check"), "", "</details>", ""]
    if found.numbers:
        lines += [f"{counted(len(found.numbers), 'number')} changed.", ""]
    facts = [
        f"{_text(one.name)}: {_text(one.old or 'none')}, then {_text(one.new or 'none')}" for one in found.environment
    ]
    lines += [*_list(facts, len(found.environment), "fact"), ""]
    if found.nothing:
        lines.append(f"None: {', '.join(found.nothing)}.")
    return lines


def _stages(run: Run) -> list[str]:
    """A row a stage that has anything that ran."""
    grid = grid_of(run.findings)
    ran = [(stage, cells) for stage, cells in grid.rows if any(set(c) - {State.NOT_RUN} for _, c in cells)]
    if not ran:
        return []
    head = [f"| stage | {' | '.join(map(_text, grid.subjects))} |", f"|---|{'---|' * len(grid.subjects)}"]
    rows = (
        [", ".join(f"{count} {state}" for state, count in counts.items()) for _, counts in cells] for _, cells in ran
    )
    return [*head, *(f"| {_text(stage)} | {' | '.join(row)} |" for (stage, _), row in zip(ran, rows, strict=True))]


def _conventions(run: Run) -> list[str]:
    """Where two backends differ by convention; a row each."""
    told = all_apart(run.findings)
    if not told:
        return []
    head = [
        "Where two backends differ by convention:",
        "",
        "| stage | convention | one | other | |",
        "|---|---|---|---|---|",
    ]
    rows = (
        (one.stage, one.convention, f"{one.first}: {one.first_is}", f"{one.second}: {one.second_is}", one.verdict)
        for one in told[:_LISTED]
    )
    return [*head, *(f"| {' | '.join(map(_text, row))} |" for row in rows)]


def _not_run(run: Run) -> list[str]:
    reasons = not_run_reasons(run.findings)
    if not reasons:
        return []
    count = counts_of(run.findings)[State.NOT_RUN]
    lines = _list((f"{count}: {_text(reason)}" for count, reason in reasons), len(reasons), "reason")
    return [f"<details><summary>{counted(count, 'check')} did not run</summary>", "", *lines, "", "</details>"]


def _text(text: str) -> str:
    """Words that Markdown leaves as they are, in a line of a bearable length."""
    short = printable(" ".join(text.split()))
    short = short if len(short) <= _LONGEST else f"{short[:_LONGEST]}…"
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]<>#|~" else sign for sign in short).replace("&", "&amp;")


def _html(text: str) -> str:
    return escape(printable(text))
