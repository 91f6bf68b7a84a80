"""Annotations of GitHub: a line of its workflow commands for each place in the code that a check fails at, or that
begins what is wrong.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from parity_suite.contracts.render import annotation
from parity_suite.core.finding import Finding
from parity_suite.core.implementations import place_in_source
from parity_suite.core.way import Raised
from parity_suite.laws.mending import told_to_mend
from parity_suite.report.causes import title
from parity_suite.report.failure import clauses
from parity_suite.report.outcome import State, state_of
from parity_suite.report.text import counted

#: Of one kind GitHub shows so many for a step, and drops the rest.
_OF_A_KIND: Final = 10


def annotation_lines(findings: Iterable[Finding], root: Path, environment: Mapping[str, Any]) -> Iterator[str]:
    """Of what is red one for each line that raises, and one for each cause of wrong answers, where the class of the
    backend, which the ``environment`` of the record names, begins the stage that is to blame: in files below ``root``,
    those of most checks first.
    """
    every = list(findings)
    placed = [*_raising(every, root), *_wrong(every, root, environment.get("classes", {}))]
    for _, line in sorted(placed, key=lambda one: -one[0])[:_OF_A_KIND]:
        yield line


def _raising(findings: Sequence[Finding], root: Path) -> Iterator[tuple[int, str]]:
    """How many checks fail at a line, and its annotation."""
    at: dict[tuple[str, int], list[Finding]] = {}
    for one in findings:
        file = file_of(one.raised, root) if state_of(one) is State.RED and one.raised.line else ""
        if file:
            at.setdefault((file, one.raised.line), []).append(one)
    for (file, line), those in at.items():
        one = those[0]
        more = f", and {counted(len(those) - 1, 'check')} more" if len(those) > 1 else ""
        said = f"{one.raised.type}: {one.raised.message} ({one.check}{more})"
        title_of = f"parity: {one.subject} {one.blame or one.stage}"
        yield len(those), annotation(said, file=file, line=str(line), title=title_of)


def _wrong(findings: Sequence[Finding], root: Path, classes: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    """How many checks are of a cause, and its annotation."""
    for mend in told_to_mend(findings):
        one, cause = mend.most_telling, mend.cause
        file, line = _beginning(cause.subject, cause.stage, root, classes)
        if line and not one.raised.line:
            said = f"{title(mend)}; {one.check}: {next(iter(clauses(one)), '')}"
            of_cause = f"parity: {cause.subject} {cause.stage}"
            yield len(mend.findings), annotation(said, file=file, line=str(line), title=of_cause)


def _beginning(subject: str, stage: str, root: Path, classes: Mapping[str, str]) -> tuple[str, int]:
    backend, dot, implementation = subject.partition(".")
    module, _, member = classes.get(backend, "").partition(":")
    file, line = (
        place_in_source(module, f"{member}{dot}{implementation}", stage, (root, root / "src")) if member else ("", 0)
    )
    path, top = Path(file).resolve(), root.resolve()
    return (path.relative_to(top).as_posix(), line) if line and path.is_relative_to(top) else ("", 0)


def file_of(raised: Raised, root: Path) -> str:
    """The file as seen from ``root``, by which a change names it; empty where it is not found below that."""
    top = root.resolve()
    # It is known as it would be imported: below whatever entry of the import path that was.
    for entry in (root, root / "src", *map(Path, filter(None, sys.path))):
        path = (entry / raised.file).resolve()
        if path.is_file() and path.is_relative_to(top):
            return path.relative_to(top).as_posix()
    return ""


def wanted() -> bool:
    """Whether GitHub reads what is printed."""
    return os.environ.get("GITHUB_ACTIONS") == "true"
