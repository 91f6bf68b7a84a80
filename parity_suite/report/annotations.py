"""Annotations of GitHub: a line of its workflow commands for each place in the code that a check fails at."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from parity_suite.contracts.render import annotation
from parity_suite.core.finding import Finding
from parity_suite.core.way import Raised
from parity_suite.report.outcome import State, state_of
from parity_suite.report.text import counted

#: Of one kind GitHub shows so many for a step, and drops the rest.
_OF_A_KIND: Final = 10


def annotation_lines(findings: Iterable[Finding], root: Path) -> Iterator[str]:
    """One a place, that of most checks first, of what is red and was raised in a file below ``root``."""
    at: dict[tuple[str, int], list[Finding]] = {}
    for one in findings:
        file = file_of(one.raised, root) if state_of(one) is State.RED and one.raised.line else ""
        if file:
            at.setdefault((file, one.raised.line), []).append(one)
    ordered = sorted(at.items(), key=lambda item: -len(item[1]))
    for (file, line), those in ordered[:_OF_A_KIND]:
        one = those[0]
        more = f", and {counted(len(those) - 1, 'check')} more" if len(those) > 1 else ""
        said = f"{one.raised.type}: {one.raised.message} ({one.check}{more})"
        yield annotation(said, file=file, line=str(line), title=f"parity: {one.subject} {one.blame or one.stage}")


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
