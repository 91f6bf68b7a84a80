"""The process that tells the time of another one's checks: it is started with a path to this file, and imports little.

The one line of its input says what it needs to know. Which check runs stands in a file that both have open, and is
looked up now and then: a run has thousands of checks, and to be woken for each would cost more than many of them do.
Beyond its limit a check is sent a signal, on which the stacks are written and, where the interpreter is free, the check
is stopped. Where that has not come to an end a while later, the process is ended.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import time
from typing import Any, Final

#: Seconds between two looks, and how many may count between two: a run that is stopped from outside and goes on an hour
#: later, this process with it, has not computed for an hour.
_TICK, _MOST_COUNTED = 0.25, 2.0

#: Seconds that a check has to come to its end once it was sent the signal: a tenth of its limit, and between these.
_SHORTEST_END, _LONGEST_END = 3.0, 30.0

#: Bytes of the stacks that are shown; faulthandler writes a hundred threads of a hundred lines at most.
_LONGEST_STACK: Final = 2**20


class Watcher:
    """What is known of the other process, and what is left of the time of the check that it is in."""

    def __init__(self, known: dict[str, Any]) -> None:
        self._known = known
        self._watched = os.getppid()
        self._number = 0
        self._check = ""
        self._limit = self._left = 0.0
        self._sent = False

    @property
    def tick(self) -> float:
        """Seconds to the next look."""
        return min(_TICK, max(self._left, 0.0)) if self._check else _TICK

    def look(self, seconds: float) -> None:
        """Counts time in which the check that runs did not end, or takes in the one that has begun since."""
        number, check, limit, begun, end = self._running()
        if number != end:  # in the middle of being written
            return
        if number != self._number:
            self._number, self._check, self._limit, self._sent = number, check, limit, False
            seconds = time.monotonic() - begun
            self._left = limit
        if self._check:
            self._left -= min(seconds, _MOST_COUNTED)
            if self._left <= 0:
                self._stop()

    def _running(self) -> tuple[int, str, float, float, int]:
        """What :meth:`parity_suite.engine.watchdog.watch.Watch._say` wrote."""
        try:
            found: tuple[int, str, float, float, int] = json.loads(
                os.pread(self._known["said"], 2**16, 0).split(b"\n")[0]
            )
        except ValueError:
            return 0, "", 0.0, 0.0, -1
        return found

    def _stop(self) -> None:
        """The check is sent the signal, and where it does not heed that, the process is ended."""
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
    with open(0, "rb", closefd=False) as given:
        watcher = Watcher(json.loads(given.readline()))
    while True:
        before = time.monotonic()
        if select.select([0], [], [], watcher.tick)[0]:
            return
        watcher.look(time.monotonic() - before)


if __name__ == "__main__":
    main()
