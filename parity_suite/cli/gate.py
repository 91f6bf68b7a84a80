"""``parity gate``: whether a change may land: all that is red in it, lost by it, or changed by it without a reason."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final
from uuid import uuid4

import typer

from parity_suite.cli.ending import COULD_NOT
from parity_suite.cli.gate_base import Base, NoBase, base_of
from parity_suite.contracts import ContractError
from parity_suite.contracts.holding import printable
from parity_suite.core.commit import CHANGED, commit_of
from parity_suite.core.journal import NONCE, RECORD, put_aside, unfinished
from parity_suite.core.writing import NotWritten
from parity_suite.ledger import today
from parity_suite.ledger.runs import Run, read_run
from parity_suite.report.against_base import judge_change
from parity_suite.report.judgement import Judgement, judge_run
from parity_suite.report.text import counted

#: What would have pytest do something else than the gate asks for.
_NOT_ASKED: Final = ("PYTEST_ADDOPTS",)


@dataclass(frozen=True)
class Expected:
    """By which a record is known to be that of the run that is to be judged; what is None was not given."""

    path: Path
    commit: str
    nonce: str | None = None
    status: int | None = None


@dataclass(frozen=True)
class Bounds:
    """What a person asks of a change beyond that it is green."""

    require: tuple[str, ...] = ()
    shards: int | None = None
    contracts: str = "contracts"
    new_excuses: int = 0


class _CouldNotLook(Exception):
    """Why there is no verdict."""


def gate(
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="[-- ARGUMENT]", help="arguments for pytest, such as -- -n 2")
    ] = None,
    record: Annotated[
        Path | None, typer.Option(metavar="DIR", help="take the record in this folder and run nothing")
    ] = None,
    report: Annotated[Path, typer.Option(metavar="DIR", help="folder for the record of the run")] = Path(
        "parity-report"
    ),
    base: Annotated[
        str,
        typer.Option(
            metavar="REV|DIR|none",
            help="a revision, whose merge base with HEAD is taken, a folder, or none (default: that of the pull "
            "request)",
        ),
    ] = "",
    new_excuses: Annotated[
        int, typer.Option(metavar="N", min=0, help="checks that the ledger may excuse beyond that of the base")
    ] = 0,
    require: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="backend, device or dataset that must have run; repeatable"),
    ] = None,
    shards: Annotated[int | None, typer.Option(metavar="N", min=1, help="parts that the record must be of")] = None,
    contracts: Annotated[
        str, typer.Option(metavar="DIR", help="folder of the contracts that may not break anyone")
    ] = "contracts",
) -> int:
    """Judge a change: run all checks, and hold them and what is stored against the base.

    Runs all parity checks, or takes the record of such a run of this commit, and says in a line each why the change may
    not land: what is red, what was lost against the base, a ledger that expired or grew, a contract that breaks its
    readers or writers, stored numbers that changed without a reason. Exit code 1 for any of it, 2 where the gate could
    not look.
    """
    root = Path.cwd()
    bounds = Bounds(tuple(require or ()), shards, contracts, new_excuses)
    try:
        held = base_of(base, root)
        print(printable(f"gate: base: {held.words}"), flush=True)
        expected = _recorded(record, root) if record else _run_pytest(report, arguments or (), bounds, root)
        said, run = _judged(expected, held, bounds, root)
    except (NoBase, _CouldNotLook, ContractError, NotWritten) as error:
        print(printable(f"gate: could not look: {error}"))
        return COULD_NOT
    for line in _lines(said, run, expected.path.parent, root):
        print(printable(f"gate: {line}"))
    return int(bool(said.red))


def _lines(said: Judgement, run: Run | None, folder: Path, root: Path) -> Iterator[str]:
    """What is printed of the judgement; the page and the summary beside the record of the run say it too."""
    from parity_suite.report.renderings import write_renderings

    yield from [run.denominator] if run else []
    yield from (*said.notes, *(f"accepted: {one}" for one in said.accepted), *(f"red: {one}" for one in said.red))
    yield from write_renderings(run, folder, root, gate=said) if run else ()
    yield f"red, for {counted(len(said.red), 'reason')}" if said.red else "green"


def _recorded(place: Path, root: Path) -> Expected:
    path = place / RECORD if place.is_dir() else place
    if not path.is_file():
        raise _CouldNotLook(f"{path}: there is no record")
    return Expected(path, commit_of(root))


def _run_pytest(report: Path, arguments: Sequence[str], bounds: Bounds, root: Path) -> Expected:
    """Runs pytest, which must leave a record of this very run."""
    put_aside(report / RECORD, report)
    nonce, commit = uuid4().hex, commit_of(root)
    environment = {name: value for name, value in os.environ.items() if name not in _NOT_ASKED}
    # A hundred examples of each search instead of the eight of a quick look.
    environment |= {NONCE: nonce, "CI": "true", "PARITY_HYPOTHESIS": os.environ.get("PARITY_HYPOTHESIS", "parity-ci")}
    command = [sys.executable, "-m", "pytest", "-m", "parity", "-q", "--parity-report", str(report)]
    required = [f"--parity-require={name}" for name in bounds.require]
    status = subprocess.run([*command, *required, *arguments], env=environment, check=False).returncode
    return Expected(report / RECORD, commit, nonce, status)


def _judged(expected: Expected, base: Base, bounds: Bounds, root: Path) -> tuple[Judgement, Run | None]:
    """What is said of the record, and the run of it where it is the one that was to be judged."""
    said, day = Judgement(), today()
    said.red += _doubts(expected)
    if said.red:
        return said, None
    run = read_run(expected.path)
    said.red += mismatches(expected, run)
    if said.red:
        return said, None
    if expected.nonce is None and expected.commit.endswith(CHANGED):
        said.notes.append("files here have changes that are in no commit: the record may be of others than these")
    judge_run(said, run, bounds.require, bounds.shards, day)
    if base.tree is not None:
        judge_change(said, run, root, base.tree, contracts=bounds.contracts, new_excuses=bounds.new_excuses, day=day)
    return said, run


def _doubts(expected: Expected) -> Iterator[str]:
    """Why there is no record to be judged."""
    ended = f"; pytest ended with {expected.status}" if expected.status else ""
    if not expected.path.is_file():
        yield f"{expected.path}: there is no record{ended}"
    elif said := unfinished(expected.path):
        yield f"{said}{ended}"


def mismatches(expected: Expected, run: Run) -> Iterator[str]:
    """Why a record is not of the run that is to be judged."""
    for name, found, wanted in (
        ("run", run.facts.run, expected.nonce),
        ("commit", run.commit, expected.commit),
        ("exit_status", run.facts.exit_status, expected.status),
    ):
        if wanted is not None and found != wanted:
            dirty = f"{found}{CHANGED}" == wanted
            why = "; the files here have changes since, which are in no commit" if dirty else ""
            yield f"{expected.path} is of another run: its {name} is {found!r}, not {wanted!r}{why}"
