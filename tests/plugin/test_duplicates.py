"""A check that is reported several times: one finding where they agree, flaky where not, all where machines differ."""

from __future__ import annotations

import json
from typing import Any

import pytest
from test_known_divergences import entry, keep

pytestmark = pytest.mark.usefixtures("failures")

CHECK = "diffract.energy[n16.g2.b5-tiny-cpu-float32]"

#: Runs each test so many times in a row, as pytest-rerunfailures does a test that fails: the last one counts.
RERUN = """
import pytest
from _pytest.runner import runtestprotocol

def pytest_runtest_protocol(item, nextitem):
    for left in (2, 1, 0):
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
        again = left and any(report.failed for report in reports)
        for report in reports:
            if again and report.when == "call":
                report.outcome = "rerun"
            item.ihook.pytest_runtest_logreport(report=report)
        if not again:
            return True
        item._initrequest()
"""

#: A factor that a stage's answer has the first time, or every time but the first.
AT_FIRST = """
class AtFirst(Tiny):
    asked = 0
    def diffract(self, psi):
        type(self).asked += 1
        return super().diffract(psi) * (3 if type(self).asked == 1 else 1)

class Later(Tiny):
    asked = 0
    def diffract(self, psi):
        type(self).asked += 1
        return super().diffract(psi) * (1 if type(self).asked == 1 else 3)
"""


@pytest.fixture
def repeated(stranger: Any) -> Any:
    with (stranger.path / "tiny.py").open("a") as file:
        file.write(AT_FIRST)
    with (stranger.path / "conftest.py").open("a") as file:
        file.write(RERUN)
    stranger.write("pytest.ini", "[pytest]\npythonpath = .\n")
    return stranger


def _recorded(stranger: Any, *arguments: str) -> tuple[Any, list[dict[str, Any]]]:
    """The result of a run, and the findings of its record."""
    result = stranger.run(*arguments, "--parity-report", "out")
    assert "INTERNALERROR" not in result.stdout.str()
    assert "Traceback" not in result.stdout.str() + result.stderr.str()
    record = json.loads((stranger.path / "out/record.json").read_text("utf-8"))
    return result, record["findings"]


def _red(result: Any) -> list[str]:
    return [line.removeprefix("RED: ") for line in result.outlines if line.startswith("RED: ")]


def test_two_modules_with_the_same_checks(stranger: Any) -> None:
    stranger.write("pytest.ini", "[pytest]\npythonpath = .\n")
    stranger.write("second/test_parity.py", (stranger.path / "test_parity.py").read_text("utf-8"))
    result, findings = _recorded(stranger, "--import-mode=importlib")
    assert result.ret == 0
    result.assert_outcomes(passed=16, skipped=40)
    assert len(findings) == len({one["check"] for one in findings}) == 28
    assert {one["machine"] for one in findings} == {""}
    result.stdout.fnmatch_lines(["28 checks: 8 ran, 8 ok, 20 not run"])


def test_a_test_that_is_repeated_and_fails_each_time(repeated: Any) -> None:
    repeated.parity_test("tiny:Unshifted")
    result, findings = _recorded(repeated, "-k", "oracle and diffract and cpu-float32")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert [(one["verdict"], one["cause"]) for one in findings] == [("semantic", "off-budget")]
    assert _red(result) == []


def test_a_test_that_is_repeated_until_it_passes_is_flaky(repeated: Any) -> None:
    repeated.parity_test("tiny:AtFirst")
    result, findings = _recorded(repeated, "-k", "energy and cpu-float32")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(passed=1, deselected=27)
    check = CHECK.replace("tiny", "atfirst")
    assert _red(result) == [f"1 check is flaky, asked more than once with two answers: {check}"]
    (found,) = findings
    assert (found["verdict"], found["cause"]) == ("semantic", "flaky")
    assert found["reason"].startswith("flaky: asked 2 times, it was ok and semantic (off budget): ")


def test_a_known_divergence_that_is_flaky_is_red(repeated: Any) -> None:
    repeated.parity_test("tiny:Later")
    check = CHECK.replace("tiny", "later")
    keep(repeated, entry(check))
    result = repeated.run("-k", "energy and cpu-float32")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(xfailed=1, deselected=27)
    assert _red(result) == [f"1 check is flaky, asked more than once with two answers: {check}"]


def test_each_worker_runs_all_on_one_machine(stranger: Any) -> None:
    result, findings = _recorded(stranger, "-n", "2", "--dist=each")
    assert result.ret == 0
    assert len(findings) == len({one["check"] for one in findings}) == 28
    assert {one["machine"] for one in findings} == {""}


#: A machine of another name on each worker, of which the second computes otherwise.
MACHINES = """
import os
import parity_suite.engine.environment as environment
import tiny

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
before = environment.machine
environment.machine = lambda: {**before(), "cpu": WORKER}
if WORKER == "gw1":
    tiny.Tiny.diffract = tiny.Unshifted.diffract
    tiny.Tiny.illuminate = None
"""


def test_machines_that_differ_are_both_kept(stranger: Any) -> None:
    stranger.write("pytest.ini", "[pytest]\npythonpath = .\n")
    with (stranger.path / "tiny.py").open("a") as file:
        file.write("\nUnshifted.diffract = lambda self, psi, was=Tiny.diffract: was(self, psi)[:, ::-1] * 3\n")
    with (stranger.path / "conftest.py").open("a") as file:
        file.write(MACHINES)
    result, findings = _recorded(stranger, "-n", "2", "--dist=each")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert len(findings) == 56
    verdicts = {one["machine"].partition("cpu ")[2][:3]: one["verdict"] for one in findings if one["check"] == CHECK}
    assert verdicts == {"gw0": "ok", "gw1": "semantic"}
    assert not [line for line in _red(result) if "flaky" in line]
