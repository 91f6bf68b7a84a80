"""What the tests of a run reported, from whatever worker."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import pytest

from parity_suite.core.check_id import CheckId

if TYPE_CHECKING:
    from parity_suite.core.cause import Cause
    from parity_suite.core.finding import Finding
    from parity_suite.selftest.sighting import MutantResult
    from parity_suite.snapshots.anchors import Change

#: Names under which what a test says travels in its user properties, from a worker to the controller.
FINDING: Final = "parity_finding"
CHANGES: Final = "parity_changes"
SIGHTINGS: Final = "parity_sightings"


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
        #: the tests that each worker reported
        self.by_worker: dict[str, set[str]] = {}
        #: what tests found, each with the worker that said so
        self._found: dict[str, list[tuple[str, Finding]]] = {}
        self._findings: list[Finding] | None = None
        self.changes: list[Change] = []
        self.sightings: list[MutantResult] = []
        #: whether a test of the selftest was to run
        self.selftested = False

    def take(self, report: pytest.TestReport) -> None:
        """Takes what a report of pytest says of a test, if it says how the test ended."""
        if report.when == "teardown" or (report.when == "setup" and report.passed):
            return
        self.add(report)
        # A test whose worker died has a report of xdist's own, of no phase of pytest's.
        if report.when not in ("setup", "call") and (check := CheckId.within(report.nodeid)):
            from parity_suite.core.cause import Cause

            self.add_error(report.nodeid, str(check), Cause.CRASHED, " ".join(report.longreprtext.split()))
            self.failed.add(str(check))
        self.selftested = self.selftested or "parity_selftest" in report.keywords
        self._take_changes(report)

    def _take_changes(self, report: pytest.TestReport) -> None:
        properties: list[tuple[str, Any]] = report.user_properties
        for name, value in properties:
            if name == CHANGES:
                from parity_suite.snapshots.anchors import Change

                self.changes += [Change.from_json(raw) for raw in value]
            elif name == SIGHTINGS:
                from parity_suite.selftest.sighting import MutantResult

                self.sightings += [MutantResult.from_json(raw) for raw in value]

    def add_error(self, test: str, check: str, cause: Cause, reason: str) -> None:
        """Adds the finding of a check that could not say anything itself."""
        from parity_suite.core.finding import Finding, Verdict

        part = CheckId.parse(check)
        place = (part.stage, part.law, part.case, part.subject, part.device, part.precision)
        finding = Finding(check, *place, Verdict.ERROR, reason, blame=part.stage, cause=cause)
        self._add_found(test, "", finding)

    def add(self, report: pytest.TestReport) -> None:
        """Takes the findings out of a report; one of a test that is repeated has none of another attempt."""
        self.tests.add(report.nodeid)
        if report.failed:
            self.failed.add(report.nodeid)
        if report.skipped:
            self.skipped.add(report.nodeid)
        # As xdist calls the worker that a report came from.
        worker = getattr(report, "node", None)
        if worker:
            self.by_worker.setdefault(worker.gateway.id, set()).add(report.nodeid)
        properties: list[tuple[str, Any]] = report.user_properties
        for raw in (value for name, value in properties if name == FINDING):
            from parity_suite.core.finding import Finding

            found = Finding.from_json(raw)
            self._add_found(report.nodeid, worker.gateway.id if worker else "", found)
            if report.failed:
                self.failed.add(found.check)

    def add_machine(self, worker: str, machine: str) -> None:
        """Notes where a worker ran, which it says at its end."""
        self.machines[worker] = machine
        self._findings = None

    def _add_found(self, test: str, worker: str, finding: Finding) -> None:
        self._found.setdefault(test, []).append((worker, finding))
        self._findings = None

    @property
    def finders(self) -> set[str]:
        """The tests that found something."""
        return set(self._found)

    @property
    def findings(self) -> list[Finding]:
        """What was found, once for each check and machine."""
        if self._findings is None:
            self._findings = self._merged(chain.from_iterable(self._found.values())) if self._found else []
        return list(self._findings)

    def of(self, test: str) -> list[Finding]:
        """What one test found."""
        return self._merged(self._found.get(test, ()))

    def outcome(self, test: str) -> str:
        """How one test ended: ``passed``, ``failed`` or ``skipped``; empty where it came to no report."""
        if test in self.failed:
            return "failed"
        return "skipped" if test in self.skipped else "passed" * (test in self.tests)

    def _merged(self, reported: Iterable[tuple[str, Finding]]) -> list[Finding]:
        from parity_suite.core.duplicates import merged

        # A worker that died did not say where it was: most likely where another one is.
        elsewhere = next(iter(self.machines.values()), "")
        return merged((self.machines.get(worker, elsewhere), finding) for worker, finding in reported)


def begin(item: pytest.Item) -> None:
    """Takes out of a test what it found before, where it is repeated."""
    ours = (FINDING, CHANGES, SIGHTINGS)
    item.user_properties[:] = [one for one in item.user_properties if one[0] not in ours]


def attach(item: pytest.Item, finding: Finding | None, changes: Iterable[Change] = ()) -> None:
    """Puts what a test found into its report, which reaches the controller from any worker."""
    if finding is not None:
        item.user_properties.append((FINDING, finding.to_json()))
    if changes := list(changes):
        item.user_properties.append((CHANGES, [change.to_json() for change in changes]))


def attach_sightings(item: pytest.Item, sightings: Iterable[MutantResult]) -> None:
    """The same of a test of the selftest."""
    item.user_properties.append((SIGHTINGS, [sighting.to_json() for sighting in sightings]))
