"""Checks are watched while they run, and stopped when they take longer than they may."""

from __future__ import annotations

import faulthandler
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from types import FrameType
from typing import IO, Any, Final

import pytest

from parity_suite.engine.watchdog.ended import too_long

#: One that nobody else sends, where there are such.
_SIGNAL: Final = getattr(signal, "SIGRTMAX", signal.SIGUSR2)


class TimeLimit(BaseException):
    """A check took longer than it may. No ``except Exception`` of a backend takes it for one of its own errors."""

    def __init__(self, seconds: float) -> None:
        super().__init__(too_long(seconds))
        self.seconds = seconds


def debugged(config: pytest.Config) -> bool:
    """Whether a person may hold a check for as long as they like."""
    tracing = getattr(sys.gettrace(), "__module__", "") == "bdb"
    return bool(config.option.usepdb or config.option.trace or tracing or "pydevd" in sys.modules)


class Watch:
    """Watches the checks of this process by another one, which is started for the first of them.

    On its signal faulthandler writes the stacks, which it does while the interpreter is held, and lets the handler of
    this class run as soon as it is free. The timer of faulthandler is left to pytest's ``faulthandler_timeout``.
    """

    def __init__(self, config: pytest.Config, selected: Sequence[str], word: str) -> None:
        self._capture = config.pluginmanager.getplugin("capturemanager")
        self._said = {"path": sys.path, "signal": _SIGNAL, "selected": selected, "word": word}
        self._process: subprocess.Popen[bytes] | None = None
        self._stacks: IO[bytes]
        #: which check runs, for the other process, and how many were said
        self._file: IO[bytes]
        self._number = 0
        self._handler: Any = None
        self._stoppable = False
        self._until = self._limit = 0.0

    @contextmanager
    def watching(self, check: str, limit: float) -> Iterator[None]:
        """Watches a check of at most ``limit`` seconds; TimeLimit in the middle of it where it takes longer."""
        if self._process is None:
            self._start()
        self._say(check, limit)
        self._limit, self._until = limit, time.monotonic() + limit
        try:
            self._stoppable = True
            try:
                yield
            finally:
                self._stoppable = False
        finally:
            self.pause()

    def pause(self) -> None:
        """Watches nothing until the next check begins."""
        if self._process is not None:
            self._say("", 0.0)

    def close(self) -> None:
        """Ends the other process, which has nothing to watch any more."""
        if self._process is None:
            return
        assert self._process.stdin is not None
        self._process.stdin.close()
        # The end of the pipe alone does not end it while a fork of this process holds the pipe as well.
        self._process.kill()
        self._process.wait()
        self._process = None
        faulthandler.unregister(_SIGNAL)
        if self._handler is not None:
            signal.signal(_SIGNAL, self._handler)
        self._stacks.close()
        self._file.close()

    def _start(self) -> None:
        self._stacks = tempfile.TemporaryFile()  # noqa: SIM115  (kept until close)
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  (kept until close)
        # Handlers are set and run in the main thread alone; a check in another one can only be ended.
        heard = threading.current_thread() is threading.main_thread()
        if heard:
            self._handler = signal.signal(_SIGNAL, self._stop)
        faulthandler.register(_SIGNAL, self._stacks, all_threads=True, chain=heard)
        fds = {"stacks": self._stacks.fileno(), "said": self._file.fileno()}
        command = [sys.executable, "-I", "-S", str(Path(__file__).with_name("process.py"))]
        # What it says on stderr is for a person, and not the output of a test.
        with self._capture.global_and_fixture_disabled() if self._capture else nullcontext():
            self._process = subprocess.Popen(
                command, bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, pass_fds=[*fds.values()]
            )
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps({**self._said, **fds}).encode("ascii") + b"\n")

    def _say(self, check: str, limit: float) -> None:
        """The number at both ends tells a line that is whole from one that is read while it is written."""
        self._number += 1
        said = json.dumps([self._number, check, limit, time.monotonic(), self._number])
        # Of a full disk, or where the other process was killed, the checks have no limit, and are as right as ever.
        with suppress(OSError):
            os.pwrite(self._file.fileno(), said.encode("ascii") + b"\n", 0)

    def _stop(self, signum: int, frame: FrameType | None) -> None:
        # Else the check that it was meant for has ended meanwhile.
        if self._stoppable and time.monotonic() >= self._until:
            self._stoppable = False
            raise TimeLimit(self._limit)
