"""A check bound to a pytest run: what the test function receives and calls."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from parity_suite.compare.budgets import budget_for
from parity_suite.contracts.resources import in_checkout
from parity_suite.core.cause import Cause
from parity_suite.core.check import Check
from parity_suite.core.context import seed
from parity_suite.core.finding import SUSPECT_DATA, Finding, Verdict
from parity_suite.core.packs import pack_of
from parity_suite.engine.checks import oracle_spec
from parity_suite.engine.endings import too_long
from parity_suite.engine.runner import anchor_of_oracle
from parity_suite.engine.watchdog.watch import TimeLimit
from parity_suite.laws.snapshot import terms
from parity_suite.plugin.test_outcome import end_test, noted
from parity_suite.snapshots.anchors import Change, anchor_name
from parity_suite.snapshots.baselines import NO_BASELINE, baseline_name

if TYPE_CHECKING:
    from parity_suite.plugin.session import ParitySession


class BoundCheck:
    """``run`` applies the check and ends the test by its finding and the ledger; the finding goes into the record."""

    def __init__(self, check: Check, session: ParitySession) -> None:
        self.check = check
        self.id = check.id
        self._session = session
        self.item: Any = None
        self.finding: Finding | None = None
        self.changes: list[Change] = []

    def __repr__(self) -> str:
        return self.id

    def run(self) -> None:
        """Raises what pytest needs to see: a failure with the finding's text, or a skip with the reason."""
        __tracebackhide__ = True
        if self._session.refusal:
            pytest.fail(self._session.refusal, pytrace=False)
        try:
            finding = self._ask()
        except TimeLimit as limit:
            # What was found before it, as while it was written down, is worth more.
            late = noted(too_long(self.check, self._session.context, limit), self._session.ledger)
            self.finding = finding = self.finding or late
        if finding.cause is Cause.NO_BASELINE and self._session.settings.ci:
            pytest.fail(f"not-run: {NO_BASELINE}; red under CI", pytrace=False)
        end_test(finding, self._session.entry_of(self.check.id))

    def _ask(self) -> Finding:
        if self._writes_anchor:
            self._write_anchor()
        if self._writes_baseline:
            self._write_baseline()
        self.finding = self._warned(noted(self._session.runner.run(self.check), self._session.ledger))
        if self.finding.verdict is not Verdict.NOT_RUN and not self._session.forked:
            self.finding = self._session.keeper.settle(self.check, self.finding)
        return self.finding

    def _warned(self, finding: Finding) -> Finding:
        """With what speaks against the data that it is about."""
        said = self._session.suspects.get(finding.dataset)
        return replace(finding, facts={**finding.facts, SUSPECT_DATA: said}) if said else finding

    @property
    def _writes_anchor(self) -> bool:
        check = self.check
        if not (self._session.updates and in_checkout() and check.law == "snapshot"):
            return False
        return check.specs == (oracle_spec(pack_of(check.stage)),)

    @property
    def _writes_baseline(self) -> bool:
        check = self.check
        return self._session.updates and not seed() and check.law == "baseline" and check.device == "cpu"

    def _write_baseline(self) -> None:
        from parity_suite.plugin.snapshots import BaselineExtension, Store

        check = self.check
        stored = self._session.runner.stored(check)
        if stored is not None:
            store = Store(self.item, BaselineExtension, update=True)
            name = baseline_name(check.stage, check.case, check.subject)
            self.changes = store.hold(name, stored.content, stored.allowed)

    def _write_anchor(self) -> None:
        from parity_suite.plugin.snapshots import AnchorExtension, Store

        check = self.check
        n = terms(self._session.context, check.stage, check.case, check.precision)
        allowed = budget_for(check.stage, check.law, check.precision).allowed(n)
        store = Store(self.item, AnchorExtension, update=True)
        self.changes = store.hold(
            anchor_name(check.stage, check.case.name), anchor_of_oracle(self._session.context, check), allowed
        )
