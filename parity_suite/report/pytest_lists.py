"""What pytest itself shows of checks: nothing of those that cannot run here, and one failure of each cause."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import pytest

from parity_suite.reported import FINDING
from parity_suite.session import ParitySession

if TYPE_CHECKING:
    from parity_suite.compare.run_causes import Trouble

#: Why a check is not run whatever the code does: it takes no place among the characters of progress.
_CANNOT: Final = frozenset({"no-device", "not-provided"})


class PytestLists:
    """Registered where there is a terminal; with ``-v`` pytest shows all that it knows."""

    def __init__(self, session: ParitySession) -> None:
        self._session = session
        self._all_failed: list[Any] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: pytest.TestReport, config: pytest.Config) -> tuple[str, str, str] | None:
        if config.option.verbose > 0 or not getattr(report, "skipped", False):
            return None
        if not any(raw["cause"] in _CANNOT for raw in _findings(report)):
            return None
        # Or the percentage would end where the last check is that ran.
        progress: Any = getattr(config.pluginmanager.get_plugin("terminalreporter"), "_progress_nodeids_reported", None)
        if progress is not None:
            progress.add(getattr(report, "id", report.nodeid))
        return "skipped", "", ""

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(self, terminalreporter: Any) -> Iterator[None]:
        """Nothing is shown of a failure that a cause explains until :meth:`list_one_a_cause`; causes are the end."""
        failed = terminalreporter.stats.get("failed", [])
        troubles = self._troubles()
        if not troubles or terminalreporter.config.option.verbose > 0:
            yield
        else:
            explained = {finding.check for trouble in troubles for finding in trouble.findings}
            self._all_failed = failed
            terminalreporter.stats["failed"] = [one for one in failed if not explained & _checks(one)]
            yield
            terminalreporter.stats["failed"] = failed
        if troubles:
            self._print(troubles, terminalreporter)

    def list_one_a_cause(self, terminal: Any) -> None:
        """Called between pytest's texts of failures and its list of them."""
        shown = {trouble.most_telling.check for trouble in self._troubles()}
        if self._all_failed:
            terminal.stats["failed"] = [*terminal.stats["failed"], *_first_of_each(self._all_failed, shown)]

    def _troubles(self) -> list[Trouble]:
        if not self._session.findings:
            return []
        from parity_suite.compare.run_causes import troubles

        return troubles(self._session.findings)

    def _print(self, troubles: Sequence[Trouble], terminal: Any) -> None:
        from parity_suite.report.causes import cause_lines

        terminal.section("what to mend", red=True)
        for line in cause_lines(troubles, self._session.config.invocation_params.dir):
            terminal.line(line.text, red=line.heading, bold=line.heading)


def _checks(report: Any) -> set[str]:
    return {raw["check"] for raw in _findings(report)}


def _findings(report: Any) -> list[dict[str, Any]]:
    return [raw for name, raw in report.user_properties if name == FINDING]


def _first_of_each(failed: Sequence[Any], checks: set[str]) -> Iterator[Any]:
    left = set(checks)
    for report in failed:
        if found := left & _checks(report):
            left -= found
            yield report
