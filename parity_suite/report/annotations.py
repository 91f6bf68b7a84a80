"""Annotations of GitHub: a line of its workflow commands for each place in the code that a check fails at, or that
begins what is wrong.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from parity_suite.contracts.render import annotation
from parity_suite.core.backend_spec import BackendSpec
from parity_suite.core.finding import Finding
from parity_suite.core.implementations import place_in_source
from parity_suite.core.way import Raised
from parity_suite.report.outcome import State, state_of
from parity_suite.report.text import counted

#: Of one kind GitHub shows so many for a step, and drops the rest.
_OF_A_KIND: Final = 10


def annotation_lines(findings: Iterable[Finding], root: Path, backends: Iterable[BackendSpec] = ()) -> Iterator[str]:
    """One a place, that of most checks first, of what is red: where it was raised, and of a wrong answer where one of
    the ``backends`` begins the stage that is to blame, in a file below ``root``.
    """
    known = {one.name: one for one in backends}
    at: dict[tuple[str, int], list[Finding]] = {}
    for one in findings:
        file, line = _place(one, known, root) if state_of(one) is State.RED else ("", 0)
        if file:
            at.setdefault((file, line), []).append(one)
    ordered = sorted(at.items(), key=lambda item: -len(item[1]))
    for (file, line), those in ordered[:_OF_A_KIND]:
        one = those[0]
        more = f", and {counted(len(those) - 1, 'check')} more" if len(those) > 1 else ""
        what = f"{one.raised.type}: {one.raised.message}" if one.raised.line else _wrong(one)
        title = f"parity: {one.culprit or one.subject} {one.blame or one.stage}"
        yield annotation(f"{what} ({one.check}{more})", file=file, line=str(line), title=title)


def _place(one: Finding, backends: Mapping[str, BackendSpec], root: Path) -> tuple[str, int]:
    if one.raised.line:
        return file_of(one.raised, root), one.raised.line
    backend, _, implementation = (one.culprit or one.subject).partition(".")
    if backend not in backends:
        return "", 0
    spec = backends[backend].implementation(implementation) if implementation else backends[backend]
    file, line = place_in_source(spec.module, spec.member, one.blame or one.stage)
    path = Path(file).resolve()
    top = root.resolve()
    return (path.relative_to(top).as_posix(), line) if line and path.is_relative_to(top) else ("", 0)


def _wrong(one: Finding) -> str:
    named = f", {one.looks_like}" if one.looks_like else ""
    return f"{one.verdict}{named}: {one.reason}"


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
