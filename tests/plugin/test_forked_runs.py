"""A run that is forked is one that was started: in its folder and environment, the parent of its workers, and new."""

from __future__ import annotations

import json
from typing import Any

import pytest

CONFTEST = """
import json, os, pathlib, sys

def pytest_configure(config):
    place = pathlib.Path("worker.json" if hasattr(config, "workerinput") else "run.json")
    place.write_text(json.dumps({
        "process": os.getpid(), "parent": os.getppid(), "folder": os.getcwd(), "first": sys.path[0],
        "said": os.environ["SAID"], "seen": "seen_before" in sys.modules,
        "drawn": int(sys.modules["numpy.random"].randint(2**31)),
    }))
    import seen_before
"""


@pytest.mark.parametrize("said", ["once", "twice"])
def test_a_forked_run_and_its_worker_are_of_the_folder_and_new(
    stranger: Any, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    stranger.write("conftest.py", CONFTEST)
    stranger.write("seen_before.py", "")
    stranger.write("test_other.py", "def test_other(): pass\n")
    monkeypatch.setenv("SAID", said)
    result = stranger.run("-n", "1", "test_other.py")
    assert (result.ret, result.parseoutcomes()) == (0, {"passed": 1})
    run, worker = (json.loads((stranger.path / f"{name}.json").read_text("utf-8")) for name in ("run", "worker"))
    assert worker["parent"] == run["process"]
    assert run["drawn"] != worker["drawn"]
    for one in (run, worker):
        assert (one["folder"], one["said"], one["seen"]) == (str(stranger.path), said, False)
    assert run["first"] == str(stranger.path)
    # What ended with another status than 0, or by itself, is told so.
    stranger.write("test_other.py", "import os\n\ndef test_other():\n    os._exit(7)\n")
    stranger.apart = True
    assert stranger.run("test_other.py").ret == 7
