"""Baselines: what a user's own stage gave before, held within a budget, made only on request."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from parity_suite.plugin.baselines import Baseline
from parity_suite.plugin.session import parity_session

TEST = """
import numpy as np

def values():
    y, x = np.mgrid[:6, :9]
    return (1 + 0.3 * x + 0.05 * y * y + 1j * np.sin(x * y)) * {factor}

def test_denoise(parity_baseline):
    parity_baseline("denoise", values(), backend="torch", case="leaves64", budget=1e-5)
"""

FILE = "snapshots/baselines/denoise.leaves64.torch.json"


@pytest.fixture
def user(stranger: Any) -> Any:
    (stranger.path / "test_parity.py").unlink()
    (stranger.path / "conftest.py").unlink()
    return stranger


def _write(user: Any, factor: str) -> None:
    user.write("test_denoise.py", TEST.replace("{factor}", factor))


def test_a_missing_baseline_is_not_run_and_red_under_ci(user: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    _write(user, "1")
    user.write("test_other.py", "def test_other(): pass\n")
    result = user.run("-rs")
    result.assert_outcomes(passed=1, skipped=1)
    result.stdout.fnmatch_lines(
        ["not run *: no baseline: --update-snapshots makes it", "SKIPPED*not-run: no baseline*"]
    )
    monkeypatch.setenv("CI", "true")
    result = user.run("-m", "parity")
    result.assert_outcomes(failed=1, deselected=1)
    result.stdout.fnmatch_lines(["not-run: no baseline denoise.leaves64.torch, red under CI*"])
    assert not (user.path / "snapshots").exists()


def test_a_baseline_is_made_held_and_told_apart(user: Any) -> None:
    _write(user, "1")
    made = user.run("--update-snapshots")
    assert made.ret == 0
    made.stdout.fnmatch_lines(["snapshots: * numbers written", "  new file denoise.leaves64.torch: * numbers"])
    first = (user.path / FILE).read_text("utf-8")
    numbers = json.loads(first)["outputs"]["values"]["numbers"]
    assert numbers["re.moment.x"] > 0.01

    _write(user, "(1 + 2e-6)")
    held = user.run()
    assert held.ret == 0
    held.stdout.fnmatch_lines(["torch *denoise * 1 * baseline"])
    again = user.run("--update-snapshots")
    again.stdout.fnmatch_lines(["snapshots: every number is within its budget, none was written"])
    assert (user.path / FILE).read_text("utf-8") == first

    _write(user, "(1 + 5e-4)")
    left = user.run()
    left.assert_outcomes(failed=1)
    left.stdout.fnmatch_lines(
        [
            "semantic: 2 numbers left their baseline, most of all values *",
            "* old * new * budgets  number",
            "* 50  denoise.leaves64.torch: values *",
        ]
    )
    changed = user.run("--update-snapshots")
    changed.stdout.fnmatch_lines(["snapshots: 2 numbers written"])
    after = json.loads((user.path / FILE).read_text("utf-8"))["outputs"]["values"]["numbers"]
    assert {name for name in numbers if numbers[name] != after[name]} == {"rms", "peak"}


def test_a_wider_budget_is_written_beside_the_numbers_with_its_reason(user: Any) -> None:
    _write(user, "1")
    user.run("--update-snapshots")
    before = json.loads((user.path / FILE).read_text("utf-8"))
    user.write("test_denoise.py", TEST.replace("{factor}", "1").replace("1e-5", "1e-3"))
    assert user.run("-m", "parity").ret == 0
    assert json.loads((user.path / FILE).read_text("utf-8")) == before, "a run writes nothing"
    assert user.run("--update-snapshots", "--reason", "another detector since May").ret == 0
    after = json.loads((user.path / FILE).read_text("utf-8"))
    assert (before["budget"], after["budget"]) == (1e-5, 1e-3)
    assert after["reason"]["text"] == "another detector since May"
    assert after["outputs"] == before["outputs"]


@pytest.mark.parametrize("change", ["[::-1].copy()", "[:, ::-1].copy()", ".T.copy()", ".conj()", "[:5]"])
def test_a_mirror_image_or_another_shape_leaves_the_baseline(user: Any, change: str) -> None:
    _write(user, "1")
    user.run("--update-snapshots", "-q")
    text = (user.path / "test_denoise.py").read_text("utf-8")
    user.write("test_denoise.py", text.replace("values(), ", f"values(){change}, "))
    user.run("-q").assert_outcomes(failed=1)


def test_workers_make_the_same_baselines(user: Any) -> None:
    _write(user, "1")
    user.run("--update-snapshots")
    alone = (user.path / FILE).read_text("utf-8")
    (user.path / FILE).unlink()
    result = user.run("--update-snapshots", "-n", "2")
    result.stdout.fnmatch_lines(["snapshots: * numbers written"])
    assert (user.path / FILE).read_text("utf-8") == alone


def test_the_folder_is_the_one_of_the_ini_key_and_the_record_counts_it(user: Any) -> None:
    user.write("pytest.ini", "[pytest]\nparity_snapshots = held\n")
    _write(user, "1")
    user.run("--update-snapshots")
    assert (user.path / "held/baselines/denoise.leaves64.torch.json").is_file()
    record = user.record()
    assert record["denominator"] == "1 check: 1 ran, 1 ok, 0 not run"
    assert [f["check"] for f in record["findings"]] == ["denoise.baseline[leaves64-torch-cpu-float64]"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"stage": "de-noise"}, "stage"),
        ({"backend": "Torch"}, "backend"),
        ({"case": "../a"}, "case"),
        ({"budget": 0.0}, "budget"),
        ({"values": np.array([1.0, np.nan])}, "values"),
        ({"values": {"mean": []}}, "mean"),
        ({"values": {"mean": "five"}}, "mean"),
    ],
)
def test_what_cannot_be_held_is_refused_by_field(
    request: pytest.FixtureRequest, change: dict[str, Any], field: str
) -> None:
    good = {"stage": "denoise", "values": np.ones((3, 4)), "backend": "torch", "case": "a", "budget": 1e-5}
    hold = Baseline(request.node, parity_session(request.config))
    with pytest.raises(ValueError, match=f"^{field}: "):
        hold(**(good | change))
