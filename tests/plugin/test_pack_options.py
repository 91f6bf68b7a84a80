"""Options of a pack: of its table in the project file, over it of the command line, and as recorded in a replay."""

from __future__ import annotations

import json
import sys
from typing import Any, Final

import pytest

PACK: Final = """
import numpy as np
from parity_suite import Case, Field, Pack, PackOptions, Stage

_X = Field("levels", "real", ("T",))
PACK = Pack("tides", (Stage("ebb", (_X,), (Field("low", "real", ("T",)),), "", items="T"),), "tides", "tides:Oracle",
            laws=("tides_laws",), options="tides:Limits")
CASES = (Case.of_sizes("n3", T=3),)

class Limits(PackOptions):
    def override(self, given):
        if strange := set(given) - {"most", "place"}:
            raise ValueError(f"tides: there is no option {min(strange)}")
        super().override(given)

def inputs(stage, case, rng):
    return {"levels": np.array([1.0, 4.0, 9.0])}

class Oracle:
    def __init__(self, device="cpu", precision="float64"): ...
    def ebb(self, levels):
        return levels / 2
"""
LAWS: Final = """
import numpy as np
from parity_suite import deviation, law, on_each_variant
from tides import Limits

@law(stages=("ebb",), cases="small")
@on_each_variant
def flood(subject, variant):
    "Nothing is above the most that is allowed."
    most = subject.context.part(Limits).overrides.get("most", 5)
    low = subject("ebb", variant.inputs)["low"]
    yield deviation("low", np.minimum(low, most), low)
"""
TEST: Final = """
from parity_suite import parity_checks

@parity_checks(backends=["right=tides:Oracle"])
def test_parity(check):
    check.run()
"""


@pytest.fixture
def tides(stranger: Any) -> Any:
    stranger.apart = True
    for name in ("conftest.py", "tiny.py"):
        (stranger.path / name).unlink()
    stranger.write("pytest.ini", "[pytest]\nparity_packs = tides:PACK\npythonpath = .\n")
    stranger.write("tides.py", PACK)
    stranger.write("tides_laws.py", LAWS)
    stranger.write("test_parity.py", TEST)
    return stranger


def _asked(stranger: Any, *arguments: str) -> Any:
    return stranger.run("-k", "ebb.flood and cpu-float64", "--parity-report", "out", *arguments)


def test_an_option_is_of_the_table_of_its_pack_or_of_the_command_line(tides: Any) -> None:
    assert _asked(tides, "--parity-set", "tides.most=4").ret == pytest.ExitCode.TESTS_FAILED
    tides.write("pyproject.toml", "[tool.parity.tides]\nmost = 3\n")
    assert _asked(tides).ret == pytest.ExitCode.TESTS_FAILED
    assert _asked(tides, "--parity-set", "tides.most=2", "--parity-set", "tides.most=8").ret == 0
    assert _asked(tides, "--parity-set", "tides.place=Vlissingen").ret == pytest.ExitCode.TESTS_FAILED


def test_a_table_of_a_pack_imports_none_where_no_parity_test_is_run(tides: Any) -> None:
    tides.write("pyproject.toml", "[tool.parity.tides]\nmost = 3\n")
    tides.write("tides.py", "raise SystemError('imported')\n")
    tides.write("test_other.py", "def test_other(): pass\n")
    assert tides.run("test_other.py").ret == 0
    tides.write("tides.py", PACK)
    tides.write("pyproject.toml", "[tool.parity.tides]\nleast = 3\n")
    result = _asked(tides)
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(["*tides: there is no option least"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tides.least=3", "tides: there is no option least"),
        ("tide.most=3", "--parity-set: there is no pack tide"),
        ("tides.most", "--parity-set: 'tides.most' is not of the form PACK.KEY=VALUE"),
        ("most=3", "--parity-set: 'most=3' is not of the form PACK.KEY=VALUE"),
        ("ptychography.mean.minimum=-1", "[[]tool.parity.thresholds[]]: mean.minimum is -1, not a number of 0 or more"),
    ],
)
def test_an_option_that_cannot_be_is_a_usage_error(tides: Any, text: str, said: str) -> None:
    result = _asked(tides, f"--parity-set={text}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {said}"])


def test_a_pack_without_options_is_given_none(tides: Any) -> None:
    tides.write("tides.py", PACK.replace(', options="tides:Limits"', ""))
    result = _asked(tides, "--parity-set=tides.most=4")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: the pack tides has no options"])


@pytest.mark.usefixtures("failures")
def test_a_replay_is_judged_by_the_options_of_then(tides: Any) -> None:
    assert _asked(tides, "--parity-set", "tides.most=4").ret == pytest.ExitCode.TESTS_FAILED
    (failure,) = (tides.path / "out" / "failures").glob("ebb.flood*")
    assert json.loads((failure / "replay.json").read_text("utf-8"))["thresholds"] == {"most": 4}
    again = tides.pytester.run(sys.executable, "-m", "parity_suite.cli.main", "replay", failure)
    assert again.ret == 1
    again.stdout.fnmatch_lines(["*same as recorded*"])
