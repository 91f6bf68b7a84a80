"""What a worker of xdist leaves that is ended in a check beyond its limit, and what the controller makes of it."""

from __future__ import annotations

import re
import tempfile
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from parity_suite.plugin.reported import FINDING
from parity_suite.plugin.session import ParitySession
from parity_suite.plugin.time_limit import WORD

if TYPE_CHECKING:
    from parity_suite.core.check_id import CheckId
    from parity_suite.core.finding import Finding
    from parity_suite.core.way import Raised
    from parity_suite.engine.watchdog.ended import Ended

#: Of a stack as faulthandler writes it, the innermost line first.
_LINE: Final = re.compile(r'^  File "(.+)", line (\d+) in (.+?)$', re.MULTILINE)


class LastWords:
    """Registered on xdist's controller."""

    def __init__(self, session: ParitySession) -> None:
        self._session = session

    @cached_property
    def _words(self) -> tempfile.TemporaryDirectory[str]:
        """Where a worker that is ended leaves word, in a file of its name."""
        return tempfile.TemporaryDirectory(prefix="parity-words-")

    def _word(self, node: Any) -> Path:
        return Path(self._words.name) / f"{node.gateway.id}.json"

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        # A worker on another machine can leave nothing here.
        if node.gateway.spec.popen:
            node.workerinput[WORD] = str(self._word(node))

    @pytest.hookimpl(optionalhook=True)
    def pytest_handlecrashitem(self, crashitem: str, report: pytest.TestReport) -> None:
        """Of a worker that died otherwise xdist's own report says as much as is known."""
        from parity_suite.core.check_id import CheckId
        from parity_suite.engine.watchdog.ended import Ended

        ended = Ended.read(self._word(report.node), crashitem)
        if ended is None:
            return
        report.longrepr = f"{report.longrepr}: {ended.reason}\n{ended.stack}"
        if check := CheckId.within(crashitem):
            self._report(report, check, ended)

    def _report(self, report: pytest.TestReport, check: CheckId, ended: Ended) -> None:
        from parity_suite.plugin.test_outcome import noted
        from parity_suite.report.failure import render_failure

        finding = noted(_finding(check, ended), self._session.ledger)
        report.when = "call"
        report.longrepr = f"{render_failure(finding)}\n{report.longrepr}"
        report.user_properties.append((FINDING, finding.to_json()))

    def pytest_unconfigure(self) -> None:
        self._words.cleanup()


def _finding(check: CheckId, ended: Ended) -> Finding:
    from parity_suite.core.cause import Cause
    from parity_suite.core.finding import Finding, Verdict

    place = (check.stage, check.law, check.case, check.subject, check.device, check.precision)
    raised = _stopped_at(ended)
    reason, cause = f"{raised.type}: {raised.message}", Cause.EXCEPTION
    return Finding(
        str(check), *place, Verdict.ERROR, reason, check.stage, cause=cause, raised=raised, seconds=ended.seconds
    )


def _stopped_at(ended: Ended) -> Raised:
    """The innermost line of the user's code, else of a backend of the suite's, else of all."""
    from parity_suite.backends.raised import importable, is_installed
    from parity_suite.core.way import Raised

    current = ended.stack.rpartition("Current thread")[2] or ended.stack
    lines = [(file, int(line), function) for file, line, function in _LINE.findall(current)]
    if not lines:
        return Raised("TimeLimit", ended.reason)
    suite = Path(__file__).parents[1]
    own = [one for one in lines if not is_installed(Path(one[0])) and not Path(one[0]).is_relative_to(suite)]
    backends = [one for one in lines if Path(one[0]).is_relative_to(suite / "backends")]
    file, line, function = (own or backends or lines)[0]
    return Raised("TimeLimit", ended.reason, importable(file), line, function)
