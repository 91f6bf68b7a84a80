"""What pytest itself shows of checks: nothing of those that cannot run here, and one failure of each cause."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import pytest

from parity_suite.core.check_id import CheckId
from parity_suite.plugin.reported import FINDING
from parity_suite.plugin.session import ParitySession

if TYPE_CHECKING:
    from parity_suite.core.finding import Finding
    from parity_suite.core.run_causes import ToMend

#: Why a check is not run whatever the code does: it takes no place among the characters of progress.
_CANNOT: Final = frozenset({"no-device", "not-provided"})


class PytestLists:
    """Registered where there is a terminal; with ``-v`` pytest shows all that it knows."""

    def __init__(self, session: ParitySession) -> None:
        self._session = session
        self._explained: list[Any] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        cannot = report.skipped and any(raw["cause"] in _CANNOT for raw in _findings(report))
        return ("skipped", "", "SKIPPED") if cannot else None

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(self, terminalreporter: Any) -> Iterator[None]:
        """Nothing is shown of a failure that a cause explains until :meth:`list_one_a_cause`; causes are the end."""
        failed = terminalreporter.stats.get("failed", [])
        mends, mended = self._to_mend(), self._mended()
        if not (mends or mended) or terminalreporter.config.option.verbose > 0:
            yield
        else:
            red = {finding.check: finding for mend in mends for finding in mend.findings}
            self._explained = [one for one in failed if _says_no_more(one, red) or _says_mended(one, mended)]
            hidden = {id(report) for report in self._explained}
            terminalreporter.stats["failed"] = [report for report in failed if id(report) not in hidden]
            try:
                yield
            finally:
                terminalreporter.stats["failed"] = failed
        if mends:
            self._print(mends, terminalreporter)

    def list_one_a_cause(self, terminal: Any) -> None:
        """Called between pytest's texts of failures and its list of them."""
        if self._explained:
            reports = {str(CheckId.within(report.nodeid)): report for report in self._explained}
            firsts = {entry: check for check, entry in reversed(self._mended().items())}
            shown = (*(mend.most_telling.check for mend in self._to_mend()), *reversed(firsts.values()))
            terminal.stats["failed"] += [reports[check] for check in shown if check in reports]

    def _to_mend(self) -> list[ToMend]:
        if not self._session.findings:
            return []
        from parity_suite.laws.mending import told_to_mend

        return told_to_mend(self._session.findings)

    def _mended(self) -> dict[str, str]:
        """Checks that the ledger says fail and that pass, with their entries."""
        accounts = (self._session.ledger_accounts() if self._session.findings else None) or ()
        return {check: one.entry.name for one in accounts for check in one.passed}

    def _print(self, mends: Sequence[ToMend], terminal: Any) -> None:
        from parity_suite.report.causes import cause_lines

        terminal.section("what to mend", red=True)
        for line in cause_lines(mends, self._session.config.invocation_params.dir):
            terminal.line(line.text, red=line.heading, bold=line.heading)


def _findings(report: Any) -> list[dict[str, Any]]:
    # A module that is skipped whole has a report of its collection, which has none.
    return [raw for name, raw in getattr(report, "user_properties", ()) if name == FINDING]


def _says_mended(report: Any, mended: Mapping[str, str]) -> bool:
    """Whether the test of a check failed since the ledger says that it fails, and for nothing else."""
    check = str(CheckId.within(report.nodeid))
    return check in mended and report.longreprtext.endswith(f"remove {mended[check]}\n  check: {check}")


def _says_no_more(report: Any, red: Mapping[str, Finding]) -> bool:
    """Whether the test of a check failed by its finding alone, not by an assertion or a fixture of its author's."""
    from parity_suite.report.failure import render_failure

    finding = red.get(str(CheckId.within(report.nodeid)))
    return finding is not None and report.longreprtext.endswith(render_failure(finding))
