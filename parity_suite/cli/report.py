"""``parity report``: one record of the parts of a run, and of runs on several machines and devices."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from parity_suite.cli.ending import refused
from parity_suite.contracts.holding import printable, printable_lines
from parity_suite.contracts.violation import ContractError
from parity_suite.core.journal import RECORD, put_aside
from parity_suite.core.writing import NotWritten
from parity_suite.laws.mending import told_to_mend
from parity_suite.report.text import counted

if TYPE_CHECKING:
    from parity_suite.ledger.runs import Run

_OUTPUT: Final = Path("parity-report")


def report(
    folders: Annotated[list[Path], typer.Argument(help="of a record, or of such folders")],
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="DIR",
            help="folder for the merged record and its page (default: that of a single record, else parity-report)",
        ),
    ] = None,
    base: Annotated[
        Path | None, typer.Option(metavar="RECORD", help="an earlier record, or its folder, to show what changed since")
    ] = None,
) -> int:
    """Make one record of several, and the page of it.

    Merges the records of the parts of a run, or of runs on several machines and devices, into the one that a single run
    of all would have written, and writes its page and summary; of a single record these alone. Exit code 1 if it is red
    or not whole.
    """
    from parity_suite.report.annotations import annotation_lines, wanted
    from parity_suite.report.merging import Unmergeable
    from parity_suite.report.outcome import red_lines
    from parity_suite.report.renderings import PAGE, write_renderings

    try:
        paths = [path for folder in folders for path in _records(folder)]
        single = output is None and len(paths) == 1
        place = paths[0].parent if single else output or _OUTPUT
        run = _read(paths[0]) if single else _merged(paths, place)
        other = None if base is None else _read(base / RECORD if base.is_dir() else base)
    except (ContractError, Unmergeable, NotWritten, OSError) as error:
        return refused(printable_lines(f"parity report: {error}"))
    print(f"{counted(len(paths), 'record')}: {run.denominator}")
    lines = red_lines(run, told_to_mend(run.findings))
    lines += [f"the record is not whole: {run.partial}"] if run.partial else []
    for line in lines:
        print(printable(f"RED: {line}"))
    for line in write_renderings(run, place, Path.cwd(), base=other):
        print(printable(line))
    if wanted():
        print("\n".join(annotation_lines(run.findings, Path.cwd(), run.environment)))
    print(printable(f"the record is {place / RECORD}, its page {place / PAGE}"))
    return int(bool(lines))


def _read(path: Path) -> Run:
    from parity_suite.ledger.runs import read_run

    return read_run(path)


def _merged(paths: list[Path], output: Path) -> Run:
    from parity_suite.report.merging import merge

    if output / RECORD not in paths:
        put_aside(output / RECORD, output)
    return merge(paths, Path.cwd(), output)


def _records(folder: Path) -> Iterator[Path]:
    """The record of a folder, else those of the folders in it, as a download of several lays them."""
    found = [folder / RECORD] if (folder / RECORD).is_file() else sorted(folder.glob(f"*/{RECORD}"))
    if not found:
        raise FileNotFoundError(f"{folder}: there is no {RECORD} in it, nor in a folder of it")
    yield from found
