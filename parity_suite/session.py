"""The state of one pytest run: settings, runner, what was collected, and what was found."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from parity_suite.check_id import CheckId
from parity_suite.context import RunContext
from parity_suite.settings import Settings, read_settings

if TYPE_CHECKING:
    from parity_suite.anchors import Change
    from parity_suite.backends.registry import BackendSpec
    from parity_suite.checks import Check
    from parity_suite.compare.finding import Finding
    from parity_suite.ledger import Entry, Ledger
    from parity_suite.ledger.account import Account
    from parity_suite.replay.keeper import Keeper
    from parity_suite.runner import Runner
    from parity_suite.selftest.sighting import Sighting
    from parity_suite.update_journal import UpdateJournal

_KEY = pytest.StashKey["ParitySession"]()

#: Names under which findings and changes travel in a test's user properties, from a worker to the controller.
FINDING, CHANGES, SIGHTINGS = "parity_finding", "parity_changes", "parity_sightings"


class ParitySession:
    """Made once a process; heavy imports wait until a parity test is collected."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.settings: Settings = read_settings(config)
        self.context = RunContext()
        self.collected: set[str] = set()
        self.listed: set[str] = set()
        self.specs: dict[str, BackendSpec] = {}
        self.findings: list[Finding] = []
        self.changes: list[Change] = []
        self.sightings: list[Sighting] = []
        #: whether a test of the selftest was to run
        self.selftested = False
        self.environment: dict[str, Any] = {}
        self.refusal = ""
        #: what could not be written, with the reason
        self.unwritten: list[str] = []
        #: baselines that an update took away, since no test holds them any more
        self.removed: list[str] = []
        #: None where there is no file of known divergences
        self.ledger: Ledger | None = None
        #: tests that hold baselines of their own: the ids of their checks are known only where they ran
        self.unlisted_tests: set[str] = set()
        self.reported: set[str] = set()
        #: tests that found something
        self.found: set[str] = set()
        #: checks that a run does not let pass, whose tests did not fail
        self.excused: list[str] = []
        self._files: list[str] | None = None
        self._runner: Runner | None = None
        self._keeper: Keeper | None = None

    @property
    def worker(self) -> bool:
        return hasattr(self.config, "workerinput")

    @property
    def concerned(self) -> bool:
        """Whether this run had parity checks, or should have had."""
        had = self.findings or self.collected or self.settings.require or self.lost()
        return bool(had) or (self.settings.report is not None and self.asks_for("--parity-report"))

    def asks_for(self, option: str) -> bool:
        """Whether an option that is set is meant for this run, be it typed or, in a file or a variable, for any that is
        whole.
        """
        typed = any(str(one).partition("=")[0] == option for one in self.config.invocation_params.args)
        return typed or not self.partial

    @property
    def runner(self) -> Runner:
        from parity_suite.exhibition import Exhibition
        from parity_suite.policy import Policy
        from parity_suite.runner import Runner

        if self._runner is None:
            settings = self.settings
            within = settings.within("report") if settings.report else None
            shown = Exhibition(settings.report, settings.dumps, within, self.unwritten)
            policy = Policy(settings.device, settings.update_snapshots, settings.translations)
            self._runner = Runner(self.context, policy, shown)
        return self._runner

    @property
    def keeper(self) -> Keeper:
        """Writes failures, at most so many a process."""
        from parity_suite.replay.keeper import Keeper

        if self._keeper is None:
            settings, start = self.settings, self.config.invocation_params.dir
            self._keeper = Keeper(
                self.context,
                settings.failures,
                settings.root,
                start,
                settings.translations,
                settings.within("failures") if settings.failures else None,
            )
        return self._keeper

    def load_files(self) -> list[str]:
        """Validates the real datasets and makes them known; ``pytest.UsageError`` with all that is wrong."""
        if self._files is None:
            self._files = [self._load_file(path) for path in self.settings.datasets]
            if len(set(self._files)) < len(self._files):
                raise pytest.UsageError("--parity-dataset: two files have the same name")
        return self._files

    def known_backends(self) -> None:
        """Refuses settings that name no backend, before anything is collected."""
        if self.settings.backends:
            from parity_suite.backends.registry import resolve

            try:
                resolve(self.settings.backends)
            except ValueError as error:
                raise pytest.UsageError(str(error)) from None

    def use_thresholds(self) -> None:
        """Takes the user's thresholds over, and refuses what names none, before anything is collected."""
        from parity_suite.learning.thresholds import ThresholdError, Thresholds

        try:
            self.context.part(Thresholds).override(self.settings.thresholds)
        except ThresholdError as error:
            raise pytest.UsageError(str(error)) from None

    def load_ledger(self) -> None:
        """Reads the known divergences; ``pytest.UsageError`` with all that is wrong, before anything is collected."""
        if self.settings.ledger is None:
            return
        from parity_suite.contracts import ContractError
        from parity_suite.ledger import read_ledger, today

        try:
            self.ledger = read_ledger(self.settings.ledger, today())
        except (ContractError, OSError) as error:
            raise pytest.UsageError(f"parity_ledger: {error}") from None

    def entry_of(self, check: str) -> Entry | None:
        """What the ledger says of a check, None where it says nothing."""
        return self.ledger.of(check) if self.ledger else None

    def ledger_accounts(self) -> list[Account] | None:
        """What became of each entry; None without a ledger."""
        if self.ledger is None:
            return None
        from parity_suite.ledger import today
        from parity_suite.ledger.account import accounts

        return accounts(self.ledger, self.findings, today())

    def _load_file(self, path: Path) -> str:
        from parity_suite.cases.world import Datasets
        from parity_suite.contracts import ContractError
        from parity_suite.contracts.limits import Limits
        from parity_suite.datasets.raw_file import load_raw

        try:
            dataset = load_raw(path, Limits(max_bytes=self.settings.limit))
        except (ContractError, OSError) as error:
            raise pytest.UsageError(f"--parity-dataset {path}: {error}") from None
        self.context.part(Datasets).add(dataset)
        return dataset.name

    def checks(self, listed: Sequence[str]) -> tuple[Check, ...]:
        """All checks for the backends named for this run, else those of a decorator, else those of the settings.

        ``pytest.Collector.CollectError`` where the list cannot be used.
        """
        from parity_suite.checks import enumerate_checks

        specs = self.resolved(listed)
        for spec in specs:
            if self.specs.setdefault(spec.name, spec) != spec:
                raise pytest.Collector.CollectError(
                    f"two backends are called {spec.name!r}: tell them apart as other_name=module:Class"
                )
        self.use_folders()
        checks = enumerate_checks(specs, self.load_files())
        self.collected.update(check.id for check in checks)
        self.listed.update(check.id for check in checks if check.lists)
        return checks

    def resolved(self, listed: Sequence[str]) -> tuple[BackendSpec, ...]:
        """The backends of a decorator as :meth:`checks` takes them."""
        from parity_suite.backends.registry import resolve
        from parity_suite.environment import share_threads

        share_threads(int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))
        chosen = self.settings.backends if self.settings.asked else tuple(listed) or self.settings.backends
        try:
            specs = resolve(chosen)
        except ValueError as error:
            raise pytest.Collector.CollectError(str(error)) from None
        if not specs:
            raise pytest.Collector.CollectError(
                "no backend: list one in parity_checks, --parity-backend or parity_backends"
            )
        return specs

    def use_folders(self) -> None:
        """Says to the run where synthetic datasets and baselines lie."""
        from parity_suite.cases.world import Datasets
        from parity_suite.laws.trained import Baselines

        self.context.part(Datasets).folder = self.fixture_folder
        self.context.part(Baselines).folder = self.settings.snapshots

    @property
    def fixture_folder(self) -> Path | None:
        """Where all processes of this run, and later ones, find the synthetic datasets; None without pytest's cache."""
        from parity_suite.places import personal_folder

        cache = getattr(self.config, "cache", None)
        try:
            return Path(cache.mkdir("parity-fixtures")) if cache else None
        except OSError:
            personal = personal_folder(self.settings.root)
            return personal and personal / "fixtures"

    @cached_property
    def journal(self) -> UpdateJournal:
        from parity_suite.update_journal import UpdateJournal

        shared = getattr(self.config, "workerinput", {}).get("testrunuid")
        return UpdateJournal(self.settings.snapshots, shared or uuid4().hex, self.settings.within("snapshots"))

    @property
    def list_path(self) -> Path:
        return self.settings.snapshots / "check-ids.txt"

    @staticmethod
    def attach(item: pytest.Item, finding: Finding | None, changes: Sequence[Change] = ()) -> None:
        """Puts what a test found into its report, which reaches the controller from any worker."""
        if finding is not None:
            item.user_properties.append((FINDING, finding.to_json()))
        if changes:
            item.user_properties.append((CHANGES, [change.to_json() for change in changes]))

    @staticmethod
    def attach_sightings(item: pytest.Item, sightings: Sequence[Sighting]) -> None:
        """The same of a test of the selftest."""
        item.user_properties.append((SIGHTINGS, [sighting.to_json() for sighting in sightings]))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Takes the finding out of a report, which under xdist came from a worker."""
        if report.when != "call" and not (report.when == "setup" and not report.passed):
            return
        self.reported.add(report.nodeid)
        self.selftested = self.selftested or "parity_selftest" in report.keywords
        properties: list[tuple[str, Any]] = report.user_properties
        for name, value in properties:
            if name == FINDING:
                from parity_suite.compare.finding import Finding

                found = Finding.from_json(value)
                self.findings.append(found)
                self.found.add(report.nodeid)
                if not report.failed and self._must_fail(found):
                    self.excused.append(found.check)
            elif name == CHANGES:
                from parity_suite.anchors import Change

                self.changes += [Change.from_json(raw) for raw in value]
            elif name == SIGHTINGS:
                from parity_suite.selftest.sighting import Sighting

                self.sightings += [Sighting.from_json(raw) for raw in value]

    def _must_fail(self, found: Finding) -> bool:
        """Whether a finding fails its test, whatever marks stand above it."""
        from parity_suite.compare.cause import Cause
        from parity_suite.ledger import Outcome

        if found.red:
            return not found.known
        missing = self.settings.ci and found.cause is Cause.NO_BASELINE
        return missing or found.ledger.outcome is Outcome.PASSED

    def listed_before(self) -> set[str]:
        """Ids of the stored list."""
        return set(self.list_path.read_text("utf-8").split()) if self.list_path.is_file() else set()

    def lost(self) -> list[str]:
        """Ids of the list that this run should have collected and did not.

        A run of named files, or of backends named for it, answers for the subjects that it has; any other for all.
        """
        before = self.listed_before()
        if self.partial:
            have = {CheckId.parse(check).subject for check in self.collected}
            before = {check for check in before if CheckId.parse(check).subject in have}
        return sorted(before - self.collected)

    @property
    def partial(self) -> bool:
        """Whether the command line leaves out files or backends; ``-k`` and ``-m`` come after collection and do not."""
        config, option = self.config, self.config.option
        elsewhere = config.invocation_params.dir != config.rootpath
        named = config.args_source is pytest.Config.ArgsSource.ARGS
        ignoring = bool(option.ignore or option.ignore_glob or getattr(option, "lf", False))
        return named or elsewhere or ignoring or self.settings.asked


def open_session(config: pytest.Config) -> ParitySession:
    """Makes the session of a run and keeps it with the configuration."""
    session = config.stash[_KEY] = ParitySession(config)
    return session


def parity_session(config: pytest.Config) -> ParitySession:
    """The session of a run."""
    return config.stash[_KEY]
