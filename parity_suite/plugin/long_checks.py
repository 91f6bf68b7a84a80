"""A line for each check that takes long, while it runs."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Event, Thread
from time import monotonic
from typing import Any, Final

import pytest

from parity_suite.core.check_id import CheckId

#: Seconds after which a check is named; then again each time it has taken twice as long.
LONG: Final = 20.0
#: Seconds between two looks.
_LOOK: Final = 1.0


@dataclass
class _Running:
    began: float
    #: seconds after which it is named next
    due: float


class LongChecks:
    """Registered where there is a terminal; under xdist it hears from the workers when a check begins and ends."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._running: dict[str, _Running] = {}
        self._ended = Event()
        self._thread: Thread | None = None

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        from parity_suite.engine.watchdog.watch import debugged

        if CheckId.within(nodeid) is None or debugged(self._config):
            return
        self._running[nodeid] = _Running(monotonic(), LONG)
        if self._thread is None:
            self._thread = Thread(target=self._look, name="parity long checks", daemon=True)
            self._thread.start()

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self._running.pop(nodeid, None)

    def pytest_sessionfinish(self) -> None:
        self._ended.set()

    def _look(self) -> None:
        while not self._ended.wait(_LOOK):
            # A copy, since tests begin and end meanwhile.
            for nodeid, one in list(self._running.items()):
                taken = monotonic() - one.began
                if taken >= one.due:
                    one.due *= 2
                    self._say(f"{CheckId.within(nodeid)}: {taken:.0f} s, still running")

    def _say(self, line: str) -> None:
        terminal: Any = self._config.pluginmanager.get_plugin("terminalreporter")
        if terminal:
            terminal.ensure_newline()
            terminal.write_line(line)
