"""``parity report``: what it makes of several parts, machines or devices is the record of a single run of all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from parity_suite.cli.main import main

HELD = """
import numpy as np
import pytest

@pytest.mark.parametrize("name", ["a", "b", "c"])
def test_held(parity_baseline, name):
    parity_baseline("own", np.arange(4.0), backend="mine", case=name, budget=1e-6)
"""

#: Takes every second test and says so, as pytest-split does.
SPLITS = """
import pytest

def pytest_addoption(parser):
    parser.addoption("--splits", type=int)
    parser.addoption("--group", type=int, default=0)

@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    group = config.getoption("--group")
    if group:
        mine = items[group - 1 :: 2]
        config.hook.pytest_deselected(items=[one for one in items if one not in mine])
        items[:] = mine
"""


@pytest.fixture
def project(stranger: Any) -> Any:
    """One backend that is right, one that is wrong, and three baselines, all of it listed."""
    stranger.write("test_held.py", HELD)
    stranger.parity_test("tiny:Tiny", "wrong=tiny:Unshifted")
    stranger.run("--update-snapshots")
    return stranger


def _record(stranger: Any, folder: str, *arguments: str) -> dict[str, Any]:
    stranger.run("-m", "parity", "--parity-report", folder, *arguments)
    return _read(stranger, folder)


def _read(stranger: Any, folder: str) -> dict[str, Any]:
    record: dict[str, Any] = json.loads((stranger.path / folder / "record.json").read_text("utf-8"))
    return record


def _write(stranger: Any, folder: str, record: dict[str, Any]) -> None:
    stranger.write(f"{folder}/record.json", json.dumps(record))


def _merged(stranger: Any, *folders: str) -> tuple[int, dict[str, Any]]:
    return main(["report", *folders, "-o", "merged"]), _read(stranger, "merged")


def _comparable(record: dict[str, Any]) -> dict[str, Any]:
    """Without what differs between two runs of the same: name, time, command, folders, and which parts there were."""
    kept = {name: value for name, value in record.items() if name not in ("run", "time")}
    kept["environment"]["run"].pop("command")
    kept["selection"].pop("shards")
    for one in (*kept["findings"], *kept["causes"]):
        one.pop("seconds", None)
        one.pop("replay")
    return kept


@pytest.mark.parametrize("cut", ["ours", "another plugin's"])
def test_parts_make_the_whole(project: Any, cut: str) -> None:
    whole = _record(project, "whole")
    if cut == "ours":
        parts = [("--parity-shard", f"{k}/3") for k in (1, 2, 3)]
    else:
        project.write("conftest.py", (project.path / "conftest.py").read_text("utf-8") + SPLITS)
        parts = [("--parity-shard", f"{k}/2", "--splits", "2", "--group", str(k)) for k in (1, 2)]
    for k, arguments in enumerate(parts):
        assert not _record(project, f"parts/{k}", *arguments)["run_errors"]
    # As records are laid by whoever gathers them.
    (project.path / "parts").rename(project.path / "gathered")
    code, merged = _merged(project, "gathered")
    assert code == 1, "one of the two is wrong"
    assert "partial" not in merged
    assert merged["selection"]["shards"] == [one[1] for one in parts]
    assert len(merged["causes"]) > 0
    for one in merged["causes"]:
        assert (project.path / one["replay"]).is_dir(), "the folder of a failure came along with its part"
    assert _comparable(merged) == _comparable(whole)


def test_what_is_missing_is_said_of_the_whole_alone(project: Any) -> None:
    project.write("test_held.py", HELD.replace('"b", "c"', '"d", "e"'))
    whole = _record(project, "whole")
    assert any("held by no test" in one for one in whole["run_errors"])
    assert any("checks of check-ids.txt are lost" in one for one in whole["run_errors"])
    for k in (1, 2):
        assert (
            _record(project, f"parts/{k}", "--parity-shard", f"{k}/2", "--parity-require", "nobody")["run_errors"] == []
        )
    code, one = _merged(project, "parts/1")
    assert (code, one["run_errors"]) == (1, [])
    assert one["partial"].startswith("it was shard 1/2; ")
    _, both = _merged(project, "parts")
    said = "--parity-require nobody: nothing of that name ran"
    assert sorted(both["run_errors"]) == sorted([*whole["run_errors"], said])


def test_what_one_device_could_not_ask_another_did(project: Any) -> None:
    here = _record(project, "here")
    there = _read(project, "here")
    there["environment"]["machine"]["cpu"] = "another"
    asked = [one for one in there["findings"] if one["device"] == "cuda" and one["cause"] == "no-device"][:2]
    for one in asked:
        one.update(verdict="ok", cause="", reason="")
    _write(project, "there", there)
    _, merged = _merged(project, "here", "there")
    by_check: dict[str, list[dict[str, Any]]] = {}
    for one in merged["findings"]:
        by_check.setdefault(one["check"], []).append(one)
    assert set(by_check) == {one["check"] for one in here["findings"]}
    for one in asked:
        (found,) = by_check[one["check"]]
        assert (found["verdict"], "another" in found["machine"]) == ("ok", True)
    idle = {one["check"] for one in here["findings"] if one["cause"] == "no-device"} - {one["check"] for one in asked}
    assert all(len(by_check[check]) == 1 for check in idle), "what nobody could ask is said once"
    ran = [one["check"] for one in here["findings"] if one["verdict"] == "ok"]
    assert all(len(by_check[check]) == 2 for check in ran), "both machines are kept"


def test_records_of_different_things_are_refused(project: Any, capsys: pytest.CaptureFixture[str]) -> None:
    record = _record(project, "here")
    for name, change in {
        "commit": {"commit": "0" * 40},
        "suite": {"suite": "0.0.1"},
        "place for snapshots": {"places": {**record["places"], "snapshots": "elsewhere"}},
        "recipe leaves64": {"inputs": {"recipe leaves64": "ab" * 32}},
    }.items():
        other = {**record, **change}
        if name.startswith("recipe"):
            _write(project, "here", {**record, "inputs": {"recipe leaves64": "cd" * 32}})
        _write(project, "there", other)
        capsys.readouterr()
        assert main(["report", "here", "there", "-o", "merged"]) == 2
        assert f"parity report: the records {'have' if 'place' in name else 'are of'} more than one {name}" in (
            capsys.readouterr().err
        )
    assert main(["report", "nowhere"]) == 2
    assert not Path(project.path / "merged").exists()
