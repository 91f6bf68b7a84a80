"""The state of one pytest run: settings, runner, what was collected, and what was found."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import pytest

from parity_suite.core.context import RunContext
from parity_suite.core.id_list import FILE_NAME
from parity_suite.plugin.reported import Reported
from parity_suite.plugin.selection import Selection
from parity_suite.plugin.settings import Settings, read_settings

if TYPE_CHECKING:
    from parity_suite.core.backend_spec import BackendSpec
    from parity_suite.core.finding import Finding
    from parity_suite.core.journal import RecordJournal
    from parity_suite.core.run_facts import RunFacts
    from parity_suite.engine.runner import Runner
    from parity_suite.ledger import Entry, Ledger
    from parity_suite.ledger.account import Account
    from parity_suite.plugin.real_data import Tried
    from parity_suite.replay.keeper import FailureWriter
    from parity_suite.snapshots.lost import Lost, Seen
    from parity_suite.snapshots.update_journal import UpdateJournal

#: Under these the controller tells a worker which real datasets are suspect, and of which run it is.
SUSPECTS: Final = "parity_suspects"
RUN_NAME: Final = "parity_run_name"

_KEY = pytest.StashKey["ParitySession"]()


class ParitySession:
    """Made once a process; heavy imports wait until a parity test is collected."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self._process = os.getpid()
        self.settings: Settings = read_settings(config)
        self.context = RunContext()
        self.collected: set[str] = set()
        self.listed: set[str] = set()
        self.specs: dict[str, BackendSpec] = {}
        self.environment: dict[str, Any] = {}
        self.refusal = ""
        #: what could not be written, with the reason
        self.unwritten: list[str] = []
        #: the same of what only shows the record
        self.unrendered: list[str] = []
        #: baselines that an update took away, since no test holds them any more
        self.removed: list[str] = []
        #: None where there is no file of known divergences
        self.ledger: Ledger | None = None
        #: tests that hold baselines of their own: the ids of their checks are known only where they ran
        self.unlisted_tests: set[str] = set()
        self.reported = Reported()
        self.selection = Selection()
        #: the same of tests of the selftest, which are no parity tests
        self.selftests = Selection()
        #: whether tests were to be run, which ``--fixtures`` does not want
        self.begun = False
        #: tests that were to run and never came to a report, with their checks
        self.silent: dict[str, str] = {}
        told = getattr(config, "workerinput", {})
        #: by name of a real dataset, what speaks against it
        self.suspects: dict[str, str] = told.get(SUSPECTS, {})
        #: by which the processes of one run know that they are of it; the workers are told it too
        self.run_name: str = told.get(RUN_NAME) or uuid4().hex
        #: whether packs were given their options
        self.options_taken = False
        #: the packs of the real datasets by their names, once they were read, and what became of each
        self.files: Mapping[str, str] | None = None
        self.tried: list[Tried] = []
        self._runner: Runner | None = None
        self._keeper: FailureWriter | None = None

    @property
    def worker(self) -> bool:
        return hasattr(self.config, "workerinput")

    @property
    def forked(self) -> bool:
        """Whether this is a copy of the process of the run, which has nothing to say of it and writes nothing."""
        return os.getpid() != self._process

    @property
    def updates(self) -> bool:
        """Whether this process writes snapshots anew."""
        return self.settings.update_snapshots and not self.forked

    @property
    def concerned(self) -> bool:
        """Whether this run had parity checks, or should have had."""
        had = self.reported.finders or self.collected or self.selftests or self.settings.require or self.lost
        return bool(had) or self.asked_for_report

    @property
    def asked_for_report(self) -> bool:
        """Whether this run is to have a record, be there checks or not."""
        return self.settings.report is not None and self.asks_for("--parity-report")

    def asks_for(self, option: str) -> bool:
        """Whether an option that is set is meant for this run, be it typed or, in a file or a variable, for any that is
        whole.
        """
        typed = any(str(one).partition("=")[0] == option for one in self.config.invocation_params.args)
        return typed or not self.partial

    @property
    def runner(self) -> Runner:
        from parity_suite.engine.artifacts import ArtifactWriter
        from parity_suite.engine.policy import Policy
        from parity_suite.engine.runner import Runner

        if self._runner is None:
            settings = self.settings
            within = settings.within("report") if settings.report else None
            shown = ArtifactWriter(settings.report, settings.dumps, within, self.unwritten)
            policy = Policy(settings.device, settings.update_snapshots)
            self._runner = Runner(self.context, policy, shown)
        return self._runner

    @property
    def keeper(self) -> FailureWriter:
        """Writes failures, at most so many a process."""
        from parity_suite.replay.keeper import FailureWriter

        if self._keeper is None:
            settings, start = self.settings, self.config.invocation_params.dir
            self._keeper = FailureWriter(
                self.context,
                settings.failures,
                settings.root,
                start,
                settings.within("failures") if settings.failures else None,
            )
        return self._keeper

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

    def use_folders(self) -> None:
        """Says to the run where synthetic datasets and baselines lie."""
        from parity_suite.cases.datasets import Datasets
        from parity_suite.snapshots.baselines import Baselines

        self.context.part(Datasets).folder = self.fixture_folder
        self.context.part(Baselines).folder = self.settings.snapshots

    @property
    def fixture_folder(self) -> Path | None:
        """Where all processes of this run, and later ones, find the synthetic datasets; None without pytest's cache."""
        from parity_suite.plugin.places import personal_folder

        cache = getattr(self.config, "cache", None)
        try:
            return Path(cache.mkdir("parity-fixtures")) if cache else None
        except OSError:
            personal = personal_folder(self.settings.root)
            return personal and personal / "fixtures"

    @cached_property
    def record_journal(self) -> RecordJournal:
        from parity_suite.core.journal import RecordJournal

        return RecordJournal(self.settings.report, self.settings.report and self.settings.within("report"))

    @cached_property
    def journal(self) -> UpdateJournal:
        from parity_suite.snapshots.update_journal import UpdateJournal

        return UpdateJournal(self.settings.snapshots, self.run_name, self.settings.within("snapshots"))

    @property
    def list_path(self) -> Path:
        return self.settings.snapshots / FILE_NAME

    @cached_property
    def lost(self) -> Lost:
        """What this run lost, known once it has ended and before it writes anything."""
        from parity_suite.snapshots.lost import Lost, lost_of

        concerned = self.collected or self.unlisted_tests or not self.partial
        return lost_of(self.list_path, self.seen) if concerned else Lost()

    @property
    def selections(self) -> tuple[Selection, Selection]:
        return self.selection, self.selftests

    @property
    def cut(self) -> dict[str, str]:
        """The tests that a plugin took out without a word, in a run that is not said to be a part."""
        return {} if self.settings.shard or self.refusal else self.selection.cut | self.selftests.cut

    def find_silent(self, run: pytest.Session) -> None:
        """Finds the tests that were to run and never came to a report; a run that was told to stop owes none."""
        from parity_suite.core.cause import Cause

        told = run.shouldfail or run.shouldstop or run.exitstatus == pytest.ExitCode.INTERRUPTED
        if self.begun and not told:
            for selection in self.selections:
                self.silent |= selection.silent(self.reported)
        reasons = {"was taken out of the run without a word": self.cut, "never came to a report": self.silent}
        for reason, tests in reasons.items():
            for test, check in tests.items():
                if check:
                    self.reported.add_error(test, check, Cause.UNREPORTED, f"its test {reason}")

    @property
    def seen(self) -> Seen:
        """What this run says of each id of the list."""
        from parity_suite.snapshots.lost import Seen

        return Seen(
            listed=self.listed,
            collected=self.collected,
            findings=self.findings,
            held={test: self.reported.of(test) for test in self.unlisted_tests},
            failed=self.reported.failed,
            skipped=self.reported.skipped,
            partial=self.partial,
            require=self.settings.require,
        )

    @property
    def facts(self) -> RunFacts:
        """What this run set out to ask, for whoever tells by it what is missing."""
        from parity_suite.contracts.holding import printable
        from parity_suite.core.run_facts import HeldTest, RunFacts

        settings, reported = self.settings, self.reported
        shard, ledger = settings.shard, settings.ledger
        return RunFacts(
            collected=len(self.collected),
            shards=["{}/{}".format(*shard)] if shard else [],
            named=self.partial,
            backends=sorted(self.specs),
            required=settings.require,
            tests=[
                HeldTest(printable(test), reported.outcome(test), tuple(one.check for one in reported.of(test)))
                for test in sorted(self.unlisted_tests)
            ],
            failed=sorted(one.check for one in self.findings if not one.red and one.check in reported.failed),
            snapshots=os.path.relpath(settings.snapshots, settings.root),
            ledger=os.path.relpath(ledger, settings.root) if ledger else "",
        )

    @property
    def findings(self) -> list[Finding]:
        """What was found, once for each check and machine."""
        return self.reported.findings

    @property
    def excused(self) -> list[str]:
        """The checks that this run does not let pass and whose tests did not fail."""
        return [one.check for one in self.findings if one.check not in self.reported.failed and self._must_fail(one)]

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Notes that a test begins, which under xdist a worker says."""
        if not (self.worker or self.forked):
            self.record_journal.begin(nodeid, asked=self.asked_for_report)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Takes what a test says out of its report, which under xdist came from a worker."""
        self.reported.take(report)

    def _must_fail(self, found: Finding) -> bool:
        """Whether a finding fails its test, whatever marks stand above it."""
        from parity_suite.core.cause import Cause
        from parity_suite.ledger import Outcome

        if found.red:
            return not found.known and found.cause not in (Cause.FLAKY, Cause.UNREPORTED)
        missing = self.settings.ci and found.cause is Cause.NO_BASELINE
        return missing or found.ledger.outcome is Outcome.PASSED

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
