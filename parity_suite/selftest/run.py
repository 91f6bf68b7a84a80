"""All faults, or some, on several processes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from parity_suite.core.backend_spec import BackendSpec
from parity_suite.core.context import RunContext
from parity_suite.engine.asked import asked_of
from parity_suite.faults import FAULTS, Fault
from parity_suite.selftest.choice import ORIGINS, Origin, files_of, is_of_model, of_its_packs
from parity_suite.selftest.sighting import MutantResult


@dataclass(frozen=True)
class Task:
    """One fault in one backend, on one kind of data."""

    backend: BackendSpec
    fault: str
    origin: Origin


def tasks(backends: Sequence[BackendSpec], faults: Iterable[type[Fault]], measured: bool) -> list[Task]:
    """Everything to be run, those of models first, which take longest, so that none is left over at the end. A fault of
    a stage is put into each implementation of it as well, where the default one is right, unless both are one method.
    """
    origins = ORIGINS if measured else ORIGINS[:1]
    every = list(faults)
    asked = [one for backend in backends for one in asked_of(backend) if one.spec == backend or not one.chosen]
    own = {one.spec: set(of_its_packs(one.spec, every)) for one in asked}
    placed = ((f, one.spec) for f in every for one in asked if one.takes(f.stage) and f in own[one.spec])
    found = [Task(spec, fault.name, origin) for fault, spec in placed for origin in origins]
    return sorted(found, key=lambda task: not is_of_model(FAULTS[task.fault]))


def chosen(names: Sequence[str]) -> list[type[Fault]]:
    """Faults by their names or those of their stages, all for none; ``ValueError`` for what is neither."""
    stages = {fault.stage for fault in FAULTS.values()}
    for name in names:
        if name not in FAULTS and name not in stages:
            raise ValueError(f"no fault and no stage with faults is called {name!r}")
    return [fault for fault in FAULTS.values() if not names or fault.name in names or fault.stage in names]


def run(
    what: Sequence[Task], files: Mapping[str, Path], workers: int, told: Callable[[int], None] = lambda done: None
) -> Iterator[MutantResult]:
    """The sightings as they come; ``told`` hears how many there are.

    ``files`` are measured datasets by name. ``BrokenProcessPool`` where a worker dies.
    """
    if workers == 1:
        context = RunContext()
        _prepare(context, 1, sys.path, files)
        for count, task in enumerate(what, 1):
            yield _sight(context, task)
            told(count)
        return
    with ExitStack() as stack:
        pool = ProcessPoolExecutor(workers, get_context("spawn"), _begin, (workers, sys.path, files))
        stack.callback(pool.shutdown, cancel_futures=True)
        waiting = [pool.submit(_continue, task) for task in what]
        for count, future in enumerate(as_completed(waiting), 1):
            yield future.result()
            told(count)


#: What a process of the pool keeps from task to task; nothing is in it where the pool is asked from.
_OF_PROCESS: Final = RunContext()


def _begin(workers: int, importable: Sequence[str], files: Mapping[str, Path]) -> None:
    _prepare(_OF_PROCESS, workers, importable, files)


def _continue(task: Task) -> MutantResult:
    return _sight(_OF_PROCESS, task)


def _prepare(context: RunContext, workers: int, importable: Sequence[str], files: Mapping[str, Path]) -> None:
    """Shares the cores among the processes, and makes the datasets known in a run."""
    import logging

    from parity_suite.cases.datasets import Datasets, load_file
    from parity_suite.engine.environment import share_threads

    sys.path[:] = importable
    # It warns of what faulty copies do on purpose, such as a complex array of which the real part is taken.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    share_threads(workers)
    for path in files.values():
        loaded = load_file(path)
        context.part(Datasets).add(loaded.dataset, loaded.home)


def _sight(context: RunContext, task: Task) -> MutantResult:
    from parity_suite.selftest.sight import sight

    fault = FAULTS[task.fault]
    measured = files_of(context, fault) if task.origin == "measured" else ()
    return sight(context, task.backend, fault, task.origin, measured)
