"""What lies in the place of a run's record until the run ends: a line for each test that began.

The record is of this run or of none: what an earlier run left is put aside before anything else happens.
"""

from __future__ import annotations

import json
import os
import shlex
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final
from uuid import uuid4

from parity_suite.core.check_id import CheckId
from parity_suite.core.writing import NotWritten, append_to, move_aside

if TYPE_CHECKING:
    import pytest

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
            self.unwritten = str(error)

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


def put_earlier_aside(config: pytest.Config, *, parsed: bool) -> None:
    """The same before the options of a run are known to be good; not where none runs, nor in a worker.

    A folder that is set for all runs is left alone by one of named files. Before the options are ``parsed``, which may
    refuse one, whatever is there by its name is taken for a named file.
    """
    given: Any = getattr(config, "known_args_namespace", None)
    start = config.invocation_params.dir
    typed = _typed_folder(config)
    known = typed or os.environ.get("PARITY_REPORT") or config.getini("parity_report")
    if not known or given is None or given.help or given.version or "PYTEST_XDIST_WORKER" in os.environ:
        return
    named = [one for one in given.file_or_dir if parsed or (start / str(one).partition("::")[0]).exists()]
    if not typed and named:
        return
    folder = start / str(known)
    try:
        put_aside(folder / RECORD, folder if typed or os.environ.get("PARITY_REPORT") else config.rootpath)
    except (NotWritten, OSError):
        # What cannot be moved cannot be written either, which the end of the run says.
        return


def _typed_folder(config: pytest.Config) -> str:
    """What follows the option, be the other ones good or not."""
    typed = map(str, config.invocation_params.args)
    arguments = [*shlex.split(os.environ.get("PYTEST_ADDOPTS", "")), *config.getini("addopts"), *typed]
    folder = ""
    for here, following in pairwise([*arguments, ""]):
        option, equals, value = here.partition("=")
        if option == "--parity-report":
            folder = value if equals else following
    return folder
