"""``parity selftest``: the checks against backends made wrong on purpose."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from parity_suite.cli.ending import refused


def selftest(
    faults: Annotated[list[str] | None, typer.Argument(help="names of faults or stages (default: all)")] = None,
    backend: Annotated[
        list[str] | None,
        typer.Option(
            metavar="module:Class", help="repeatable; name=module:Class names it (default: the installed backends)"
        ),
    ] = None,
    pack: Annotated[list[str] | None, typer.Option(help="a pack of another field, module:NAME")] = None,
    dataset: Annotated[list[Path] | None, typer.Option(metavar="FILE", help="a raw dataset (NPZ)")] = None,
    workers: Annotated[
        int | None, typer.Option("-n", "--workers", help="processes (default: one for each core)")
    ] = None,
    markdown: Annotated[Path | None, typer.Option(metavar="FILE", help="write the matrix as a page, too")] = None,
) -> int:
    """See the checks turn red on backends made wrong on purpose.

    Puts every fault of the gallery into a copy of each backend, runs the checks of its stage, and prints which checks
    saw it. Exit code 1 if a mistake would go unnoticed, or nothing could be put in at all.
    """
    from parity_suite.backends.registry import resolve
    from parity_suite.core.packs import name_pack
    from parity_suite.core.writing import write_whole
    from parity_suite.selftest.matrix import rows_of
    from parity_suite.selftest.page import render
    from parity_suite.selftest.run import chosen, tasks
    from parity_suite.selftest.run import run as run_tasks
    from parity_suite.selftest.text import lines_of, unproved

    if str(Path.cwd()) not in sys.path:
        # A backend that lies where the command is called is found, as it is by `python -m pytest`.
        sys.path.insert(0, str(Path.cwd()))
    start = time.perf_counter()
    try:
        for text in pack or ():
            name_pack(text)
        backends, asked, files = resolve(backend or ()), chosen(faults or ()), _datasets(dataset or ())
        if pack and not backend:
            raise ValueError("--pack needs the --backend that it is about")
        if not backends:
            raise ValueError("no backend: --backend module:Class, or install a package that offers one")
        for one in backends:
            one.load()
    except Exception as error:
        return refused(f"parity selftest: {error}")
    what = tasks(backends, asked, bool(files))
    workers = max(1, min(workers or os.cpu_count() or 1, len(what)))
    rows = rows_of(run_tasks(what, files, workers, _progress(len(what))))
    for line in lines_of(rows):
        print(line)
    print(f"{time.perf_counter() - start:.0f} s on {workers} process{'es' * (workers != 1)}")
    if markdown:
        write_whole(markdown, render(rows))
    return int(any(row.failed for row in rows) or any(unproved(rows)))


def _datasets(paths: Sequence[Path]) -> Mapping[str, Path]:
    """The files by the names that their cases have; ``ValueError`` or ``ContractError`` for what cannot be used."""
    from parity_suite.ptychography.datasets.raw_file import load_raw

    return {load_raw(path).name: path.resolve() for path in paths}


def _progress(total: int) -> Any:
    """Counts on a terminal, says nothing elsewhere."""

    def told(done: int) -> None:
        if sys.stderr.isatty():
            print(f"\r{done} of {total}", end="" if done < total else "\n", file=sys.stderr, flush=True)

    return told
