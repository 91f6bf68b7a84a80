"""``parity selftest``: the checks against backends made wrong on purpose."""

from __future__ import annotations

import os
import shlex
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from parity_suite.cli.backends_given import BackendOption, PackOption, begin, specs_of
from parity_suite.cli.ending import refused

if TYPE_CHECKING:
    from parity_suite.selftest.run import Task


def selftest(
    faults: Annotated[list[str] | None, typer.Argument(help="names of faults or stages (default: all)")] = None,
    backend: BackendOption = None,
    pack: PackOption = None,
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
    begin(pack)
    if pack and not backend:
        return refused("parity selftest: --pack needs the --backend that it is about")
    start = time.perf_counter()
    try:
        files = _datasets(dataset or ())
        what = _tasks(faults or (), backend or (), files)
    except Exception as error:
        return refused(f"parity selftest: {error}")
    from parity_suite.core.writing import write_whole
    from parity_suite.selftest.matrix import rows_of
    from parity_suite.selftest.page import render
    from parity_suite.selftest.run import run as run_tasks
    from parity_suite.selftest.text import lines_of, unproved

    workers = max(1, min(workers or os.cpu_count() or 1, len(what)))
    rows = rows_of(run_tasks(what, files, workers, _progress(len(what))))
    for line in lines_of(rows):
        print(line)
    print(f"{time.perf_counter() - start:.0f} s on {workers} process{'es' * (workers != 1)}")
    if markdown:
        options = {"--backend": backend, "--pack": pack, "--dataset": dataset, "--markdown": [markdown]}
        given = [text for option, values in options.items() for one in values or () for text in (option, str(one))]
        write_whole(markdown, render(rows, shlex.join(["parity", "selftest", *(faults or ()), *given])))
    return int(any(row.failed for row in rows) or any(unproved(rows)))


def _tasks(faults: Sequence[str], backends: Sequence[str], files: Mapping[str, Path]) -> list[Task]:
    """What is to be run; raises whatever a backend does that is named and cannot be had."""
    from parity_suite.selftest.run import chosen, tasks

    specs = specs_of(backends)
    for spec in specs:
        spec.load()
    return tasks(specs, chosen(faults), bool(files))


def _datasets(paths: Sequence[Path]) -> Mapping[str, Path]:
    """The files by the names that their cases have; ``ValueError`` for what cannot be used."""
    from parity_suite.cases.datasets import load_file

    return {load_file(path).dataset.name: path.resolve() for path in paths}


def _progress(total: int) -> Any:
    """Counts on a terminal, says nothing elsewhere."""

    def told(done: int) -> None:
        if sys.stderr.isatty():
            print(f"\r{done} of {total}", end="" if done < total else "\n", file=sys.stderr, flush=True)

    return told
