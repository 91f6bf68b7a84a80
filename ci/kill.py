#!/usr/bin/env python
"""Kills writers, at every step of a write and at random moments: nothing may be torn and nothing lost.

A process that has everything imported forks one for each kill, which does one thing (an update of snapshots, a list of
ids, an entry of a ledger, a record, the folder of a failure) and is ended by SIGKILL: at its n-th step, a call that
changes what is on disk, or after a random time. Then what lies there is read: each file is the old or the new one,
whole; an update that was cut short says so, and repeating the work ends as if nobody had killed it.

    python ci/kill.py                      # every step, and 200 random moments of each
    python ci/kill.py --random 20 ledger   # fewer, of one of them
    python ci/kill.py --stride 17 update   # at one step in 17
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import parity_suite.plugin.baselines
import parity_suite.plugin.snapshots  # noqa: F401  (imported before the first fork, as the others are)
from parity_suite.cli.main import main as parity
from parity_suite.contracts.load import load_contract
from parity_suite.contracts.sample import sample
from parity_suite.contracts.sample_file import as_document
from parity_suite.core.finding import Finding, Verdict
from parity_suite.core.id_list import IdList, update_list
from parity_suite.replay.folder import write_folder
from parity_suite.report.record import write_record

#: The calls that change what is on disk, as Python's own modules make them.
STEPS = ((io, "open"), *((os, name) for name in ("open", "fsync", "replace", "rename", "mkdir", "unlink", "rmdir")))

PROJECT = """
import numpy as np
import pytest

@pytest.mark.parametrize("name", ["a", "b"])
def test_held(name, parity_baseline):
    parity_baseline("held", np.arange(12.0).reshape(3, 4) * {factor}, backend="mine", case=name, budget=1e-6)
"""


class Torn(AssertionError):
    """What a kill left is neither old nor new."""


@dataclass(frozen=True)
class Work:
    """Something that writes into a folder. Of everything but an update, one file is all that is written."""

    name: str
    #: makes the state before
    begin: Callable[[Path], None]
    #: what is killed
    write: Callable[[Path], None]
    #: whether a folder in which the work was killed says so
    unfinished: Callable[[Path], bool] = lambda folder: False


def _ledger(check: str) -> list[str]:
    said = ["--reason", "kept for the kill", "--owner", "me", "--expires", "30d", "--verdict", "semantic"]
    return ["ledger", "add", check, *said]


def _add(*checks: str) -> Callable[[Path], None]:
    def add(folder: Path) -> None:
        os.chdir(folder)
        for check in checks:
            if parity(_ledger(check)):
                raise Torn(f"{check} could not be added")

    return add


def _record(count: int) -> Callable[[Path], None]:
    checks = [f"a.b[{number}-c-cpu-float32]" for number in range(count)]
    found = [Finding(check, "a", "b", "0", "c", "cpu", "float32", Verdict.OK) for check in checks]
    return lambda folder: print(write_record(folder, folder, found, {}, {}))


def _failure(value: float) -> Callable[[Path], None]:
    facts: dict[str, Any] = as_document(sample(load_contract("replay"), 1, optional=0))
    for name in ("format", "digests"):
        facts.pop(name, None)
    return lambda folder: write_folder(folder / "failure", facts, {"inputs": {"x": np.full(9, value)}}, f"# {value}\n")


def _ids(*checks: str) -> Callable[[Path], None]:
    return lambda folder: update_list(folder / "ids.txt", lambda old: IdList(frozenset(checks)), within=folder)


def _update(factor: str) -> Callable[[Path], None]:
    def update(folder: Path) -> None:
        (folder / "test_held.py").write_text(PROJECT.format(factor=factor), "utf-8")
        os.chdir(folder)
        # Where CI runs this, the update is a person's all the same.
        os.environ.pop("CI", None)
        if pytest.main(["--update-snapshots", "-q", "-p", "no:cacheprovider", "--rootdir", str(folder)]):
            raise Torn("the update is red")

    return update


WORKS = (
    Work("ledger", _add("a.b[1]", "a.b[2]"), _add("a.b[3]")),
    Work("record", _record(2), _record(3)),
    Work("ids", _ids("a.b[1-c-cpu-float32]"), _ids("a.b[2-c-cpu-float32]", "a.b[3-c-cpu-float32]")),
    Work("failure", _failure(1.0), _failure(2.0)),
    Work("update", _update("1"), _update("2"), lambda folder: (folder / "snapshots" / ".parity-update").exists()),
)


def contents(folder: Path) -> dict[str, bytes]:
    """All files below a folder but those that Python and an unfinished write leave."""
    out = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_file() and "__pycache__" not in name and ".part" not in name and name != "test_held.py":
            out[name] = path.read_bytes() if path.name != "record.json" else _untimed(path.read_bytes())
    return out


def _untimed(record: bytes) -> bytes:
    """A record without the second in which it was written."""
    return b"\n".join(line for line in record.splitlines() if b'"time"' not in line)


def in_child(act: Callable[[], None], seconds: float = 120.0) -> int:
    """Runs in a fork, silently; its exit status, negative for a signal. SIGKILL after so many seconds."""
    child = os.fork()
    if not child:
        code = 70
        try:
            with open(os.devnull, "w") as nowhere:  # noqa: PTH123
                os.dup2(nowhere.fileno(), 1)
                os.dup2(nowhere.fileno(), 2)
            act()
            code = 0
        finally:
            os._exit(code)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.0005)
    os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def dying_at(step: int, folder: Path) -> None:
    """From here on, this process ends itself before and after its steps: at the one of that number."""
    made = 0

    def count() -> None:
        nonlocal made
        if made == step:
            os.kill(os.getpid(), signal.SIGKILL)
        made += 1

    def wrapped(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **keywords: Any) -> Any:
            ours = _about(arguments[0], folder)
            if ours:
                count()
            result = real(*arguments, **keywords)
            if ours:
                count()
            return result

        return call

    for module, name in STEPS:
        setattr(module, name, wrapped(getattr(module, name)))


def _about(target: Any, folder: Path) -> bool:
    if isinstance(target, int):
        target = os.readlink(f"/proc/self/fd/{target}")  # noqa: PTH115
    name = os.path.abspath(os.fsdecode(target))  # noqa: PTH100  (a link stays one)
    return name.startswith(f"{folder}/") and "__pycache__" not in name and not name.endswith(".py")


@contextlib.contextmanager
def begun(work: Work) -> Iterator[tuple[Path, Callable[[Path], None]]]:
    """A folder before the work, and what judges one in which it was killed."""
    with tempfile.TemporaryDirectory(prefix="kill-") as name:
        place = Path(name).resolve()
        start, end = place / "start", place / "end"
        for folder, acts in ((start, (work.begin,)), (end, (work.begin, work.write))):
            folder.mkdir()
            for act in acts:
                if in_child(lambda act=act, folder=folder: act(folder)):  # type: ignore[misc]
                    raise Torn(f"{work.name} does not work undisturbed")
        old, new = contents(start), contents(end)
        if old == new:
            raise Torn(f"{work.name} writes nothing")
        yield start, lambda folder: judge(work, folder, old, new)


def judge(work: Work, folder: Path, old: dict[str, bytes], new: dict[str, bytes]) -> None:
    """Raises Torn where a file is neither old nor new, or the work cannot be repeated."""
    found = contents(folder)
    states = {"old": old, "new": new}
    wholes = {name for name, state in states.items() if {k: v for k, v in found.items() if k in state} == state}
    for name in old.keys() | new.keys():
        if found.get(name) not in (old.get(name), new.get(name)):
            raise Torn(f"{work.name}: {name} has {len(found.get(name, b''))} bytes and is neither old nor new")
    if not wholes and not work.unfinished(folder):
        raise Torn(f"{work.name} is half done, and nothing says so")
    if work.name == "ledger" and "new" in wholes:
        return
    if in_child(lambda: work.write(folder)) or contents(folder) != new:
        raise Torn(f"{work.name} cannot be repeated: {sorted(contents(folder))}")
    if left := [path.name for path in folder.rglob(".*.part")]:
        raise Torn(f"{work.name} leaves {left}")


def kill(work: Work, start: Path, judged: Callable[[Path], None], act: Callable[[Path], None], seconds: float) -> bool:
    """Does the work in a copy until it is killed, and judges what is left; False where it came to its end."""
    with tempfile.TemporaryDirectory(dir=start.parent) as name:
        folder = Path(name) / "work"
        shutil.copytree(start, folder)
        killed = in_child(lambda: act(folder), seconds)
        if killed not in (0, -signal.SIGKILL):
            raise Torn(f"{work.name} ended with {killed}")
        judged(folder)
        return bool(killed)


def at_every_step(work: Work, stride: int = 1) -> int:
    """Kills at each step, or at one in so many; the number of steps."""
    with begun(work) as (start, judged):
        step = stride // 3

        def act(folder: Path) -> None:
            dying_at(step, folder)
            work.write(folder)

        while kill(work, start, judged, act, 120.0):
            step += stride
        return step


def at_random(work: Work, times: int, seed: int) -> int:
    """Kills at random moments of the time that the work takes; how many came before its end."""
    moments = random.Random(seed)
    with begun(work) as (start, judged):
        before = time.monotonic()
        kill(work, start, judged, work.write, 120.0)
        span = time.monotonic() - before
        return sum(kill(work, start, judged, work.write, moments.uniform(0, span)) for _ in range(times))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("works", nargs="*", choices=[[], *(work.name for work in WORKS)], help="default: all")
    parser.add_argument("--random", type=int, default=200, metavar="N", help="kills at random moments of each")
    parser.add_argument("--stride", type=int, default=1, metavar="N", help="kills at one step in N (default: at each)")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    for work in WORKS:
        if given.works and work.name not in given.works:
            continue
        steps = at_every_step(work, given.stride)
        hit = at_random(work, given.random, given.seed)
        at = f"each of {steps} steps" if given.stride == 1 else f"one in {given.stride} of {steps} steps"
        print(f"{work.name}: killed at {at} and at {hit} of {given.random} random moments, all whole")
    return 0


if __name__ == "__main__":
    sys.exit(main())
