"""The process that tells the time of another one's checks: it is started with a path to this file, and imports little.

The first line of its input says what it needs to know, each further one which check begins, or that none runs. Beyond
its limit a check is sent a signal, on which the stacks are written and, where the interpreter is free, the check is
stopped. Where that has not come to an end a while later, the process is ended.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import time
from typing import Any, Final

#: Seconds between two looks. Of each only so many count twice over: a run that is stopped from outside and goes on an
#: hour later, this process with it, has not computed for an hour.
_TICK: Final = 1.0

#: Seconds that a check has to come to its end once it was sent the signal: a tenth of its limit, and between these.
_SHORTEST_END, _LONGEST_END = 3.0, 30.0

#: Bytes of the stacks that are shown; faulthandler writes a hundred threads of a hundred lines at most.
_LONGEST_STACK: Final = 2**20


class Watcher:
    """What is known of the other process, and what is left of the time of the check that it is in."""

    def __init__(self, known: dict[str, Any]) -> None:
        self._known = known
        self._watched = os.getppid()
        self._check = ""
        self._limit = self._left = 0.0
        self._sent = False

    @property
    def tick(self) -> float | None:
        """Seconds to wait for the next line, None where no check runs."""
        return min(_TICK, max(self._left, 0.0)) if self._check else None

    def hear(self, line: bytes) -> None:
        """Takes in which check begins; one without a name is none."""
        self._check, self._limit = json.loads(line)
        self._left, self._sent = self._limit, False

    def wait(self, seconds: float) -> None:
        """Counts time in which the check that runs did not end."""
        self._left -= min(seconds, 2 * _TICK)
        if self._left > 0:
            return
        if self._sent:
            self._end()
        self._sent, self._left = True, min(max(self._limit / 10, _SHORTEST_END), _LONGEST_END)
        stacks = self._known["stacks"]
        os.ftruncate(stacks, 0)
        os.lseek(stacks, 0, os.SEEK_SET)
        self._send(self._known["signal"])

    def _end(self) -> None:
        """Says what was ended, and ends it whether that could be said or not."""
        try:
            os.lseek(self._known["stacks"], 0, os.SEEK_SET)
            stack = os.read(self._known["stacks"], _LONGEST_STACK).decode("utf-8", "replace")
            sys.path[:] = self._known["path"]
            from parity_suite.engine.watchdog.ended import Ended, ended_by_timeout

            selected = self._known["selected"]
            not_run = selected[selected.index(self._check) + 1 :] if self._check in selected else []
            ended_by_timeout(Ended(self._check, self._limit, stack, not_run), self._known["word"])
        finally:
            self._send(signal.SIGKILL)
            sys.exit()

    def _send(self, sent: int) -> None:
        # Another process may have its number once it is gone.
        if os.getppid() != self._watched:
            sys.exit()
        os.kill(self._watched, sent)


def main() -> None:
    """Watches until the other process closes this one's input, or is gone."""
    # Ctrl-C is for the run, which may still want to be watched while it ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    watcher, heard = None, b""
    while True:
        before = time.monotonic()
        if not select.select([0], [], [], watcher.tick if watcher else None)[0]:
            assert watcher is not None
            watcher.wait(time.monotonic() - before)
            continue
        more = os.read(0, 2**16)
        if not more:
            return
        *lines, heard = (heard + more).split(b"\n")
        for line in lines:
            if watcher is None:
                watcher = Watcher(json.loads(line))
            else:
                watcher.hear(line)


if __name__ == "__main__":
    main()
