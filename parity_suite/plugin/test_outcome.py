"""How a test ends by its finding and by what the ledger says of its check."""

from __future__ import annotations

from dataclasses import replace

import pytest

from parity_suite.core.cause import Cause
from parity_suite.core.check import Check
from parity_suite.core.finding import Finding, LedgerNote, Verdict
from parity_suite.ledger import Entry, Ledger, Outcome, today
from parity_suite.ledger.entry import days
from parity_suite.report.failure import render_failure


def noted(finding: Finding, ledger: Ledger | None) -> Finding:
    """The finding with a note of the entry and of what became of it, or of the one that it looks like, where there is
    one and the check ran.
    """
    if ledger is None or finding.verdict is Verdict.NOT_RUN:
        return finding
    entry = ledger.of(finding.check)
    if entry is None:
        return replace(finding, ledger=LedgerNote(looks_like=ledger.looks_like(finding)))
    return replace(finding, ledger=LedgerNote(entry.name, entry.outcome(finding, today())))


def unasked(check: Check, report: pytest.TestReport) -> Finding:
    """The finding of a check whose test ended before it was asked, with pytest's reason."""
    said = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longreprtext.rpartition("\n")[2]
    reason = f"its test ended before it was asked: {' '.join(said.split())}"[:300]
    return check.finding(Verdict.NOT_RUN, reason, cause=Cause.UNASKED)


def end_test(finding: Finding, entry: Entry | None, more: str = "") -> None:
    """Passes, skips, fails or xfails the running test; ``more`` follows the text of a failure."""
    __tracebackhide__ = True
    if finding.verdict is Verdict.NOT_RUN:
        # One line a cause in pytest's own summary; the verdict has the details.
        pytest.skip(f"not-run: {finding.cause.words if finding.cause else finding.reason}")
    failure = "" if finding.passed else "\n".join(filter(None, (render_failure(finding), more)))
    if entry is not None:
        failure = _beside(entry, entry.outcome(finding, today()), finding, failure)
    if failure:
        pytest.fail(failure, pytrace=False)


def _beside(entry: Entry, outcome: Outcome, finding: Finding, failure: str) -> str:
    """The text with which the test fails; does not return where it fails as the entry says."""
    __tracebackhide__ = True
    if outcome is Outcome.AS_SAID:
        pytest.xfail(f"{finding.verdict}, as the ledger says: {entry.terms.line}")
        # Under --runxfail the line above does nothing.
        return failure
    if outcome is Outcome.PASSED:
        said = f"says it fails as {entry.verdict(finding.check)}; it passes: narrow or remove {entry.name}"
        failure = f"  check: {finding.check}"
    elif outcome is Outcome.OTHERWISE:
        said = f"knows it to fail otherwise, in {entry.name}: {entry.differences(finding)}"
    else:
        late, owner = days(-entry.terms.days_left(today())), entry.terms.owner
        said = f"knows it, but {entry.name} expired {late} ago ({owner}): mend the cause or renew it"
    return f"the ledger {said}\n{failure}"
