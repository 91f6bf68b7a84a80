"""The state of one pytest run: settings, runner, what was collected, and what was found."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from parity_suite.settings import Settings, read_settings

if TYPE_CHECKING:
    from parity_suite.anchors import Change
    from parity_suite.backends.registry import BackendSpec
    from parity_suite.checks import Check
    from parity_suite.compare.finding import Finding
    from parity_suite.runner import Runner

_KEY = pytest.StashKey["ParitySession"]()

#: Names under which findings and changes travel in a test's user properties, from a worker to the controller.
FINDING, CHANGES = "parity_finding", "parity_changes"


class ParitySession:
    """Made once a process; heavy imports wait until a parity test is collected."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.settings: Settings = read_settings(config)
        self.collected: set[str] = set()
        self.listed: set[str] = set()
        self.specs: dict[str, BackendSpec] = {}
        self.findings: list[Finding] = []
        self.changes: list[Change] = []
        self.environment: dict[str, Any] = {}
        self.refusal = ""
        self._files: list[str] | None = None
        self._runner: Runner | None = None

    @property
    def worker(self) -> bool:
        return hasattr(self.config, "workerinput")

    @property
    def runner(self) -> Runner:
        from parity_suite.runner import Runner

        if self._runner is None:
            self._runner = Runner(self.settings.device, self.settings.update_snapshots)
        return self._runner

    def load_files(self) -> list[str]:
        """Validates the real datasets and makes them known; ``pytest.UsageError`` with all that is wrong."""
        if self._files is None:
            self._files = [self._load_file(path) for path in self.settings.datasets]
            if len(set(self._files)) < len(self._files):
                raise pytest.UsageError("--parity-dataset: two files have the same name")
        return self._files

    def _load_file(self, path: Path) -> str:
        from parity_suite.cases.world import add_file
        from parity_suite.contracts import ContractError
        from parity_suite.datasets.raw_file import load_raw

        try:
            dataset = load_raw(path)
        except (ContractError, OSError) as error:
            raise pytest.UsageError(f"--parity-dataset {path}: {error}") from None
        add_file(dataset)
        return dataset.name

    def checks(self, listed: Sequence[str]) -> tuple[Check, ...]:
        """All checks for the backends of a decorator, or of the settings where it lists none."""
        from parity_suite.backends.registry import resolve
        from parity_suite.checks import enumerate_checks
        from parity_suite.environment import share_threads

        share_threads(int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))
        try:
            specs = resolve(self.settings.backends or tuple(listed))
        except ValueError as error:
            raise pytest.UsageError(str(error)) from None
        if not specs:
            raise pytest.UsageError("no backend: list one in parity_checks, --parity-backend or parity_backends")
        self.specs.update({spec.name: spec for spec in specs})
        checks = enumerate_checks(specs, self.load_files())
        self.collected.update(check.id for check in checks)
        self.listed.update(check.id for check in checks if check.lists)
        return checks

    @property
    def list_path(self) -> Path:
        return self.settings.snapshots / "check-ids.txt"

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Takes the finding out of a report, which under xdist came from a worker."""
        if report.when != "call":
            return
        for name, value in report.user_properties:
            if name == FINDING:
                from parity_suite.compare.finding import Finding

                self.findings.append(Finding.from_json(value))  # type: ignore[arg-type]
            elif name == CHANGES:
                from parity_suite.anchors import Change

                self.changes += [Change.from_json(raw) for raw in value]  # type: ignore[union-attr, arg-type]

    def lost(self) -> list[str]:
        """Ids of the list that this run did not collect."""
        if not self.collected or not self.list_path.is_file():
            return []
        return sorted(set(self.list_path.read_text("utf-8").split()) - self.collected)


def open_session(config: pytest.Config) -> ParitySession:
    """Makes the session of a run and keeps it with the configuration."""
    session = config.stash[_KEY] = ParitySession(config)
    return session


def parity_session(config: pytest.Config) -> ParitySession:
    """The session of a run."""
    return config.stash[_KEY]
