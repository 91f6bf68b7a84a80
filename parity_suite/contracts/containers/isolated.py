"""HDF5 files read by another process, since a damaged one can bring the HDF5 library down and all that runs beside it.

A file with one byte in a thousand flipped made the library crash, loop without end, ask for four gigabytes, and refuse
the whole files that it was given afterwards. A worker is kept for the next file where nothing was wrong with this one;
one that found something, crashed, was busy or said nothing for too long, or was left in the middle is ended.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import signal
import struct
import subprocess
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

import numpy as np
from numpy.typing import NDArray

from parity_suite.contracts.holding import OpenContainer, refusal
from parity_suite.contracts.limits import Limits
from parity_suite.contracts.stored import Stored, Unreadable
from parity_suite.contracts.violation import ContractError, Violation

#: The path is this process's own: a folder that the files came in may hold a module of any name.
_START: Final = """
import json, sys
sys.path[:] = json.loads(sys.argv[1])
from parity_suite.contracts.containers.hdf5_worker import main
main()
"""
#: Of every message and of every block, before its bytes.
LENGTH: Final = struct.Struct("<Q")


@contextmanager
def open_hdf5(path: Path, wanted: Collection[str] | None, limits: Limits) -> Iterator[OpenContainer]:
    """Datasets by path, attributes as ``@name`` of the root and ``path@name``; None for every dataset.

    ContractError where it is not an HDF5 file.
    """
    worker, file = _taken(), _File(path, limits, limits.max_busy)
    try:
        said = worker.asked(file, wanted, read=False)
    except Unreadable as error:
        raise refusal(path, "readable", str(error), "a complete HDF5 file") from error
    values = said.get("values", {}).values()
    _given_back(worker, sound="refused" not in said and not any("violation" in one for one in values))
    if "refused" in said:
        raise ContractError([Violation(**one) for one in said["refused"]], str(path))
    yield OpenContainer({name: _value(file, name, one) for name, one in said["values"].items()}, tuple(said["names"]))


@dataclass
class _File:
    """What is asked about; all questions together may take so many ``seconds`` of the processor."""

    path: Path
    limits: Limits
    seconds: float


def _value(file: _File, name: str, said: dict[str, Any]) -> Stored | Violation:
    if "violation" in said:
        return Violation(**said["violation"])
    return Stored(np.dtype(said["dtype"]), tuple(said["shape"]), lambda: _blocks(file, name, said))


def _blocks(file: _File, name: str, known: dict[str, Any]) -> Iterator[NDArray[Any]]:
    worker, dtype = _taken(), np.dtype(known["dtype"])
    try:
        if worker.asked(file, [name], read=True).get("values") != {name: known}:
            raise Unreadable("a file that was changed while it was read")
        # An empty block is the last.
        while block := worker.received():
            yield np.frombuffer(block, dtype)
        broken = worker.said()["broken"]
    except BaseException:
        # It may be in the middle of a block that nobody wants any more.
        worker.end()
        raise
    _given_back(worker, sound=broken is None)
    if broken is not None:
        raise Unreadable(broken)


class _Worker:
    """One process; Unreadable where it crashes, or is busy or says nothing for longer than the limits allow."""

    def __init__(self) -> None:
        command = [sys.executable, "-I", "-c", _START, json.dumps(sys.path)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._asking, self._saying = self._process.stdin, self._process.stdout.fileno()
        self._poll = select.poll()
        self._poll.register(self._saying, select.POLLIN | select.POLLHUP)
        self._file: _File

    def asked(self, file: _File, wanted: Collection[str] | None, *, read: bool) -> dict[str, Any]:
        """What the file holds; with ``read`` the blocks of the one name that is wanted follow."""
        self._file = file
        if file.seconds <= 0:
            self._fail(-signal.SIGPROF)
        # A name is text of any kind, the path maybe not even that.
        names = None if wanted is None else list(wanted)
        asked = {"path": os.fsencode(file.path.absolute()).hex(), "wanted": names, "limits": asdict(file.limits)}
        try:
            self._asking.write(json.dumps({**asked, "seconds": file.seconds, "read": read}).encode("ascii") + b"\n")
        except OSError:
            self._fail(self._process.wait())
        return self.said()

    def said(self) -> dict[str, Any]:
        """The next message, which tells what is left of the file's time."""
        said: dict[str, Any] = json.loads(self.received())
        self._file.seconds = said["left"]
        return said

    @property
    def alive(self) -> bool:
        """Whether nothing ended it meanwhile."""
        return self._process.poll() is None

    def received(self) -> bytes:
        """The next message or block."""
        return self._bytes(LENGTH.unpack(self._bytes(LENGTH.size))[0])

    def _bytes(self, count: int) -> bytes:
        said = bytearray()
        while len(said) < count:
            if not self._poll.poll(self._file.limits.max_silence * 1000):
                self._fail(None)
            some = os.read(self._saying, min(count - len(said), 2**20))
            if not some:
                self._fail(self._process.wait())
            said += some
        return bytes(said)

    def _fail(self, code: int | None) -> NoReturn:
        """Says why, by the exit code of the process, None where it has not ended."""
        self.end()
        self._file.seconds = 0
        limits = self._file.limits
        if code is None:
            raise Unreadable(f"a file of which the HDF5 library says nothing for over {limits.max_silence:g} s")
        if code == -signal.SIGPROF:
            raise Unreadable(f"a file that keeps the HDF5 library busy for over {limits.max_busy:g} s")
        name = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        raise Unreadable(f"a file that brings the HDF5 library down ({name})")

    def end(self) -> None:
        """Ends the process, whatever it is doing."""
        self._process.kill()
        self._process.wait()
        self._asking.close()
        assert self._process.stdout is not None
        self._process.stdout.close()


#: Processes with nothing to do.
_IDLE: Final[list[_Worker]] = []


def _taken() -> _Worker:
    while _IDLE:
        worker = _IDLE.pop()
        if worker.alive:
            return worker
        worker.end()
    return _Worker()


def _given_back(worker: _Worker, *, sound: bool) -> None:
    """Keeps it for the next file, unless this one may have left something in the library."""
    if sound:
        _IDLE.append(worker)
    else:
        worker.end()


@atexit.register
def end_all() -> None:
    """Ends the processes that have nothing to do."""
    while _IDLE:
        _IDLE.pop().end()


# A forked process must not talk to the workers of the one it came from.
os.register_at_fork(after_in_child=_IDLE.clear)
