"""What lies in the place of a run's record until the run ends: a line for each test that began.

The record is of this run or of none: what an earlier run left is put aside before anything else happens.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final
from uuid import uuid4

from parity_suite.core.check_id import CheckId
from parity_suite.core.writing import NotWritten, append_to, move_aside

RECORD: Final = "record.json"
#: Where an earlier record stays until the next one is put aside.
EARLIER: Final = "record.earlier.json"
#: By this a caller, such as a gate, knows the record of the run that it started.
NONCE: Final = "PARITY_RUN_NONCE"
#: With this the first line of every journal begins.
_HEAD: Final = b'{"unfinished": true'
#: So many bytes of its end have its last line.
_LAST: Final = 2**16


class RecordJournal:
    """Made once a process; writes nothing without a folder."""

    def __init__(self, folder: Path | None, within: Path | None) -> None:
        self.run = os.environ.get(NONCE) or uuid4().hex
        self.unwritten = ""
        self._path = folder and folder / RECORD
        self._within = within
        self._stream: BinaryIO | None = None

    def begin(self, test: str, *, asked: bool) -> None:
        """A test begins; of a run that was not ``asked`` for a record the first check opens the journal."""
        if self._path is None or self.unwritten:
            return
        try:
            if self._stream is None:
                if not asked and CheckId.within(test) is None:
                    return
                self._stream = self._opened(self._path)
            self._stream.write(json.dumps({"began": test}).encode() + b"\n")
        except OSError as error:
            said = "" if isinstance(error, NotWritten) else f"could not write {self._path}: "
            self.unwritten = f"{said}{error.strerror or error}"

    def _opened(self, path: Path) -> BinaryIO:
        put_aside(path, self._within)
        head = {"unfinished": True, "run": self.run, "began": datetime.now(UTC).isoformat(timespec="seconds")}
        return append_to(path, json.dumps(head) + "\n", within=self._within or path.parent)

    def close(self) -> None:
        if self._stream is not None:
            self._stream.close()


def unfinished(path: Path) -> str:
    """In words, that a file is the journal of a run that did not come to its end; empty where it is not one."""
    with path.open("rb") as stream:
        if stream.read(len(_HEAD)) != _HEAD:
            return ""
        stream.seek(max(stream.tell(), path.stat().st_size - _LAST))
        lines = stream.read(_LAST).splitlines()[1:]
    return f"{path}: its run did not come to its end" + (f"; the last to begin was {_test(lines[-1])}" if lines else "")


def _test(line: bytes) -> str:
    try:
        return str(json.loads(line)["began"])
    except (ValueError, LookupError, TypeError):
        return "cut off"


def put_aside(path: Path, within: Path | None) -> None:
    """Gives an earlier record another name; NotWritten. The journal of an earlier run is worth no name."""
    if path.is_file() and not unfinished(path):
        move_aside(path, path.with_name(EARLIER), within=within)
