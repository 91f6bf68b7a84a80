"""``parity report``: one record of the parts of a run, and of runs on several machines and devices."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from parity_suite.cli.ending import refused
from parity_suite.contracts.holding import printable, printable_lines
from parity_suite.contracts.violation import ContractError
from parity_suite.core.journal import RECORD, put_aside
from parity_suite.core.run_causes import to_mend
from parity_suite.core.writing import NotWritten
from parity_suite.report.text import counted


def report(
    folders: Annotated[list[Path], typer.Argument(help="of a record, or of such folders")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="folder for the merged record")] = Path(
        "parity-report"
    ),
) -> int:
    """Make one record of several: shards, machines, devices.

    Merges the records of the parts of a run, or of runs on several machines and devices, into the one that a single run
    of all would have written. Exit code 1 if it is red or not whole.
    """
    from parity_suite.report.causes import title
    from parity_suite.report.merging import Unmergeable, merge

    try:
        paths = [path for folder in folders for path in _records(folder)]
        if output / RECORD not in paths:
            put_aside(output / RECORD, output)
        run = merge(paths, Path.cwd(), output)
    except (ContractError, Unmergeable, NotWritten, FileNotFoundError) as error:
        return refused(printable_lines(f"parity report: {error}"))
    print(f"{counted(len(paths), 'record')}: {run.denominator}")
    lines = [*(title(mend) for mend in to_mend(run.findings)), *run.facts.errors]
    lines += [f"the record is not whole: {run.partial}"] if run.partial else []
    for line in lines:
        print(printable(f"RED: {line}"))
    print(printable(f"the record is {output / RECORD}"))
    return int(bool(lines or run.facts.exit_status))


def _records(folder: Path) -> Iterator[Path]:
    """The record of a folder, else those of the folders in it, as a download of several lays them."""
    found = [folder / RECORD] if (folder / RECORD).is_file() else sorted(folder.glob(f"*/{RECORD}"))
    if not found:
        raise FileNotFoundError(f"{folder}: there is no {RECORD} in it, nor in a folder of it")
    yield from found
