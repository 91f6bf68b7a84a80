"""Learning in a run: the user's thresholds, dumps on request, and baselines that are made, held and missed."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("failures")

#: One guard of PyTorch's, trained in a second or two.
GUARD = """
import functools
import parity_suite.engine.checks as checks

_all = checks.enumerate_checks
KEPT = "{kept}"

def few(specs, files=(), pairs=()):
    return tuple(check for check in _all(specs, files, pairs) if check.id in KEPT.split())

checks.enumerate_checks = few
"""
CHECK = "train.guard[lesson32.g1-torch-cpu-float32]"

#: A learner whose one weight is the mean of its counts, times what ``factor.txt`` says.
LEARNER = """
from pathlib import Path
import numpy as np
import tiny

FACTOR = float(Path(__file__).with_name("factor.txt").read_text())

class Learner(tiny.Tiny):
    def train(self, counts, order, watch, **rest):
        losses = np.array([counts[groups].mean() for groups in order])
        self.weight = np.array(losses.mean() * FACTOR, self.real)
        return {"losses": losses, "patches": self.infer(np.sqrt(counts[watch]))}

    def infer(self, amplitude, batch=None):
        return (amplitude.astype(self.real) * self.weight).astype(self.complex)

    def state(self):
        return {"intensity_scale": 2.0, "weight": self.weight}
"""
BASELINE = "train.baseline[lesson16.g2-learner-cpu-float32]"
OTHER = "illuminate.oracle[n16.g2.b5-learner-cpu-float32]"
FILE = "snapshots/baselines/train.lesson16.g2.learner.json"


@pytest.fixture
def guarded(stranger: Any) -> Any:
    """A repository in which PyTorch is guarded on one lesson."""
    if importlib.util.find_spec("torch") is None:
        pytest.skip("no torch")
    stranger.apart = True
    stranger.write("conftest.py", GUARD.replace("{kept}", CHECK))
    stranger.parity_test("parity_suite.ptychography.torch:Torch")
    return stranger


def test_a_threshold_of_the_user_turns_the_verdict_and_is_named(guarded: Any) -> None:
    guarded.write(
        "pyproject.toml",
        '[tool.parity.thresholds]\nmean.minimum = 0.1\n"lesson32.g1".modulus_ratio = { minimum = 2.0 }\n',
    )
    (finding,) = guarded.record()["findings"]
    assert finding["check"] == CHECK
    assert finding["verdict"] == "semantic"
    assert finding["reason"].startswith("modulus_ratio of group ")
    assert finding["reason"].endswith("and must be at least 2 ([tool.parity.thresholds])")
    least = {
        one["output"].partition(" of ")[0]: (one["want"], one["origin"])
        for one in finding["measured"]
        if one["bound"] == "at least"
    }
    assert least["mean"] == (0.1, "[tool.parity.thresholds]")
    assert least["var_zero_mean"][0] == 1e-6
    assert least["var_zero_mean"][1].startswith("the history's floor")
    names = sorted(path.name for path in (guarded.path / "out").iterdir())
    assert names == ["failures", "record.json", "report.html", "summary.md"]


def test_dumps_are_written_on_request(guarded: Any) -> None:
    (finding,) = guarded.record("--parity-dumps", "2")["findings"]
    assert finding["verdict"] == "ok"
    folder = Path(guarded.path, "out", "dumps", "lesson32.g1", "torch.cpu.float32", "training")
    names = {path.name for path in folder.iterdir()}
    assert names == {"stats.json", "offsets.json", "canvas.json", "patches.png", "canvas.png"}
    statistics = json.loads((folder / "stats.json").read_text("utf-8"))
    assert (statistics["limit"], len(statistics["per_patch"]), statistics["patches"]["seen"]) == (2, 2, 24)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("var_zero_meen = { minimum = 1e-9 }", "var_zero_meen is neither var_zero_mean, mean, *"),
        ("mean = 3", "mean wants minimum, maximum or both"),
        ('mean.minimum = "none"', "mean.minimum is 'none', not a number of 0 or more"),
    ],
)
def test_a_threshold_of_no_name_or_number_is_a_usage_error(stranger: Any, text: str, said: str) -> None:
    stranger.write("pyproject.toml", f"[tool.parity.thresholds]\n{text}\n")
    result = stranger.run("-m", "parity")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: [[]tool.parity.thresholds[]]: {said}"])


def test_thresholds_that_are_no_table_are_a_usage_error(stranger: Any) -> None:
    stranger.write("pyproject.toml", "[tool.parity]\nthresholds = 3\n")
    result = stranger.run("-m", "parity")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: [[]tool.parity.thresholds[]] is no table"])


def test_a_file_that_is_no_toml_is_a_usage_error(stranger: Any) -> None:
    stranger.write("pytest.ini", "[pytest]\n")
    stranger.write("pyproject.toml", "[tool.parity\n")
    result = stranger.run("-m", "parity")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: *pyproject.toml: *"])


@pytest.fixture
def learner(stranger: Any) -> Any:
    """A repository with a learner of its own; one other check, so that something runs where no baseline is."""
    stranger.write("conftest.py", GUARD.replace("{kept}", f"{BASELINE} {OTHER}"))
    stranger.write("learner.py", LEARNER)
    stranger.write("factor.txt", "1")
    stranger.parity_test("learner:Learner")
    return stranger


def test_no_baseline_is_not_run_and_red_under_ci(learner: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    result = learner.run("-rs")
    assert result.ret == 0
    result.assert_outcomes(passed=1, skipped=1)
    result.stdout.fnmatch_lines(["not run *: no baseline: --update-snapshots makes it", "SKIPPED*not-run: no baseline"])
    monkeypatch.setenv("CI", "1")
    result = learner.run()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["not-run: no baseline: --update-snapshots makes it; red under CI"])
    assert not (learner.path / "snapshots").exists()


@pytest.mark.parametrize(
    ("kept", "seed", "said"),
    [
        (BASELINE, "1", "no baseline for PARITY_SEED 1: baselines are of seed 0"),
        (BASELINE.replace("cpu", "cuda"), "0", "no baseline for cuda: its spread is not measured"),
    ],
)
def test_what_no_baseline_is_for_is_not_missing_under_ci(
    learner: Any, monkeypatch: pytest.MonkeyPatch, kept: str, seed: str, said: str
) -> None:
    learner.write("conftest.py", GUARD.replace("{kept}", f"{kept} {OTHER}"))
    learner.write("learner.py", f"{LEARNER}\n    @staticmethod\n    def devices():\n        return ('cpu', 'cuda')\n")
    monkeypatch.setenv("CI", "1")
    monkeypatch.setenv("PARITY_SEED", seed)
    result = learner.run("--parity-report", "out")
    assert result.ret == 0
    result.assert_outcomes(passed=1, skipped=1)
    result.stdout.fnmatch_lines([f"not run *: {said}"])
    record = json.loads((learner.path / "out" / "record.json").read_text("utf-8"))
    assert [one["cause"] for one in record["findings"]] == ["", "baseline-of-another-run"]


def test_a_baseline_is_made_held_and_left(learner: Any) -> None:
    made = learner.run("--update-snapshots")
    assert made.ret == 0
    made.stdout.fnmatch_lines(["snapshots: * numbers written", "  new file train.lesson16.g2.learner: * numbers"])
    first = (learner.path / FILE).read_text("utf-8")
    assert set(json.loads(first)["outputs"]) == {"losses", "scale", "training patches", "patches"}

    # Far within the spread that was measured of any training in single precision.
    learner.write("factor.txt", repr(1 + 2.0**-21))
    again = learner.run("--update-snapshots")
    assert again.ret == 0
    again.stdout.fnmatch_lines(["snapshots: every number is within its budget, none was written"])
    assert (learner.path / FILE).read_text("utf-8") == first
    learner.run().assert_outcomes(passed=2)

    learner.write("factor.txt", "1.1")
    left = learner.run("-v")
    assert left.ret == pytest.ExitCode.TESTS_FAILED
    left.stdout.fnmatch_lines([f"*{BASELINE.replace('[', '[[]')}*", "semantic: *patches *, stored *, now *"])
    assert (learner.path / FILE).read_text("utf-8") == first


def test_a_seed_of_its_own_writes_no_baseline(learner: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARITY_SEED", "2")
    learner.run("--update-snapshots").assert_outcomes(passed=1, skipped=1)
    assert not (learner.path / FILE).exists()
