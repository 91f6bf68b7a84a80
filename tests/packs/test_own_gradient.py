"""A gradient without a formula is held to the backend's differences, and modes without an oracle to the default one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from parity_suite.backends.registry import parse_spec
from parity_suite.core.cause import Cause
from parity_suite.core.context import RunContext
from parity_suite.core.finding import Finding
from parity_suite.engine.checks import enumerate_checks
from parity_suite.engine.runner import Runner

SOURCE = """
import numpy as np
from parity_suite import Capabilities, Case, Field, Pack, Stage

_X = Field("x", "KIND", ("B", "N"))
BEND = Stage("bend_KIND", (_X, Field("power", "scalar")), (Field("y", "KIND", ("B", "N")),), "y = power x^2, rolled",
             items="B", differentiable=(("y", "x"), ("y", "power")))
PACK = Pack("bends", (BEND,), "bends")
CASES = (Case.of_sizes("n3", B=2, N=3), Case.of_sizes("n4", B=2, N=4))

def inputs(stage, case, rng):
    x = 1 + rng.uniform(size=(2, case.size("N")))
    return {"x": x + 1j * rng.uniform(size=x.shape) if "KIND" == "complex" else x, "power": 1.5}

class Silent:
    modes = ("eager", "compiled")
    def __init__(self, device="cpu", precision="float32", mode="eager"):
        self.precision, self.mode = precision, mode
    def bend_KIND(self, x, power):
        return np.roll(x.dtype.type(power) * x * x, 1, axis=1)

class Right(Silent):
    def vjp(self, stage, inputs, output, wrt, cotangent):
        x, power, back = inputs["x"], inputs["power"], np.roll(cotangent, -1, axis=1)
        if wrt == "power":
            return np.float64(np.sum(np.conj(x * x) * back).real)
        return (2 * power * np.conj(x) * back).astype(x.dtype)

class Halved(Right):
    def vjp(self, stage, inputs, output, wrt, cotangent):
        return super().vjp(stage, inputs, output, wrt, cotangent) / 2

class Unrolled(Right):
    def vjp(self, stage, inputs, output, wrt, cotangent):
        return super().vjp(stage, inputs, output, wrt, np.roll(cotangent, 1, axis=1))

class LastOff(Right):
    def vjp(self, stage, inputs, output, wrt, cotangent):
        found = np.array(super().vjp(stage, inputs, output, wrt, cotangent))
        found.flat[-1] *= 1.001
        return found

class Single(Right):
    capabilities = Capabilities(precisions=("float32",))

class Apart(Right):
    def bend_KIND(self, x, power):
        return super().bend_KIND(x, power * (1.01 if self.mode == "compiled" else 1))
"""


@pytest.fixture(params=["real", "complex"], autouse=True)
def bends(request: pytest.FixtureRequest, stranger: Callable[..., Path]) -> None:
    stranger(bends=SOURCE.replace("KIND", request.param))


def _found(name: str, law: str) -> list[Finding]:
    checks = enumerate_checks([parse_spec(f"bends:{name}")])
    mine = [one for one in checks if one.law == law and one.stage.startswith("bend_") and one.device == "cpu"]
    assert "float32" in {one.precision for one in mine}
    return [Runner(RunContext()).run(one) for one in mine]


def test_a_right_gradient_is_green() -> None:
    assert all(one.passed for one in _found("Right", "gradient"))


@pytest.mark.parametrize("name", ["Halved", "Unrolled", "LastOff"])
def test_a_wrong_gradient_is_red(name: str) -> None:
    found = _found(name, "gradient")
    assert all(one.red for one in found)
    assert {str(one.verdict) for one in found} == {"semantic"}


def test_what_cannot_be_asked_is_said() -> None:
    assert {one.cause for one in _found("Silent", "gradient")} == {Cause.NOT_PROVIDED}
    assert {one.cause for one in _found("Single", "gradient")} == {Cause.OUTSIDE_CAPABILITY}


def test_a_mode_is_held_to_the_default_one() -> None:
    assert all(one.passed for one in _found("Right", "mode"))
    found = _found("Apart", "mode")
    assert all(one.red for one in found)
    assert all(one.worst is not None and one.worst.about.mode == "compiled" for one in found)
