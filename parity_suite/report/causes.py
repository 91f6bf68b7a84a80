"""What a person mends, in the order of how much each explains: the last thing on the screen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from parity_suite.core.finding import SUSPECT_DATA
from parity_suite.core.kinds import Kind
from parity_suite.core.run_causes import ToMend
from parity_suite.report.failure import MEANING, clauses, ledger_words, replay_line
from parity_suite.report.smallest import kept_failure, smallest_lines
from parity_suite.report.text import counted, wrapped

#: Causes that are told in a block; of each further one there is a line.
_BLOCKS: Final = 3
_INDENT: Final = "   "

#: Clauses of one cause that say what is wrong with its most telling check.
_MOST_CLAUSES: Final = 2


class Line(NamedTuple):
    """A line of the terminal, and whether it is the heading of a cause."""

    text: str
    heading: bool = False


def cause_lines(mends: Sequence[ToMend], start: Path) -> Iterator[Line]:
    """A block each of the first causes and a line each of the others; folders are seen from ``start``."""
    for number, mend in enumerate(mends, start=1):
        heading = wrapped(f"{number}. {title(mend)}", more=_INDENT, at_most=2)
        yield from (Line(line, heading=True) for line in heading)
        if number <= _BLOCKS:
            yield from (Line(line) for line in _block(mend, start))


def title(mend: ToMend) -> str:
    """Who is wrong where, what it looks like, and how many checks say so."""
    cause, one = mend.cause, mend.most_telling
    where = " ".join(filter(None, (cause.subject, cause.stage, cause.implementation)))
    if cause.exception:
        what = f"{cause.exception}" + (f" in {cause.function}" if cause.function else "")
    elif cause.rule:
        what = f"{one.verdict}: {one.rules[0].field} {cause.rule}"
    elif mend.kind:
        what = str(mend.kind)
    elif mend.several:
        what = ", ".join(f"{kind} ({count})" for kind, count in mend.several.items())
    else:
        what = f"{one.verdict}, {MEANING[one.verdict]}"
    when = f", {mend.condition}" if mend.condition else ""
    return f"{where}: {what}{when} ({counted(len(mend.findings), 'check')})"


def _block(mend: ToMend, start: Path) -> Iterator[str]:
    for text in _paragraphs(mend, start):
        yield from wrapped(text, _INDENT, _INDENT + "  ")
    if line := replay_line(mend.replayed.replay):
        # A command is copied whole.
        yield f"{_INDENT}{line}"


def _paragraphs(mend: ToMend, start: Path) -> Iterator[str]:
    one = mend.most_telling
    yield one.check
    yield from islice(clauses(one), _MOST_CLAUSES)
    if mend.kind in (Kind.DECLARED, Kind.CONVENTION):
        # The kind alone does not say of what, nor what it should be.
        yield next(finding.looks_like for finding in mend.findings if finding.kind is mend.kind)
    if said := one.facts.get(SUSPECT_DATA):
        yield f"{SUSPECT_DATA}: {said}"
    kept = kept_failure(mend.replayed, start / mend.replayed.replay.folder)
    yield from smallest_lines(kept) if kept else ()
    if mend.otherwise:
        yield f"not so: {', '.join(finding.check for finding in mend.otherwise)}"
    yield from (f"ledger: {words}" for words in ledger_words(one))
    yield spread(mend)


def spread(mend: ToMend) -> str:
    """Which laws fail, and how much of the stage holds."""
    laws = Counter(finding.law for finding in mend.findings).most_common()
    said = ", ".join(f"{law} {count}" for law, count in laws)
    holding = f"{counted(mend.passing, 'check')} of {mend.cause.stage} hold{'s' * (mend.passing == 1)}"
    return f"fail: {said}; {holding}"
