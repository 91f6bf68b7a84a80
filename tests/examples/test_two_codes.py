"""The example of a pack without an oracle: two implementations of one function, held to each other."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from stranger import EXAMPLES, OF_ANY_STAGE, called, copied
from thinning import thinned

WRONG = """
from two_codes import Second

class Total(Second):
    def smooth(self, signals, width):
        return super().smooth(signals, width) * self.dtype.type(width)
"""
SINGLE = """
from parity_suite import Capabilities
from two_codes import First, Second

class One(First):
    capabilities = Capabilities(precisions=("float32",))

class Other(Second):
    capabilities = Capabilities(precisions=("float32",))

    def smooth(self, signals, width):
        return super().smooth(signals, width) * self.dtype.type(1.0001)
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = copied("two_codes", tmp_path_factory.mktemp("stranger"))
    (place / "wrong.py").write_text(WRONG)
    # What was stored would say of a class that is derived from one of the two that it is the wrong one.
    shutil.rmtree(place / "snapshots")
    return place


def test_it_is_small() -> None:
    assert sum(len(path.read_text("utf-8").splitlines()) for path in (EXAMPLES / "two_codes").rglob("*.py")) <= 80


def test_two_right_codes_are_green(place: Path) -> None:
    done = called(place, "pytest", "-m", "parity", "-q", "--parity-report", "report")
    assert done.returncode == 0, done.stdout
    record = json.loads((place / "report" / "record.json").read_text("utf-8"))
    ran = {one["law"] for one in record["findings"] if one["verdict"] == "ok"}
    assert ran == {"linearity", "batch_invariance", "equivariance", "statelessness", "refusal", "pair"} | OF_ANY_STAGE
    assert "oracle" not in {one["law"] for one in record["findings"]}, "what nobody answers has no id"


@pytest.mark.long
def test_where_neither_has_float64_arithmetic_and_meaning_cannot_be_told(place: Path) -> None:
    (place / "single.py").write_text(SINGLE)
    backends = ("--parity-backend", "single:One", "--parity-backend", "single:Other")
    done = called(place, "pytest", "-m", "parity", "-k", "pair", "-q", *backends, "--parity-report", "single")
    assert done.returncode == 1, done.stdout
    record = json.loads((place / "single" / "record.json").read_text("utf-8"))
    red = [one for one in record["findings"] if one["verdict"] == "semantic"]
    assert {(one["law"], one["culprit"], one["evidence"]["basis"]) for one in red} == {("pair", "", "untold")}
    folder = red[0]["replay"]["folder"]
    again = called(place, "parity_suite.cli.main", "replay", folder)
    assert "no float64, and how far round-off goes here cannot be told" in " ".join(again.stdout.split())


@pytest.mark.parametrize("settings", thinned(["[pytest]\n", "[pytest]\npythonpath = .\n"], 2))
def test_the_controller_of_workers_knows_the_pack_wherever_they_found_it(tmp_path: Path, settings: str) -> None:
    place = copied("two_codes", tmp_path)
    (place / "pytest.ini").write_text(f"{settings}parity_packs = two_codes:PACK\n")
    done = called(place, "pytest", "-m", "parity", "-q", "-n", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "first+second  smooth" in done.stdout
    assert "budgets: nothing was measured of smooth" in done.stdout


def test_a_sum_for_a_mean_is_red_between_the_two_and_nobody_is_blamed(place: Path) -> None:
    backends = ("--parity-backend", "two_codes:First", "--parity-backend", "wrong:Total")
    done = called(place, "pytest", "-m", "parity", "-q", *backends, "--parity-report", "wrong")
    assert done.returncode == 1, done.stdout
    assert "1. first+total smooth: off by a constant factor (4 checks)" in done.stdout
    assert "\n2. " not in done.stdout
    record = json.loads((place / "wrong" / "record.json").read_text("utf-8"))
    red = [one for one in record["findings"] if one["verdict"] == "semantic"]
    assert {(one["law"], one["culprit"]) for one in red} == {("pair", "")}
    again = called(place, "parity_suite.cli.main", "replay", "wrong/failures")
    assert again.returncode == 1, again.stderr
    assert again.stdout.count("smoothed (shrunk) is off by ") == 2, "the smallest input, asked of both again"


def test_of_two_the_one_that_is_not_what_was_stored_is_blamed(tmp_path: Path) -> None:
    place = copied("two_codes", tmp_path)
    beside = sorted(path.name for path in (place / "snapshots" / "baselines").iterdir())
    shutil.rmtree(place / "snapshots")
    done = called(place, "pytest", "-m", "parity", "-q", "--update-snapshots")
    assert done.returncode == 0, done.stdout
    stored = sorted(path.name for path in (place / "snapshots" / "baselines").iterdir())
    assert stored == [f"smooth.{case}.{name}.json" for case in ("n20.w5", "n9.w3") for name in ("first", "second")]
    assert stored == beside
    source = (place / "two_codes.py").read_text("utf-8")
    (place / "two_codes.py").write_text(source.replace("return out / self.dtype.type(width)", "return out"))
    done = called(place, "pytest", "-m", "parity", "-q", "-k", "pair or baseline")
    assert done.returncode == 1, done.stdout
    assert "1. first smooth: " in done.stdout
    assert "fail: pair 4, baseline 2;" in done.stdout
    assert "\n2. " not in done.stdout


@pytest.mark.long
def test_faults_are_killed_by_the_pair_with_the_right_one(place: Path) -> None:
    command = ("selftest", "--pack", "two_codes:PACK", "--backend", "two_codes:First", "-n", "1", "smooth")
    done = called(place, "parity_suite.cli.main", *command)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "first: 12 faults: 12 killed, 0 survived" in done.stdout
    (scaled,) = (line.split() for line in done.stdout.splitlines() if " smooth_scaled " in line)
    assert scaled[-1] == "pair", "no law of one alone sees a factor"


def test_the_selftest_takes_a_pack_of_the_environment(place: Path) -> None:
    command = ("parity_suite.cli.main", "selftest", "--backend", "two_codes:First", "-n", "1")
    done = called(place, *command, "smooth_scaled", PARITY_PACK="two_codes:PACK")
    assert done.returncode == 0, done.stdout + done.stderr
    done = called(place, *command, PARITY_PACK="two_codes:NONE")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        "parity: pack 'PARITY_PACK': AttributeError: module 'two_codes' has no attribute 'NONE'"
    ]
