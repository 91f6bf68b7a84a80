"""The measured data of a stranger's pack: read, tried, asked, drawn and replayed by what the pack says of it."""

from __future__ import annotations

import json
import sys
from typing import Any, Final

import pytest

PACK: Final = """
import numpy as np
from parity_suite import ArrayDataset, Case, DataSource, DataTrial, Field, Pack, Stage

_X = Field("levels", "real", ("T",))
PACK = Pack("tides", (Stage("ebb", (_X,), (Field("low", "real", ("T",)),), "", items="T"),), "tides", "tides:Oracle",
            data="tides:Gauges")
CASES = (Case.of_sizes("n3", T=3),)

class Gauges(DataSource):
    def load(self, path, limits):
        if path.suffix != ".csv":
            raise ValueError("no gauge")
        return ArrayDataset(path.stem, {"levels": np.loadtxt(path, ndmin=1)})
    def trial(self, path, limits):
        levels = self.load(path, limits).values["levels"]
        if (levels < 0).all():
            return DataTrial(refusal=f"{path.name}: refused: below the ground")
        return DataTrial(("above the dam",) if (levels > 100).any() else (), draw=lambda png: png.write_bytes(b"PNG"))
    def recipes(self):
        return {"spring": 32 * "1a"}
    def made(self, recipe, folder):
        return ArrayDataset(recipe, {"levels": np.arange(4.0)})

def inputs(stage, case, rng, dataset):
    return {"levels": rng.normal(size=3) if dataset is None else dataset.arrays()["levels"]}

class Oracle:
    def __init__(self, precision="float64"): ...
    def ebb(self, levels):
        return levels / 2

class Right(Oracle):
    def __init__(self, device="cpu", precision="float32"): ...

class Wrong(Right):
    def ebb(self, levels):
        return np.where(levels > 7, levels, levels / 2)
"""
TEST: Final = """
from parity_suite import parity_checks

@parity_checks(backends=["tides:{backend}"])
def test_parity(check):
    check.run()

def test_arrays(parity_arrays):
    assert parity_arrays("spring")["levels"].tolist() == [0, 1, 2, 3]
"""


@pytest.fixture
def tides(stranger: Any) -> Any:
    stranger.apart = True
    for name in ("conftest.py", "tiny.py"):
        (stranger.path / name).unlink()
    stranger.write("pytest.ini", "[pytest]\nparity_packs = tides:PACK\npythonpath = .\n")
    stranger.write("tides.py", PACK)
    stranger.write("gauge.csv", "1\n4\n9\n")
    stranger.write("test_parity.py", TEST.format(backend="Right"))
    return stranger


def _asked(stranger: Any, file: str, *arguments: str) -> Any:
    return stranger.run(
        "-k", "ebb.oracle or test_arrays", "--parity-dataset", file, "--parity-report", "out", *arguments
    )


@pytest.mark.parametrize("more", [(), ("-n", "2")], ids=["alone", "workers"])
def test_stages_are_asked_on_a_file_of_the_packs_own(tides: Any, more: tuple[str, ...]) -> None:
    result = _asked(tides, "gauge.csv", *more)
    assert result.ret == 0, result.stdout.str()
    record = json.loads((tides.path / "out" / "record.json").read_text("utf-8"))
    real = [one["check"] for one in record["findings"] if one["dataset"] == "gauge"]
    assert "ebb.oracle[gauge-right-cpu-float64]" in real
    assert record["inputs"]["recipe spring"] == 32 * "1a"
    assert len(record["inputs"]["file gauge"]) == 64
    assert (tides.path / "out" / "trial.gauge.png").read_bytes() == b"PNG"


@pytest.mark.usefixtures("failures")
def test_a_mistake_that_the_file_shows_is_red_and_is_asked_again(tides: Any) -> None:
    tides.write("test_parity.py", TEST.format(backend="Wrong"))
    result = _asked(tides, "gauge.csv")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["FAILED *ebb.oracle*gauge-wrong-cpu-float32*"])
    (failure,) = (tides.path / "out" / "failures").glob("ebb.oracle*float32")
    again = tides.pytester.run(sys.executable, "-m", "parity_suite.cli.main", "replay", failure)
    assert again.ret == 1
    again.stdout.fnmatch_lines(["*same as recorded*"])


def test_a_file_is_refused_or_suspected_by_the_pack(tides: Any) -> None:
    tides.write("gauge.csv", "-1\n-4\n")
    result = _asked(tides, "gauge.csv")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*gauge.csv: refused: below the ground"])
    tides.write("gauge.csv", "1\n400\n")
    result = _asked(tides, "gauge.csv")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["suspect data: gauge.csv: above the dam"])


def test_a_file_of_no_pack_is_refused_with_what_each_says(tides: Any) -> None:
    tides.write("gauge.npz", "no archive")
    result = _asked(tides, "gauge.npz")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    (line,) = [line for line in result.stderr.lines if line.startswith("ERROR")]
    assert "tides: no gauge; ptychography: " in line
    missing = _asked(tides, "nowhere.csv")
    assert missing.ret == pytest.ExitCode.USAGE_ERROR
    assert "nowhere.csv" in missing.stderr.str()
