"""What a pack of another field says of its chains, axes and searches is asked and told as that of ptychography is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from parity_suite.backends.registry import parse_spec
from parity_suite.compare.axes import place_in_words
from parity_suite.core import packs as registry
from parity_suite.core.about import About
from parity_suite.core.check import Check
from parity_suite.core.context import RunContext
from parity_suite.core.pack import Pack
from parity_suite.core.packs import packs
from parity_suite.core.run_causes import to_mend
from parity_suite.core.stage import Field, Stage
from parity_suite.diagnosis.calls import numbers_of
from parity_suite.engine.checks import enumerate_checks
from parity_suite.engine.runner import Runner

SOURCE = '''
import numpy as np
from hypothesis import strategies as st
from parity_suite import Case, Field, Pack, Rules, Stage

_X, _Y, _Z = (Field(name, "real", ("T", "N", "N", "A")) for name in "xyz")
HALVE = Stage("halve", (_X,), (_Y,), "y = x / 2", items="T")
NEGATE = Stage("negate", (_Y,), (_Z,), "z = -y", items="T")
PACK = Pack("halves", (HALVE, NEGATE), "halves", ORACLE, "halves", axis_words={"A": ("antenna",)},
            chains={"both": ("halve", "negate")})
CASES = (Case.of_sizes("n3", T=2, N=3, A=1),)

def inputs(stage, case, rng):
    return {"y" if stage == "negate" else "x": (4 if stage != "both" else 1e-3) * rng.normal(size=(2, 3, 3, 1))}

class Negate(Rules):
    def strategy(self):
        return st.floats(-4, 4, width=32).map(lambda one: {"y": np.full((1, 2, 2, 1), one)})

class Oracle:
    def __init__(self, precision="float64"): ...
    def halve(self, x):
        return x / 2
    def negate(self, y):
        return -y

class Right(Oracle):
    def __init__(self, device="cpu", precision="float32"): ...

class Wrong(Right):
    def negate(self, y):
        return np.where(y > 0, y, -y)

class Within(Right):
    """Wrong of what is small, as it is in the chain alone."""
    def negate(self, y):
        return y if abs(y).max() < 0.01 else -y

class Failing(Right):
    def negate(self, y):
        raise IndexError("none")
'''


@pytest.fixture(params=['"halves:Oracle"', '""'], ids=["oracle", "none"])
def pack(request: pytest.FixtureRequest, stranger: Callable[..., Path]) -> Pack:
    stranger(halves=SOURCE.replace("ORACLE", request.param))
    return next(one for one in packs() if one.name == "halves")


def test_two_backends_are_compared_on_a_chain_and_the_wrong_stage_is_blamed(pack: Pack) -> None:
    (check,) = [one for one in _both("Wrong") if (one.stage, one.precision) == ("both", "float64")]
    found = Runner(RunContext()).run(check)
    assert found.red
    assert found.worst is not None
    assert found.worst.output == "z"
    assert (found.blame, list(found.trace)) == ("negate", ["halve", "negate"])
    assert found.culprit == ("wrong" if pack.oracle else ""), "nobody is blamed without an oracle"
    assert found.not_located == ""


def test_a_stage_that_is_wrong_in_the_chain_alone_is_blamed(pack: Pack) -> None:
    """Its own inputs on the case are others than what the stage before it gives."""
    found = [Runner(RunContext()).run(one) for one in _both("Within") if one.precision == "float32"]
    assert [(one.stage, one.blame) for one in found if one.red] == [("both", "negate")]


def test_what_a_stage_raises_in_a_chain_is_a_cause_with_what_it_raises_by_itself(pack: Pack) -> None:
    specs = [parse_spec("halves:Right"), parse_spec("halves:Failing")]
    laws = ("pair", "statelessness")
    asked = [one for one in enumerate_checks(specs) if one.law in laws and one.device == "cpu"]
    (cause,) = to_mend(Runner(RunContext()).run(one) for one in asked)
    assert (cause.cause.subject, cause.cause.stage, cause.cause.function) == (
        "failing",
        "negate",
        "halves.py:Failing.negate",
    )
    assert {one.stage for one in cause.findings} == {"negate", "both"}


def _both(wrong: str) -> list[Check]:
    """Those of a pair on the chain and its stages."""
    checks = enumerate_checks([parse_spec("halves:Right"), parse_spec(f"halves:{wrong}")])
    return [one for one in checks if one.law == "pair" and one.device == "cpu"]


def test_what_is_drawn_is_searched_and_of_two_without_an_oracle_together(pack: Pack) -> None:
    specs = [parse_spec("halves:Right"), parse_spec("halves:Wrong")]
    checks = [one for one in enumerate_checks(specs) if one.law == "search" and one.device == "cpu"]
    wrong = {"right": False, "wrong": True} if pack.oracle else {"right+wrong": True}
    assert {(one.stage, one.subject) for one in checks} == {("negate", name) for name in wrong}
    found = [Runner(RunContext()).run(one) for one in checks]
    assert {one.subject: one.red for one in found} == wrong
    assert {one.precision for one in found} == {"float32", "float64"}
    assert {one.worst.about.variant for one in found if one.red and one.worst} == {"found"}


def test_axes_have_the_words_of_the_pack_or_those_of_their_use(pack: Pack) -> None:
    assert pack.axis_words
    assert place_in_words("negate", About("z"), "", (1, 2, 0, 0)) == "item 1, row 2, column 0, antenna 0"
    assert place_in_words("both", About("z"), "", (1, 2, 0, 0)) == "item 1, row 2, column 0, antenna 0"


def test_sizes_that_a_factor_is_told_by_have_the_words_of_the_pack_alone(pack: Pack) -> None:
    """C, P and B of another field are no channels, modes and batch."""
    assert numbers_of("negate", {"y": np.ones((2, 3, 3, 5))}) == {"batch": 2, "N": 3, "pixels": 9, "values": 9}
    field = Field("z", "real", ("B", "C", "P"))
    for words in ({}, {"C": "columns"}):
        registry._PACKS["folds"] = Pack("folds", (Stage("fold", (field,), (field,), ""),), "c", size_words=words)
        assert numbers_of("fold", {"z": np.ones((2, 3, 4))}) == dict.fromkeys(words.values(), 3)


def test_a_chain_is_of_stages_that_the_pack_has() -> None:
    field = Field("x", "real", ("T",))
    with pytest.raises(ValueError, match="pack mine: both is made of negate, which is no stage"):
        Pack("mine", (Stage("halve", (field,), (field,), ""),), "c", chains={"both": ("halve", "negate")})
    with pytest.raises(ValueError, match="pack mine: halve is made of negate, which is no stage"):
        Pack("mine", (Stage("halve", (field,), (field,), "", composed_of=("negate",)),), "c")
