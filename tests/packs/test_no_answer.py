"""A law makes up no question that has no answer, and a backend differentiates what it can."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from parity_suite.backends.registry import parse_spec
from parity_suite.cases.reference import Listed
from parity_suite.core.cause import Cause
from parity_suite.core.context import RunContext
from parity_suite.core.finding import Finding
from parity_suite.engine.checks import enumerate_checks
from parity_suite.engine.runner import Runner

#: Distances between points, of which a power is taken: those of a point from itself are zero, and left out.
SOURCE = """
import numpy as np
from parity_suite import Case, Field, Pack, Stage, validate_inputs

REPEL = Stage("repel", (Field("apart", "real", ("B", "M", "M")), Field("width", "scalar")),
              (Field("energy", "real", ("B",)),), "the sum of width / apart off the diagonal", items="B",
              differentiable=(("energy", "apart"),))
SHIFT = Stage("shift", (Field("points", "real", ("B", "M")),), (Field("moved", "real", ("B", "M")),), "points + 1",
              items="B", linear_in=())
DOUBLE = Stage("double", (Field("points", "real", ("B", "M")),), (Field("twice", "real", ("B", "M")),), "2 points",
               items="B", linear_in=("points",))
COUNT = Stage("count", (Field("kinds", "index", ("M",)), Field("most", "integer")), (Field("many", "index", ("K",)),),
              "how many there are of each kind", permuted=("M",))
GREATEST = Stage("greatest", (Field("points", "real", ("M",)),), (Field("place", "index", ("1",)),), "the place of it")
PACK = Pack("repulsion", (REPEL, SHIFT, DOUBLE, COUNT, GREATEST), "repulsion", ORACLE)
CASES = (Case.of_sizes("m4", B=2, M=4),)

def inputs(stage, case, rng):
    if stage == "count":
        return {"kinds": np.array([0, 2, 2, 3, 2]), "most": 5}
    if stage == "greatest":
        return {"points": np.array([1.0, 3, 7, 4, 2])}
    points = np.sort(rng.uniform(1, 9, (2, 4)), axis=1)
    if stage != "repel":
        return {"points": points}
    return {"apart": np.abs(points[:, None] - points[:, :, None]), "width": 1.5}

class Oracle:
    def __init__(self, precision="float64"): ...
    def repel(self, apart, width):
        off = ~np.eye(apart.shape[1], dtype=bool)
        return np.array([sum(width / one[off]) for one in apart])
    def shift(self, points):
        return points + 1
    def double(self, points):
        return 2 * points
    def count(self, kinds, most):
        return np.array([(kinds == one).sum() for one in range(most)])
    def greatest(self, points):
        return np.array([points.argmax()])

class Right:
    def __init__(self, device="cpu", precision="float32"):
        self.dtype = precision
    def repel(self, apart, width):
        validate_inputs(REPEL, {"apart": apart, "width": width})
        off = ~np.eye(apart.shape[1], dtype=bool)
        with np.errstate(all="ignore"):
            return np.where(off, width / apart, 0).sum((1, 2)).astype(self.dtype)
    def shift(self, points):
        return (points + 1).astype(self.dtype)
    def double(self, points):
        return 2 * points
    def count(self, kinds, most):
        return np.bincount(kinds, minlength=most)
    def greatest(self, points):
        return np.array([np.argmax(points)])
    def vjp(self, stage, inputs, output, wrt, cotangent):
        if stage != "repel":
            raise NotImplementedError(stage)
        apart, width = inputs["apart"], inputs["width"]
        off = ~np.eye(apart.shape[1], dtype=bool)
        with np.errstate(all="ignore"):
            return np.where(off, -width / apart**2, 0).astype(self.dtype) * cotangent[:, None, None]

class Keeping(Right):
    def repel(self, apart, width):
        if not hasattr(self, "kept") or self.kept[0] != apart.shape:
            self.kept = apart.shape, super().repel(apart, width)
        return self.kept[1].copy()

class KeepingForAll(Right):
    kept = {}
    def count(self, kinds, most):
        return self.kept.setdefault((kinds.shape, most), super().count(kinds, most)).copy()
    def greatest(self, points):
        return self.kept.setdefault(points.shape, super().greatest(points)).copy()

class Refusing(Right):
    def repel(self, apart, width):
        if apart.max() > 9:
            raise ValueError("apart is more than the box")
        return super().repel(apart, width)

class Dividing(Right):
    def repel(self, apart, width):
        if apart.max() > 9:
            raise ZeroDivisionError("division by zero")
        return super().repel(apart, width)

class Failing(Right):
    def repel(self, apart, width):
        if apart.max() > 9:
            raise ValueError("cannot be broadcast: (4,) and (3,)")
        return super().repel(apart, width)

class Stopping(Failing): ...
"""


@pytest.fixture(params=['"repulsion:Oracle"', '""'], ids=["oracle", "none"], autouse=True)
def _repulsion(request: pytest.FixtureRequest, stranger: Callable[..., Path]) -> None:
    stranger(repulsion=SOURCE.replace("ORACLE", request.param))


def _found(name: str, *laws: str, beside: str = "") -> list[Finding]:
    checks = enumerate_checks([parse_spec(f"repulsion:{name}")])
    context = RunContext()
    context.part(Listed).specs = [parse_spec(f"repulsion:{one}") for one in (name, beside) if one]
    return [Runner(context).run(one) for one in checks if one.device == "cpu" and one.law in laws]


def test_where_other_numbers_mean_nothing_right_code_is_green() -> None:
    """A pair that lies in one place has no energy, and no gradient of it."""
    found = _found("Right", "statelessness", "gradient_again", "gradient", "form", "repeats", "surroundings", "many")
    assert [one.reason for one in found if one.red] == []
    assert {one.law for one in found if one.stage == "repel" and one.passed} >= {"statelessness", "gradient_again"}


def test_what_is_kept_is_seen_all_the_same() -> None:
    assert all(one.red for one in _found("Keeping", "statelessness") if one.stage == "repel")


@pytest.mark.parametrize(("name", "red"), [("Right", False), ("KeepingForAll", True)])
def test_one_answer_to_two_questions_is_a_mistake_where_they_have_two(name: str, red: bool) -> None:
    """The greatest of five stays in the middle where they are turned about; whole numbers are other ones too."""
    found = [one for one in _found(name, "statelessness") if one.stage in ("count", "greatest")]
    assert {one.stage: one.red for one in found} == {"count": red, "greatest": red}


@pytest.mark.parametrize(
    ("name", "beside", "red"),
    [
        ("Refusing", "", False),
        ("Dividing", "", False),
        ("Failing", "", True),
        ("Failing", "Right", True),
        ("Failing", "Stopping", False),
    ],
)
def test_without_an_oracle_a_refusal_is_no_answer_and_a_mistake_in_the_code_is_one(
    name: str, beside: str, red: bool, request: pytest.FixtureRequest
) -> None:
    """Other numbers, half as large again, are beyond what it takes."""
    with_oracle = "oracle" in request.node.callspec.id
    found = [one for one in _found(name, "statelessness", beside=beside) if one.stage == "repel"]
    assert {one.red for one in found} == {red or with_oracle}


def test_a_stage_that_is_not_differentiated_is_not_asked_for_it() -> None:
    found = [one for one in _found("Right", "adjoint") if one.stage == "double"]
    assert {(one.cause, one.lacks) for one in found} == {(Cause.NOT_PROVIDED, "vjp")}
    assert "double" in found[0].reason
