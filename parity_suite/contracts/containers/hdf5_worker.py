"""The process in which HDF5 files are read: what brings it down, or makes it hang or grow, does so to nothing else.

Its memory is bounded, and its time on the processor: so many seconds for a file, and as many more as its elements are
worth. Structures that send the HDF5 library round in circles, and chunks that unpack to gigabytes, end there.

It is asked one line of JSON at a time, for what a file holds or for the elements of one name. It answers with JSON and
with blocks of elements as they are in memory, each after its length.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Final

import h5py
import numpy as np
from numpy.typing import NDArray

from parity_suite.contracts.containers.hdf5 import read_hdf5
from parity_suite.contracts.containers.isolated import LENGTH
from parity_suite.contracts.limits import Limits
from parity_suite.contracts.stored import Stored, Unreadable, blocks_of
from parity_suite.contracts.violation import ContractError, Violation

#: Bytes of elements that are worth a second; a sound file that is packed gives five times as many.
_WORTH: Final = 64 * 2**20
#: Bytes that the library may take for itself, however little of a file is to be read as a whole: one that is refused
#: them while it begins is left half begun, and crashes or refuses what is sound.
_OWN: Final = 16 * 2**20


def main() -> None:
    """Answers until the other side goes away."""
    _wake()
    for line in sys.stdin.buffer:
        _answer(json.loads(line), sys.stdout.buffer)
        sys.stdout.buffer.flush()


def _wake() -> None:
    """Has the library begin with what it needs for any file, before its memory is bounded."""
    with h5py.File("woken", "w", driver="core", backing_store=False) as file:
        file.attrs["text"] = "text"
        file.create_dataset("packed", data=np.zeros(2), chunks=(1,), compression="gzip")[:]


def _answer(asked: dict[str, Any], out: IO[bytes]) -> None:
    limits = Limits(**asked["limits"])
    _bound_memory(limits.max_whole)
    _bound_time(asked["seconds"])
    try:
        with read_hdf5(Path(os.fsdecode(bytes.fromhex(asked["path"]))), asked["wanted"], limits) as holding:
            values = {name: _described(value) for name, value in holding.values.items()}
            _say(out, {"names": holding.names, "values": values, "left": _left()})
            if asked["read"]:
                _send(out, _blocks(holding.values.get(asked["wanted"][0]), limits), limits)
    except ContractError as error:
        _say(out, {"refused": [vars(one) for one in error.violations], "left": _left()})
    finally:
        _bound_time(0)


def _bound_memory(most: int) -> None:
    """``most`` bytes beyond what is taken now, and what the library needs for itself; without effect where the system
    has no such limit.
    """
    with suppress(ImportError, OSError, ValueError):
        import resource

        taken = int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (taken + max(most, _OWN), resource.getrlimit(resource.RLIMIT_AS)[1]))


def _bound_time(seconds: float) -> None:
    """The system ends this process after so many seconds on the processor; 0 is for ever."""
    signal.setitimer(signal.ITIMER_PROF, seconds)


def _left() -> float:
    return signal.getitimer(signal.ITIMER_PROF)[0]


def _described(value: object) -> dict[str, Any]:
    if isinstance(value, Violation):
        return {"violation": vars(value)}
    assert isinstance(value, Stored | np.ndarray)
    return {"dtype": value.dtype.str, "shape": value.shape}


def _blocks(value: object, limits: Limits) -> Iterator[NDArray[Any]]:
    if isinstance(value, np.ndarray):
        return blocks_of(value, limits.block_bytes)
    return value.blocks() if isinstance(value, Stored) else iter(())


def _send(out: IO[bytes], blocks: Iterator[NDArray[Any]], limits: Limits) -> None:
    broken = None
    try:
        for block in blocks:
            _frame(out, block.tobytes())
            _bound_time(min(_left() + block.nbytes / _WORTH, limits.max_busy))
    except Unreadable as error:
        broken = str(error)
    _frame(out, b"")
    _say(out, {"broken": broken, "left": _left()})


def _say(out: IO[bytes], said: object) -> None:
    _frame(out, json.dumps(said).encode("ascii"))


def _frame(out: IO[bytes], content: bytes) -> None:
    out.write(LENGTH.pack(len(content)))
    out.write(content)
