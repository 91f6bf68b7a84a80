"""What the tests of a run reported, from whatever worker."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from parity_suite.compare.finding import Finding

#: Name under which findings travel in a test's user properties, from a worker to the controller.
FINDING: Final = "parity_finding"


class Reported:
    """The tests that came to a report, with what they found."""

    def __init__(self) -> None:
        self.tests: set[str] = set()
        #: tests that failed, and the checks of those tests
        self.failed: set[str] = set()
        #: tests that were skipped
        self.skipped: set[str] = set()
        #: the machine of each worker that came to its end
        self.machines: dict[str, str] = {}
        #: what tests found, each with the worker that said so
        self._found: dict[str, list[tuple[str, Finding]]] = {}

    def add(self, report: pytest.TestReport) -> None:
        """Takes the findings out of a report; one of a test that is repeated has none of another attempt."""
        self.tests.add(report.nodeid)
        if report.failed:
            self.failed.add(report.nodeid)
        if report.skipped:
            self.skipped.add(report.nodeid)
        # As xdist calls the worker that a report came from.
        worker = getattr(report, "node", None)
        properties: list[tuple[str, Any]] = report.user_properties
        for raw in (value for name, value in properties if name == FINDING):
            from parity_suite.compare.finding import Finding

            found = Finding.from_json(raw)
            self._found.setdefault(report.nodeid, []).append((worker.gateway.id if worker else "", found))
            if report.failed:
                self.failed.add(found.check)

    @property
    def finders(self) -> set[str]:
        """The tests that found something."""
        return set(self._found)

    @property
    def findings(self) -> list[Finding]:
        """What was found, once for each check and machine."""
        return self._merged(chain.from_iterable(self._found.values())) if self._found else []

    def of(self, test: str) -> list[Finding]:
        """What one test found."""
        return self._merged(self._found.get(test, ()))

    def _merged(self, reported: Iterable[tuple[str, Finding]]) -> list[Finding]:
        from parity_suite.duplicates import merged

        # A worker that died did not say where it was: most likely where another one is.
        elsewhere = next(iter(self.machines.values()), "")
        return merged((self.machines.get(worker, elsewhere), finding) for worker, finding in reported)
