"""Under xdist each framework stays in one worker, threads are shared, and what the user chose is respected."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from parity_suite.plugin.scheduling import LASTING

#: Notes the worker of each check's subject and the threads that it was given.
NOTES = """
import json, os
from pathlib import Path

def pytest_runtest_logreport(report):
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker and report.when == "call":
        line = [worker, report.nodeid, os.environ.get("MKL_NUM_THREADS"), os.environ.get("OMP_NUM_THREADS")]
        with open(Path(__file__).parent / f"notes-{worker}", "a") as file:
            file.write(json.dumps(line) + "\\n")
"""


@pytest.fixture
def two(stranger: Any) -> Any:
    with (stranger.path / "conftest.py").open("a") as file:
        file.write(NOTES)
    stranger.parity_test("one=tiny:Tiny", "two=tiny:OnCpu")
    return stranger


def _notes(two: Any) -> list[list[str]]:
    lines = [line for path in two.path.glob("notes-*") for line in path.read_text("utf-8").splitlines()]
    return [json.loads(line) for line in lines]


def _workers(two: Any) -> dict[tuple[str, str], set[str]]:
    """Which workers ran the checks of each backend in each precision, the law ``mode`` and pairs left out."""
    workers: dict[tuple[str, str], set[str]] = {}
    for worker, node, *_ in _notes(two):
        subject, _, precision = node.rstrip("]").rsplit("-", 3)[1:]
        if ".mode[" not in node and "+" not in subject:
            workers.setdefault((subject, precision), set()).add(worker)
    return workers


def test_a_backend_in_one_precision_stays_in_one_worker_without_warnings(two: Any) -> None:
    result = two.run("-m", "parity", "-n", "2")
    assert result.ret == 0
    assert all(len(workers) == 1 for workers in _workers(two).values())
    assert set.union(*_workers(two).values()) == {"gw0", "gw1"}
    result.stdout.no_fnmatch_line("*warnings summary*")


def test_an_explicit_distribution_is_respected(two: Any) -> None:
    assert two.run("-m", "parity", "-n", "2", "--dist", "load").ret == 0
    assert any(len(workers) == 2 for workers in _workers(two).values())


def test_no_distribution_that_xdist_offers_loses_what_a_worker_leaves(pytestconfig: pytest.Config) -> None:
    """What each does when a worker dies is in ``test_timeout.py``."""
    offered = next(one for one in pytestconfig._parser.getgroup("xdist").options if "--dist" in one.names())
    assert set(offered.attrs()["choices"]) - {"no", "each"} == LASTING.keys()


def test_threads_are_shared_unless_the_user_set_them(two: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    share = max(1, len(os.sched_getaffinity(0)) // 2)
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    two.run("-m", "parity", "-n", "2")
    assert {(mkl, omp) for _, _, mkl, omp in _notes(two)} == {(str(share), "7")}


def test_the_record_says_what_the_workers_ran_with(two: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARITY_SEED", "3")
    monkeypatch.setenv("PARITY_HYPOTHESIS", "parity-ci")
    run = two.record("-m", "parity", "-n", "2")["environment"]["run"]
    assert run["command"].endswith(" -m parity -n 2 --parity-report out")
    assert (run["seed"], run["hypothesis"], run["threads"]) == (3, "parity-ci", "1")
