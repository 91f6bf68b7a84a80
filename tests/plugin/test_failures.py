"""The folders that a run leaves for checks that fail: where, for how many, and when they go."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from thinning import thinned

from parity_suite.core.context import RunContext
from parity_suite.replay.keeper import FailureWriter

pytestmark = pytest.mark.usefixtures("failures")

CONTEXT = RunContext()

WRONG = "tiny:Unshifted"
FOLDER = "diffract.oracle-n16.g2.b5-unshifted-cpu-float32"


def folders(path: Path) -> list[str]:
    return sorted(one.name for one in path.iterdir() if one.is_dir()) if path.is_dir() else []


def test_a_failure_names_the_command_that_replays_it(stranger: Any) -> None:
    stranger.parity_test(WRONG)
    result = stranger.run("-m", "parity", "-k", "oracle and float32", "-v")
    result.stdout.fnmatch_lines([f"  replay: parity replay parity-failures/{FOLDER}"])
    result.stdout.fnmatch_lines(["replay: 1 of 1 failures are in parity-failures; parity replay asks them again"])
    assert folders(stranger.path / "parity-failures") == [FOLDER]
    assert "\n*\n" in (stranger.path / "parity-failures" / ".gitignore").read_text("utf-8")
    command = [sys.executable, "-m", "parity_suite.cli.main", "replay", f"parity-failures/{FOLDER}"]
    done = subprocess.run(command, cwd=stranger.path, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert "same as recorded, to the last bit" in done.stdout


def test_a_check_that_holds_has_no_folder(stranger: Any) -> None:
    stranger.parity_test(f"mine={WRONG}")
    stranger.run("-m", "parity", "-k", "diffract and oracle")
    left = folders(stranger.path / "parity-failures")
    assert len(left) == 2
    (stranger.path / "parity-failures" / "mine").mkdir()
    stranger.parity_test("mine=tiny:Tiny")
    stranger.run("-m", "parity", "-k", "diffract and oracle and float32")
    # What did not run is as it was, and what is not ours too.
    assert folders(stranger.path / "parity-failures") == ["diffract.oracle-n16.g2.b5-mine-cpu-float64", "mine"]


def test_a_passing_run_leaves_nothing(stranger: Any) -> None:
    result = stranger.run("-m", "parity")
    assert result.ret == 0
    assert "replay:" not in result.stdout.str()
    assert not (stranger.path / "parity-failures").exists()


@pytest.mark.parametrize(
    ("arguments", "folder"),
    thinned(
        [
            (("--parity-report", "out"), "out/failures"),
            (("--parity-failures", "here"), "here"),
            (("--parity-report", "out", "--parity-failures", "here"), "here"),
            (("-o", "parity_failures=there"), "there"),
        ],
        2,
    ),
)
def test_where_they_go(arguments: tuple[str, ...], folder: str, stranger: Any) -> None:
    stranger.parity_test(WRONG)
    stranger.run("-m", "parity", "-k", "oracle and float32", *arguments)
    assert folders(stranger.path / folder) == [FOLDER]
    assert not (stranger.path / "parity-failures").exists()


def test_none_switches_them_off(stranger: Any) -> None:
    stranger.parity_test(WRONG)
    result = stranger.run("-m", "parity", "-k", "oracle and float32", "--parity-failures", "none")
    assert "replay:" not in result.stdout.str()
    assert list(stranger.path.rglob("replay.json")) == []


def test_the_record_names_the_folder(stranger: Any) -> None:
    stranger.parity_test(WRONG)
    record = stranger.record("-m", "parity", "-k", "oracle and float32")
    folders = [finding["replay"]["folder"] for finding in record["findings"] if finding["verdict"] == "semantic"]
    assert folders == [f"out/failures/{FOLDER}"]


def test_so_many_of_a_law(stranger: Any) -> None:
    """The third of one law is counted, and its folder of an earlier run is gone."""
    stranger.parity_test(WRONG)
    stranger.write("conftest.py", (stranger.path / "conftest.py").read_text("utf-8") + WIDER)
    stale = stranger.path / "parity-failures" / "diffract.oracle-n15.g3.b1-unshifted-cpu-float32"
    stale.mkdir(parents=True)
    result = stranger.run("-m", "parity", "-k", "oracle and diffract and float32", "-v")
    assert folders(stranger.path / "parity-failures") == [
        "diffract.oracle-n15.g1.b3-unshifted-cpu-float32",
        FOLDER,
    ]
    result.stdout.fnmatch_lines(["  replay: not written: 2 failures of diffract.oracle are"])
    result.stdout.fnmatch_lines(["replay: 2 of 3 failures are in parity-failures; parity replay asks them again"])


WIDER = """
def wider(specs, files=(), pairs=()):
    return tuple(
        check for check in _all(specs, files, pairs)
        if (check.stage, check.law) in KEPT and check.case.name in ("n15.g1.b3", "n16.g2.b5", "n15.g3.b1")
    )

checks.enumerate_checks = wider
"""


def test_workers_write_too(stranger: Any) -> None:
    pytest.importorskip("xdist")
    stranger.parity_test(WRONG)
    result = stranger.run("-m", "parity", "-k", "diffract and oracle", "-n", "1")
    result.stdout.fnmatch_lines(["replay: 2 of 2 failures are in parity-failures; parity replay asks them again"])
    assert len(folders(stranger.path / "parity-failures")) == 2


def test_a_backend_that_cannot_be_made_leaves_no_folder(stranger: Any) -> None:
    stranger.parity_test("tiny:Unlicensed")
    stranger.run("-m", "parity", "-k", "oracle and float32 and cpu")
    assert folders(stranger.path / "parity-failures") == []


def test_a_folder_that_cannot_be_written_loses_no_finding(stranger: Any) -> None:
    stranger.parity_test(WRONG)
    (stranger.path / "taken").write_text("", "utf-8")
    record = stranger.record("-m", "parity", "-k", "oracle and float32", "--parity-failures", "taken")
    (finding,) = [one for one in record["findings"] if one["verdict"] == "semantic"]
    assert finding["replay"]["refused"].startswith("could not write ")
    assert json.dumps(finding["measured"])


def test_a_process_writes_no_more_than_its_share(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from parity_suite.core.cause import Cause
    from parity_suite.core.check import Check
    from parity_suite.core.finding import Stored, Verdict
    from parity_suite.engine.checks import oracle_spec
    from parity_suite.ptychography.pack import PACK
    from parity_suite.ptychography.sizes import SMALL
    from parity_suite.replay import keeper as module
    from parity_suite.report.failure import replay_line

    monkeypatch.setattr(module, "_IN_ALL", 1)
    monkeypatch.setattr(module, "_OF_CAUSES", 1)
    keeper = FailureWriter(CONTEXT, tmp_path / "failures", tmp_path, tmp_path)
    stored = []
    for asked in ("illuminate.oracle", "illuminate.linearity", "diffract.oracle", "scale.oracle"):
        spec = oracle_spec(PACK)
        check = Check(*asked.split("."), SMALL[0], (spec,), "cpu", "float64")
        found = check.finding(Verdict.SEMANTIC, cause=Cause.OFF_BUDGET)
        stored.append(keeper.settle(check, found).replay)
    assert stored[0].folder.startswith("failures/illuminate.oracle-")
    assert replay_line(stored[0]).endswith("holds in a new process: what was asked before matters")
    assert stored[1] == Stored(refused="1 failures are, the most that one process writes")
    # One of another cause is written all the same, as long as there are few of these.
    assert stored[2].folder.startswith("failures/diffract.oracle-")
    assert stored[3] == Stored(refused="1 failures are, the most that one process writes")
