"""A check that takes too long, or whose process dies, is an error and costs no other check."""

from __future__ import annotations

import json
import signal
import time
from collections import Counter
from typing import Any

import pytest
from processes import gone
from thinning import thinned

from parity_suite.core.check_id import CheckId
from parity_suite.core.journal import unfinished
from parity_suite.plugin.time_limit import DEFAULT, limit_of

pytestmark = pytest.mark.usefixtures("failures")

HANGS = """
import itertools, os, signal, threading, time
from collections import deque
from pathlib import Path
from tiny import Tiny, Unshifted

class Loop(Tiny):
    def diffract(self, psi):
        while True:
            try:
                time.monotonic()
            except Exception:
                pass

class Sleep(Tiny):
    def diffract(self, psi):
        time.sleep(60)

class Locked(Tiny):
    def diffract(self, psi):
        lock = threading.Lock()
        lock.acquire()
        lock.acquire()

class Late(Unshifted):
    def diffract(self, psi):
        if Path("late").exists():
            time.sleep(60)
        return super().diffract(psi)

class Held(Tiny):
    def diffract(self, psi):
        # Never back in the interpreter's loop, where a signal would be heard and the GIL be given away.
        deque(itertools.repeat(0), maxlen=0)

class Swallows(Tiny):
    def diffract(self, psi):
        while True:
            try:
                time.sleep(60)
            except BaseException:
                pass

class Waits(Tiny):
    def diffract(self, psi):
        from parity_suite.backends.forked_process import ask_forked_process
        folder = Path("asked")
        folder.mkdir(exist_ok=True)
        ask_forked_process("lingers:linger", {}, folder, 60, ["lingers"])

class Left(Tiny):
    def diffract(self, psi):
        os._exit(0)

class Killed(Tiny):
    def diffract(self, psi):
        os.kill(os.getpid(), signal.SIGKILL)
"""

LINGERS = """
import os, time

def linger(given, folder):
    (folder / "process").write_text(str(os.getpid()))
    time.sleep(60)
"""

FIXTURES = """
import time
import numpy as np
import pytest
from parity_suite import parity_selftest

@pytest.fixture(scope="session")
def slow_to_begin():
    with open("begun_to_begin", "a") as file:
        file.write("once\\n")
    time.sleep(60)

@pytest.fixture
def slow_to_end():
    yield
    time.sleep(60)

def test_begin(slow_to_begin, parity_baseline):
    parity_baseline("begin", np.arange(4.0), backend="mine", case="four", budget=1e-3)

def test_begin_too(slow_to_begin, parity_baseline):
    parity_baseline("begin_too", np.arange(4.0), backend="mine", case="four", budget=1e-3)

def test_end(slow_to_end, parity_baseline):
    parity_baseline("end", np.arange(4.0), backend="mine", case="four", budget=1e-3)

@parity_selftest(backends=["hangs:Sleep"])
def test_selftest(fault):
    fault.run()
"""

#: Each test that begins, in the order of the processes that ran it.
BEGUN = """
import os
from pathlib import Path

def pytest_runtest_call(item):
    with open(Path(__file__).parent / "begun", "a") as file:
        file.write(item.name + "\\n")
"""

LIMIT = ("-m", "parity", "--parity-timeout", "1")
#: One check of ``diffract`` that hangs, and five others.
ONE = ("-k", "float32 and not energy and not preflight and not mode or illuminate or stats")
HUNG = "diffract.oracle[n16.g2.b5-{}-cpu-float32]"


@pytest.fixture
def hanging(stranger: Any) -> Any:
    stranger.write("hangs.py", HANGS)
    stranger.write("lingers.py", LINGERS)
    with (stranger.path / "conftest.py").open("a") as file:
        file.write(BEGUN)
    return stranger


def found(stranger: Any) -> dict[str, dict[str, Any]]:
    record = json.loads((stranger.path / "out" / "record.json").read_text("utf-8"))
    assert len({one["check"] for one in record["findings"]}) == len(record["findings"])
    return {one["check"]: one for one in record["findings"]}


def begun(stranger: Any) -> Counter[str]:
    """How often each test began that does not need a GPU."""
    return Counter((stranger.path / "begun").read_text("utf-8").splitlines())


@pytest.mark.parametrize(("name", "line"), thinned([("Loop", 9), ("Sleep", 15), ("Locked", 21)], 3))
def test_where_the_interpreter_is_free_the_check_is_an_error_and_the_run_goes_on(
    hanging: Any, name: str, line: int
) -> None:
    hanging.parity_test(f"hangs:{name}")
    result = hanging.run(*LIMIT, *ONE, "--parity-report", "out", "-v")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    outcomes = result.parseoutcomes()
    assert outcomes["failed"] == 1
    assert outcomes["passed"] > 3
    late = found(hanging)[HUNG.format(name.lower())]
    assert (late["verdict"], late["cause"], late["reason"]) == ("error", "exception", "TimeLimit: longer than 1 s")
    assert (late["raised"]["file"], late["raised"]["function"]) == ("hangs.py", f"{name}.diffract")
    assert abs(late["raised"]["line"] - line) <= 3
    result.stdout.fnmatch_lines(["error: TimeLimit: longer than 1 s"])


def test_a_fixture_and_a_fault_are_stopped_as_a_check_is(hanging: Any) -> None:
    hanging.write("test_fixtures.py", FIXTURES)
    only = "test_begin or test_end or ifftshift_for_fftshift"
    result = hanging.run("-m", "parity or parity_selftest", "--parity-timeout", "1", "-k", only)
    outcomes = result.parseoutcomes()
    assert (outcomes["errors"], outcomes["failed"], outcomes["skipped"]) == (3, 1, 1)
    assert result.stdout.str().count("TimeLimit: longer than 1 s\n") == 4
    assert (hanging.path / "begun_to_begin").read_text("utf-8") == "once\n"


def test_a_process_that_is_waited_for_ends_with_the_check(hanging: Any) -> None:
    hanging.parity_test("hangs:Waits")
    result = hanging.run("-m", "parity", "-k", "diffract and oracle and float32", "--parity-timeout", "3")
    assert result.parseoutcomes()["failed"] == 1
    process = int((hanging.path / "asked" / "process").read_text("utf-8"))
    assert gone(process)


def test_a_failure_is_kept_when_the_time_ends_while_it_is_written_down(
    hanging: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from parity_suite.replay.keeper import FailureWriter

    monkeypatch.setattr(FailureWriter, "settle", lambda *_: time.sleep(60))
    hanging.parity_test("tiny:Unshifted")
    result = hanging.run(*LIMIT, "-k", "diffract and oracle and float32", "--parity-report", "out")
    assert result.parseoutcomes()["failed"] == 1
    assert found(hanging)[HUNG.format("unshifted")]["verdict"] == "semantic"


def test_the_folder_of_an_earlier_failure_is_kept_where_the_check_is_late(hanging: Any) -> None:
    hanging.parity_test("hangs:Late")
    only = (*LIMIT, "-k", "diffract and oracle and float32")
    assert hanging.run(*only).parseoutcomes()["failed"] == 1
    folder = hanging.path / "parity-failures" / "diffract.oracle-n16.g2.b5-late-cpu-float32"
    written = (folder / "replay.json").read_bytes()
    hanging.write("late", "")
    result = hanging.run(*only, "-v")
    result.stdout.fnmatch_lines(["error: TimeLimit: longer than 1 s"])
    assert (folder / "replay.json").read_bytes() == written


@pytest.mark.parametrize("name", thinned(["Held", "Swallows"], 2))
def test_where_it_cannot_be_stopped_the_run_ends_and_says_what_did_not_run(hanging: Any, name: str) -> None:
    hanging.apart = True
    hanging.parity_test(f"hangs:{name}")
    hanging.write("out/record.json", "{}")
    hanging.write("pytest.ini", "[pytest]\nfaulthandler_timeout = 0.5\n")
    begin = time.monotonic()
    result = hanging.run(*LIMIT, *ONE, "--parity-report", "out")
    assert time.monotonic() - begin < 30
    assert result.ret == -signal.SIGKILL
    hung = HUNG.format(name.lower())
    assert list(begun(hanging))[-1] == f"test_parity[{hung}]"
    result.stderr.fnmatch_lines(
        [
            "Timeout (0:00:00.500000)!",
            f"parity: {hung}: longer than 1 s, and it could not be stopped",
            "Current thread*",
            '  File "*hangs.py", line * in diffract',
            f"parity: * selected checks did not run: *-{name.lower()}-*, ...",
            f"parity: RED: the run was ended in {hung.replace('[', '[[]')}; *",
        ]
    )
    assert hung in unfinished(hanging.path / "out" / "record.json")


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("Held", ("-n", "2")),
        ("Left", ("-n", "2", "--max-worker-restart", "0")),
        *thinned([("Left", ("-n", "2", "--dist", scheduler)) for scheduler in ("loadgroup", "loadfile")], 2),
        *thinned([("Killed", ("-n", "2")), ("Left", ("-n", "1"))], 2),
        pytest.param("Left", ("-n", "2", "--dist", "load", "--max-worker-restart", "0"), marks=pytest.mark.long),
    ],
)
def test_a_check_in_which_a_worker_dies_is_not_repeated_and_every_other_one_runs(
    hanging: Any, name: str, arguments: tuple[str, ...]
) -> None:
    hanging.parity_test(f"hangs:{name}", "tiny:Tiny")
    only = "oracle and float32 or illuminate or stats or tiny"
    result = hanging.run(*LIMIT, "-k", only, *arguments, "--parity-report", "out")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    outcomes = result.parseoutcomes()
    findings = found(hanging)
    assert outcomes["failed"] == 1
    assert sum(outcomes[one] for one in ("passed", "failed", "skipped")) == len(findings) == len(begun(hanging))
    assert set(begun(hanging).values()) == {1}
    died = findings[HUNG.format(name.lower())]
    assert died["verdict"] == "error"
    if name == "Held":
        assert died["reason"] == "TimeLimit: longer than 1 s"
        assert (died["raised"]["file"], died["raised"]["function"]) == ("hangs.py", "diffract")
        result.stdout.fnmatch_lines(["error: TimeLimit: longer than 1 s", '  File "*hangs.py", line * in diffract'])
    else:
        assert died["cause"] == "crashed"
    assert "excused by their tests" not in result.stdout.str()


@pytest.mark.long
def test_a_time_for_which_somebody_debugs_is_not_counted(hanging: Any) -> None:
    hanging.parity_test("tiny:Tiny", body="__import__('time').sleep(1.2); check.run()")
    for arguments in (("--pdb",), ("--parity-timeout", "0")):
        result = hanging.run("-m", "parity", "--parity-timeout", "1", "-k", "illuminate and oracle and cpu", *arguments)
        result.assert_outcomes(passed=2)
    assert hanging.run(*LIMIT, "-k", "illuminate and oracle and cpu and float32").ret == pytest.ExitCode.TESTS_FAILED


@pytest.mark.parametrize("text", ["soon", "-1", "inf", "nan"])
def test_what_is_no_number_of_seconds_is_refused(stranger: Any, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("PARITY_TIMEOUT", text)
    result = stranger.run("-m", "parity")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    refused = f"*parity_timeout: '{text}' is not a number of seconds from 0"
    result.stderr.fnmatch_lines([refused])
    monkeypatch.delenv("PARITY_TIMEOUT")
    result = stranger.run("-m", "parity", f"--parity-timeout={text}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([refused])


def test_a_longer_search_has_more_time(monkeypatch: pytest.MonkeyPatch) -> None:
    def limit(law: str) -> float:
        return limit_of(CheckId("translate", law, "n16", "torch", "cpu", "float32"))

    monkeypatch.delenv("PARITY_HYPOTHESIS", raising=False)
    assert {limit(law) for law in ("search", "journey", "oracle")} == {DEFAULT}
    monkeypatch.setenv("PARITY_HYPOTHESIS", "parity-ci")
    assert (limit("search"), limit("journey"), limit("oracle")) == (12.5 * DEFAULT, 12.5 * DEFAULT, DEFAULT)
