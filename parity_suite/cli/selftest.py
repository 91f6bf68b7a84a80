"""``parity selftest``: the checks against backends made wrong on purpose."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from parity_suite.selftest.run import Task


def add_to(commands: Any) -> None:
    """Declares the subcommand."""
    parser = commands.add_parser(
        "selftest",
        help="see the checks turn red on backends made wrong on purpose",
        description="Puts every fault of the gallery into a copy of each backend, runs the checks of its stage, and "
        "prints which checks saw it. Exit code 1 if a mistake would go unnoticed, or nothing could be put in at all.",
    )
    parser.add_argument("faults", nargs="*", metavar="FAULT", help="names of faults or stages (default: all)")
    parser.add_argument(
        "--backend",
        action="append",
        default=[],
        metavar="module:Class",
        help="repeatable; name=module:Class names it (default: the installed backends)",
    )
    parser.add_argument("--pack", action="append", default=[], help="a pack of another field, module:NAME")
    parser.add_argument("--dataset", action="append", default=[], type=Path, metavar="FILE", help="a raw dataset (NPZ)")
    parser.add_argument(
        "-n", "--workers", type=int, default=os.cpu_count() or 1, help="processes (default: one for each core)"
    )
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the matrix as a page, too")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Prints the matrix; 1 where a fault survived, 2 where the command itself is wrong."""
    if str(Path.cwd()) not in sys.path:
        # What lies where the command is called is found, as it is by `python -m pytest`.
        sys.path.insert(0, str(Path.cwd()))
    start = time.perf_counter()
    try:
        files = _datasets(given.dataset)
        what = _tasks(given, files)
    except Exception as error:
        print(f"parity selftest: {error}", file=sys.stderr)
        return 2
    from parity_suite.core.writing import write_whole
    from parity_suite.selftest.matrix import rows_of
    from parity_suite.selftest.page import render
    from parity_suite.selftest.run import run as run_tasks
    from parity_suite.selftest.text import lines_of, unproved

    workers = max(1, min(given.workers, len(what)))
    rows = rows_of(run_tasks(what, files, workers, _progress(len(what))))
    for line in lines_of(rows):
        print(line)
    print(f"{time.perf_counter() - start:.0f} s on {workers} process{'es' * (workers != 1)}")
    if given.markdown:
        write_whole(given.markdown, render(rows))
    return int(any(row.failed for row in rows) or any(unproved(rows)))


def _tasks(given: argparse.Namespace, files: Mapping[str, Path]) -> list[Task]:
    """What is to be run; raises whatever a pack or a backend does that is named and cannot be had."""
    from parity_suite.backends.registry import resolve
    from parity_suite.core.packs import name_pack, packs

    packs()
    for text in given.pack:
        name_pack(text)
    # The faults are those of the packs that are known.
    from parity_suite.selftest.run import chosen, tasks

    backends, faults = resolve(given.backend), chosen(given.faults)
    if given.pack and not given.backend:
        raise ValueError("--pack needs the --backend that it is about")
    if not backends:
        raise ValueError("no backend: --backend module:Class, or install a package that offers one")
    for backend in backends:
        backend.load()
    return tasks(backends, faults, bool(files))


def _datasets(paths: list[Path]) -> Mapping[str, Path]:
    """The files by the names that their cases have; ``ValueError`` or ``ContractError`` for what cannot be used."""
    from parity_suite.ptychography.datasets.raw_file import load_raw

    return {load_raw(path).name: path.resolve() for path in paths}


def _progress(total: int) -> Any:
    """Counts on a terminal, says nothing elsewhere."""

    def told(done: int) -> None:
        if sys.stderr.isatty():
            print(f"\r{done} of {total}", end="" if done < total else "\n", file=sys.stderr, flush=True)

    return told
