"""The axis of the items may stand anywhere in a field, as where time or channels come first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from parity_suite.backends.registry import parse_spec
from parity_suite.core.context import RunContext
from parity_suite.core.finding import Finding
from parity_suite.engine.checks import enumerate_checks
from parity_suite.engine.runner import Runner

SOURCE = """
import numpy as np
from parity_suite import Case, Field, Pack, Stage, validate_inputs

_X, _Y = (Field(name, "real", ("T", "B")) for name in "xy")
RUN = Stage("run", (_X, Field("start", "real", ("T",))), (_Y,), "running sums of series, time first", items="B")
PACK = Pack("series", (RUN,), "series", ORACLE)
CASES = (Case.of_sizes("t4", T=4, B=3),)

def inputs(stage, case, rng):
    return {"x": rng.normal(size=(4, 3)), "start": rng.normal(size=4)}

class Oracle:
    def __init__(self, precision="float64"): ...
    def run(self, x, start):
        return np.cumsum(x + start[:, None], axis=0)

class Right:
    modes = ("eager", "graph")
    def __init__(self, device="cpu", precision="float32", mode="eager"):
        self.dtype = precision
    def run(self, x, start):
        validate_inputs(RUN, {"x": x, "start": start})
        return np.cumsum(x + start[:, None], axis=0, dtype=self.dtype)

class Mixed(Right):
    def run(self, x, start):
        return super().run(x - (x.mean(axis=1, keepdims=True) if x.size else 0), start)

class Last(Right):
    def run(self, x, start):
        out = super().run(x, start)
        out[:, -1:] *= x.shape[1] < 2
        return out
"""


@pytest.fixture(params=['"series:Oracle"', '""'], ids=["oracle", "none"], autouse=True)
def _series(request: pytest.FixtureRequest, stranger: Callable[..., Path]) -> None:
    stranger(series=SOURCE.replace("ORACLE", request.param))


def _found(name: str) -> list[Finding]:
    checks = enumerate_checks([parse_spec(f"series:{name}")])
    return [Runner(RunContext()).run(one) for one in checks if one.device == "cpu" and one.stage == "run"]


def test_right_code_is_green() -> None:
    found = _found("Right")
    assert [one.reason for one in found if one.red] == []
    asked = {one.law for one in found if one.passed}
    assert asked >= {"batch_invariance", "equivariance", "many", "mode_sizes", "repeats", "statelessness"}


@pytest.mark.parametrize("name", ["Mixed", "Last"])
def test_items_that_know_of_each_other_are_red(name: str) -> None:
    assert {one.law for one in _found(name) if one.red} >= {"batch_invariance", "many"}
