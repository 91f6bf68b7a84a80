"""A stranger's law says of itself what engine, selftest, workers and causes go by."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from parity_suite.backends.registry import parse_spec
from parity_suite.core.context import RunContext
from parity_suite.core.kinds import Kind
from parity_suite.core.law_traits import LawTraits
from parity_suite.engine.checks import enumerate_checks
from parity_suite.engine.policy import Diagnosing, Policy
from parity_suite.engine.runner import Runner
from parity_suite.laws.mending import told_to_mend
from parity_suite.laws.registry import law_traits, traits_of
from parity_suite.plugin.scheduling import SubjectScheduling

SOURCE = """
import numpy as np
from parity_suite import Case, Field, Pack, Stage

_X, _Y = (Field(name, "real", ("B", "N")) for name in "xy")
HALVE = Stage("halve", (_X,), (_Y,), "y = x / 2", items="B")
PACK = Pack("halves", (HALVE,), "halves", "halves:Oracle", laws=("halves_laws",))
CASES = tuple(Case.of_sizes(f"n{n}", B=2, N=n) for n in (3, 4, 5, 6))

def inputs(stage, case, rng):
    return {"x": rng.normal(size=(2, case.size("N")))}

class Oracle:
    def __init__(self, precision="float64"): ...
    def halve(self, x):
        return x / 2

class OddWrong(Oracle):
    def __init__(self, device="cpu", precision="float32"): ...
    def halve(self, x):
        return x / (2 + x.shape[1] % 2)
"""
LAWS = """
from parity_suite import Kind, LawTraits, deviation, law, on_each_variant

@law(stages=("halve",), cases="all",
     traits=LawTraits(other_sizes=TRUE, compiles=TRUE, telling=9, means=(Kind.FORMULA, "a half is not a half")))
@on_each_variant
def other(subject, variant):
    got = subject("halve", {"x": variant.inputs["x"][:, :3]})["y"]
    yield deviation("y", got, variant.inputs["x"][:, :3] / 2)
"""


@pytest.fixture(params=["True", "False"])
def stated(request: pytest.FixtureRequest, stranger: Callable[..., Path]) -> bool:
    stranger(halves=SOURCE, halves_laws=LAWS.replace("TRUE", request.param))
    return request.param == "True"


def test_what_it_says_is_known_by_its_name(stated: bool) -> None:
    assert traits_of("other").compiles is stated
    assert law_traits()["other"] == traits_of("other")
    assert traits_of("unheard") == LawTraits()


def test_conditions_kinds_and_what_tells_most_go_by_it(stated: bool) -> None:
    runner = Runner(RunContext(), Policy(diagnosing=Diagnosing.ALWAYS))
    checks = enumerate_checks([parse_spec("halves:OddWrong")])
    wanted = [one for one in checks if one.device == "cpu" and one.law in ("oracle", "other")]
    found = [runner.run(one) for one in wanted]
    (mend,) = [one for one in told_to_mend(found) if one.most_telling.law == "other"]
    # Of the case with the even side the law asks three, which says nothing of that side.
    assert mend.condition == ("where n is odd" if stated else "")
    assert {one.kind for one in found if one.red and one.law == "other"} <= {Kind.FORMULA, Kind.FACTOR}


def test_workers_share_what_compiles(stated: bool) -> None:
    scheduling = SubjectScheduling.__new__(SubjectScheduling)
    scope = scheduling._split_scope("test_parity.py::test_parity[halve.other[n3-oddwrong-cpu-float32]]")
    assert scope == ("oddwrong modes" if stated else "oddwrong float32")
