"""``parity report``: one record of the parts of a run, and of runs on several machines and devices."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from parity_suite.contracts.holding import printable, printable_lines
from parity_suite.contracts.violation import ContractError
from parity_suite.core.journal import RECORD, put_aside
from parity_suite.core.run_causes import to_mend
from parity_suite.core.writing import NotWritten
from parity_suite.report.text import counted


def add_to(commands: Any) -> None:
    """Declares the subcommand."""
    parser = commands.add_parser(
        "report",
        help="make one record of several: shards, machines, devices",
        description="Merges the records of the parts of a run, or of runs on several machines and devices, into the "
        "one that a single run of all would have written. Exit code 1 if it is red or not whole.",
    )
    parser.add_argument("folders", nargs="+", type=Path, metavar="DIR", help="of a record, or of such folders")
    output = "folder for the merged record (default: parity-report)"
    parser.add_argument("-o", "--output", type=Path, default=Path("parity-report"), metavar="DIR", help=output)
    parser.set_defaults(run=_run)


def _run(given: argparse.Namespace) -> int:
    from parity_suite.report.causes import title
    from parity_suite.report.merging import Unmergeable, merge

    try:
        paths = [path for folder in given.folders for path in _records(folder)]
        if given.output / RECORD not in paths:
            put_aside(given.output / RECORD, given.output)
        run = merge(paths, Path.cwd(), given.output)
    except (ContractError, Unmergeable, NotWritten, FileNotFoundError) as error:
        print(printable_lines(f"parity report: {error}"), file=sys.stderr)
        return 2
    print(f"{counted(len(paths), 'record')}: {run.denominator}")
    lines = [*(title(mend) for mend in to_mend(run.findings)), *run.facts.errors]
    lines += [f"the record is not whole: {run.partial}"] if run.partial else []
    for line in lines:
        print(printable(f"RED: {line}"))
    print(printable(f"the record is {given.output / RECORD}"))
    return int(bool(lines or run.facts.exit_status))


def _records(folder: Path) -> Iterator[Path]:
    """The record of a folder, else those of the folders in it, as a download of several lays them."""
    found = [folder / RECORD] if (folder / RECORD).is_file() else sorted(folder.glob(f"*/{RECORD}"))
    if not found:
        raise FileNotFoundError(f"{folder}: there is no {RECORD} in it, nor in a folder of it")
    yield from found
