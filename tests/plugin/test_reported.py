"""What was selected and never reported is red, and the record is of this run or of none."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from thinning import IN_WORKERS, thinned

from parity_suite.cli.gate import Expected, mismatches
from parity_suite.cli.main import main
from parity_suite.core.journal import unfinished
from parity_suite.ledger.runs import read_run

TAKEN = """
def pytest_runtest_protocol(item):
    return True
"""
TAKEN_BY_ONE = """
import os

def pytest_runtest_protocol(item):
    return True if os.environ["PYTEST_XDIST_WORKER"] == "gw1" else None
"""
CUT = """
def pytest_collection_modifyitems(items):
    del items[::2]
"""
LEAVES = """
import pytest

def pytest_runtest_logfinish():
    pytest.exit("enough", returncode=0)
"""
DIES = """
import os
from tiny import Tiny

class Dies(Tiny):
    def diffract(self, psi):
        os._exit(0)
"""
FORKS = """
import os
from tiny import Tiny

class Forks(Tiny):
    def diffract(self, psi):
        if os.fork():
            os._exit(0)
        return super().diffract(psi)
"""
THREAD = """
import os, threading
from tiny import Tiny

class Thread(Tiny):
    def diffract(self, psi):
        ending = threading.Thread(target=os._exit, args=(0,))
        ending.start()
        ending.join()
        return super().diffract(psi)
"""
RETURNS = """
import atexit, os, pathlib, time
from tiny import Tiny, Unshifted

class Returns(Unshifted):
    child = None

    def illuminate(self, patches, probe):
        if Returns.child is None:
            run = os.getpid()
            Returns.child = os.fork()
            if Returns.child == 0:
                atexit.register(pathlib.Path("ended").touch)
            # The end of the run is behind it, and no record but its own could be believed.
            while Returns.child == 0 and os.getppid() == run:
                time.sleep(0.01)
        return super().illuminate(patches, probe)

    def diffract(self, psi):
        return (Tiny if Returns.child == 0 else Unshifted).diffract(self, psi)
"""
HOLDS = """
import atexit, os, pathlib, time
import numpy as np

RUN, CHILD = os.getpid(), []

def test_a_fork():
    CHILD.append(os.fork() == 0)
    if CHILD[0]:
        atexit.register(pathlib.Path("ended").touch)
    while CHILD[0] and os.getppid() == RUN:
        time.sleep(0.01)

def test_baseline(parity_baseline):
    parity_baseline("own", np.arange(4.0) + 7 * CHILD[0], backend="mine", case="four", budget=1e-3)
"""
KILLED = """
import os, signal
from tiny import Tiny

class Killed(Tiny):
    def diffract(self, psi):
        os.kill(os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid(), signal.SIGKILL)
"""
SELFTEST = """
from parity_suite import parity_selftest

@parity_selftest(backends=["tiny:Tiny"])
def test_selftest(fault):
    fault.run()
"""
ATEXIT = """
import atexit, os
atexit.register(os._exit, 0)
"""


def _conftest(stranger: Any, text: str) -> None:
    with (stranger.path / "conftest.py").open("a") as file:
        file.write(text)


def _wait_for(ended: Path) -> None:
    """Until a fork has come to its end."""
    for _ in range(600):
        if ended.exists():
            return
        time.sleep(0.05)
    pytest.fail("the fork did not come to its end")


def _red(result: pytest.RunResult) -> str:
    return "\n".join(line for line in result.outlines if line.startswith("RED: "))


@pytest.mark.parametrize("option", ["--setup-only", "--setup-plan"])
def test_a_run_that_only_sets_up(stranger: Any, option: str) -> None:
    result = stranger.run("-m", "parity", option)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert "28 parity tests were selected and never reported" in _red(result)


@pytest.mark.parametrize("option", ["--collect-only", "--fixtures", "--fixtures-per-test"])
def test_a_run_that_runs_nothing_owes_nothing(stranger: Any, option: str) -> None:
    assert stranger.run("-m", "parity", option).ret == 0


@pytest.mark.parametrize("arguments", [(), IN_WORKERS, ("-n", "2", "--dist", "each")])
def test_a_hook_that_takes_a_test_over(stranger: Any, arguments: Any) -> None:
    _conftest(stranger, TAKEN)
    result = stranger.run("-m", "parity", *arguments)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert "never reported" in _red(result)


def test_a_worker_of_several_that_each_run_all_reports_nothing(stranger: Any) -> None:
    _conftest(stranger, TAKEN_BY_ONE)
    result = stranger.run("-m", "parity", "-n", "2", "--dist", "each")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert "28 parity tests were selected and never reported" in _red(result)
    assert " by gw1" in _red(result)


def test_an_exit_with_0(stranger: Any) -> None:
    _conftest(stranger, LEAVES)
    result = stranger.run("-m", "parity")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert "27 parity tests were selected and never reported" in _red(result)


@pytest.mark.parametrize("arguments", [(), IN_WORKERS])
def test_tests_that_a_hook_cuts_unless_a_shard_is_declared(stranger: Any, arguments: Any) -> None:
    _conftest(stranger, CUT)
    result = stranger.run("-m", "parity", *arguments)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert "14 parity tests were taken out of the run without a word" in _red(result)
    record = stranger.record("-m", "parity", "--parity-shard", "1/2", *arguments)
    assert (record["exit_status"], record["selection"]["shards"], len(record["findings"])) == (0, ["1/2"], 14)
    assert "shard 1/2" in record["partial"]


def test_shards_are_parts_of_the_whole(stranger: Any) -> None:
    parts = [stranger.record("--parity-shard", f"{k}/3") for k in (1, 2, 3)]
    ids = [finding["check"] for part in parts for finding in part["findings"]]
    assert (len(ids), len(set(ids))) == (28, 28)
    assert stranger.run("--parity-shard", "4/3").ret == pytest.ExitCode.USAGE_ERROR
    assert stranger.run("--parity-shard", "1/3", "--update-snapshots").ret == pytest.ExitCode.USAGE_ERROR


def test_what_x_left_is_a_part_and_not_lost(stranger: Any) -> None:
    stranger.parity_test("tiny:Unshifted")
    record = stranger.record("-m", "parity", "-x")
    assert "it was cut short" in record["partial"]
    assert not [one for one in record["findings"] if one["cause"] == "unreported"]
    assert not any("never reported" in one for one in record["run_errors"])


@pytest.mark.parametrize("more", thinned([[], ["--dist", "load"], ["--dist", "loadfile"], ["--dist", "each"]], 3))
def test_a_worker_that_dies(stranger: Any, more: Any) -> None:
    stranger.write("dies.py", DIES)
    stranger.parity_test("dies:Dies")
    record = stranger.record("-m", "parity", "-n", "1", "--max-worker-restart", "0", *more)
    by = {finding["check"]: finding["cause"] for finding in record["findings"] if finding["verdict"] == "error"}
    assert len(record["findings"]) == 28
    assert "crashed" in by.values()
    assert "unreported" in by.values()
    assert record["denominator"].startswith("28 checks: ")
    assert record["exit_status"] == 1


@pytest.mark.parametrize("option", ["--no-such-option", "--parity-device=moon", "-nx"])
def test_an_earlier_record_is_put_aside_before_anything_else(stranger: Any, option: str) -> None:
    stranger.run("-k", "energy", "--parity-report", "out")
    record = stranger.path / "out" / "record.json"
    for harmless in ("--help", "-h", "--version"):
        stranger.run(harmless, "--parity-report", "out")
        assert record.is_file()
    assert stranger.run("--parity-report", "out", option).ret == pytest.ExitCode.USAGE_ERROR
    assert not record.exists()
    assert json.loads((record.parent / "record.earlier.json").read_text("utf-8"))["findings"]


def test_the_record_has_the_name_that_its_run_was_given(stranger: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARITY_RUN_NONCE", "mine")
    record = stranger.record("-k", "energy", "-m", "parity")
    assert (record["run"], record["selection"]["keywords"], record["selection"]["markers"]) == (
        "mine",
        "energy",
        "parity",
    )


@pytest.mark.parametrize(
    ("name", "text", "backend"), [("dies", DIES, "Dies"), ("forks", FORKS, "Forks"), ("thread", THREAD, "Thread")]
)
def test_a_process_that_ends_itself_leaves_no_record(stranger: Any, name: str, text: str, backend: str) -> None:
    stranger.write(f"{name}.py", text)
    stranger.parity_test(f"{name}:{backend}")
    stranger.apart = True
    record = stranger.path / "out" / "record.json"
    result = stranger.run("-m", "parity", "--parity-report", "out")
    assert result.ret == 0
    assert "the last to begin was test_parity.py::test_parity[" in unfinished(record)
    assert main(["gate", "--record", "out"]) == 1
    ledger = [sys.executable, "-m", "parity_suite.cli.main", "ledger", "add", "--from", str(record)]
    refused = subprocess.run(ledger, cwd=stranger.path, capture_output=True, text=True, check=False)
    assert refused.returncode
    assert "did not come to its end" in refused.stdout + refused.stderr


@pytest.mark.parametrize("less", [("-qq", "--no-summary", "--tb=no"), ("-p", "no:terminal")])
def test_a_run_that_is_told_to_say_nothing(stranger: Any, less: tuple[str, ...]) -> None:
    stranger.parity_test("tiny:Unshifted")
    stranger.apart = True
    assert stranger.run("-m", "parity", "--parity-report", "out", *less).ret == pytest.ExitCode.TESTS_FAILED
    record = json.loads((stranger.path / "out" / "record.json").read_text("utf-8"))
    assert record["exit_status"] == 1
    assert any(one["verdict"] == "semantic" for one in record["findings"])


def test_a_run_that_is_told_to_leave_the_plugin_out(stranger: Any) -> None:
    stranger.apart = True
    assert stranger.run("-m", "parity", "-p", "no:parity_suite").ret not in (pytest.ExitCode.OK, 5)


@pytest.mark.usefixtures("failures")
def test_a_fork_that_comes_back_has_nothing_to_say_of_the_run(stranger: Any) -> None:
    stranger.write("returns.py", RETURNS)
    stranger.parity_test("returns:Returns")
    stranger.apart = True
    result = stranger.run("-m", "parity", "--parity-report", "out")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    _wait_for(stranger.path / "ended")
    record = json.loads((stranger.path / "out" / "record.json").read_text("utf-8"))
    assert record["exit_status"] == 1
    assert any(one["verdict"] == "semantic" for one in record["findings"])
    # What the fork saw as right, it did not take away either.
    assert len(list((stranger.path / "out" / "failures").glob("diffract*"))) > 0


def test_a_fork_that_comes_back_into_an_update_writes_no_baseline(stranger: Any) -> None:
    stranger.write("test_parity.py", HOLDS)
    stranger.apart = True
    assert stranger.run("--update-snapshots").ret == pytest.ExitCode.OK
    path = stranger.path / "snapshots" / "baselines" / "own.four.mine.json"
    written = path.stat().st_mtime_ns
    _wait_for(stranger.path / "ended")
    assert path.stat().st_mtime_ns == written


@pytest.mark.parametrize("arguments", [(), ("-n", "1")])
def test_a_run_that_is_killed(stranger: Any, arguments: Any) -> None:
    stranger.write("killed.py", KILLED)
    stranger.parity_test("killed:Killed")
    done = _gate(stranger, *arguments)
    assert done.returncode == 1
    assert re.search("gate: red: .* its run did not come to its end; .*; pytest ended with", done.stdout)
    record = stranger.path / "out" / "record.json"
    assert "the last to begin was test_parity.py::" in unfinished(record)
    check = [sys.executable, "-m", "parity_suite.cli.main", "check", str(record)]
    said = subprocess.run(check, cwd=stranger.path, capture_output=True, text=True, check=False)
    assert said.returncode == 1
    assert "its run did not come to its end" in said.stdout


@pytest.mark.parametrize("arguments", [("--setup-only",), (), ("-n", "2")])
def test_a_selftest_that_is_never_reported(stranger: Any, arguments: Any) -> None:
    stranger.write("test_parity.py", SELFTEST)
    if "--setup-only" not in arguments:
        _conftest(stranger, TAKEN)
    result = stranger.run("-m", "parity_selftest", "-k", "probe_conjugated", *arguments)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert "selected and never reported: test_parity.py::test_selftest[" in _red(result)


def test_a_selftest_that_a_hook_cuts(stranger: Any) -> None:
    stranger.write("test_parity.py", SELFTEST)
    _conftest(stranger, CUT)
    result = stranger.run("-m", "parity_selftest", "--collect-only")
    assert result.ret == 0
    _conftest(stranger, TAKEN)
    result = stranger.run("-m", "parity_selftest")
    assert "taken out of the run without a word" in _red(result)


def test_an_exit_handler_that_turns_red_into_0(stranger: Any) -> None:
    _conftest(stranger, ATEXIT)
    stranger.parity_test("tiny:Unshifted")
    done = _gate(stranger)
    assert done.returncode == 1
    assert "record.json is of another run: its exit_status is 1, not 0" in done.stdout


def test_the_gate_believes_no_record_but_its_own(stranger: Any, capsys: pytest.CaptureFixture[str]) -> None:
    stranger.parity_test("tiny:Tiny")
    record = stranger.path / "out" / "record.json"
    assert main(["gate", "--record", "out"]) == 2
    assert "gate: could not look: out: there is no record" in capsys.readouterr().out
    assert stranger.run("-m", "parity", "--parity-report", "out", "-k", "diffract").ret == 0
    capsys.readouterr()
    assert main(["gate", "--record", "out"]) == 1
    assert "gate: red: the run is not whole: " in capsys.readouterr().out
    assert stranger.run("-m", "parity", "--parity-report", "out").ret == 0
    capsys.readouterr()
    assert main(["gate", "--record", "out"]) == 0
    run = read_run(record)
    own = Expected(record, run.commit, run.facts.run, 0)
    assert not list(mismatches(own, run))
    for name, other in {"nonce": "other", "commit": "other", "status": 1}.items():
        (said,) = mismatches(replace(own, **{name: other}), run)
        assert said.startswith(f"{record} is of another run: its ")
        assert said.endswith(f", not {other!r}")


def test_the_gate_takes_no_options_from_the_environment(stranger: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    stranger.parity_test("tiny:Tiny")
    monkeypatch.setenv("PYTEST_ADDOPTS", "--setup-only")
    done = _gate(stranger)
    assert done.returncode == 0, done.stdout
    assert not json.loads((stranger.path / "out" / "record.json").read_text("utf-8"))["run_errors"]


def _gate(stranger: Any, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "parity_suite.cli.main", "gate", "--report", "out", "--base", "none"]
    given = ("--", "-p", "no:cacheprovider", *arguments)
    return subprocess.run([*command, *given], cwd=stranger.path, capture_output=True, text=True, check=False)
