"""A linear stage without an adjoint of its pack is held to the vjp of the backend."""

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
from parity_suite import Case, Field, Pack, Stage

_X = Field("x", "KIND", ("B", "N"))
TURN = Stage("turn", (_X,), (Field("y", "complex", ("B", "N")),), "y = i x rolled by one", items="B", linear_in=("x",))
PACK = Pack("turns", (TURN,), "turns", "turns:Oracle")
CASES = (Case.of_sizes("n3", B=2, N=3),)

def inputs(stage, case, rng):
    x = rng.normal(size=(2, 3))
    return {"x": x + 1j * rng.normal(size=x.shape) if "KIND" == "complex" else x}

class Oracle:
    def __init__(self, device="cpu", precision="float64"): ...
    def turn(self, x):
        return 1j * np.roll(x, 1, axis=1)

class Right(Oracle):
    def vjp(self, stage, inputs, output, wrt, cotangent):
        gradient = -1j * np.roll(cotangent, -1, axis=1)
        return gradient.astype(inputs["x"].dtype) if "KIND" == "complex" else gradient.real.astype(inputs["x"].dtype)

class Unturned(Right):
    def vjp(self, stage, inputs, output, wrt, cotangent):
        return super().vjp(stage, inputs, output, wrt, np.roll(cotangent, 1, axis=1))

class Conjugated(Right):
    def vjp(self, stage, inputs, output, wrt, cotangent):
        return -super().vjp(stage, inputs, output, wrt, cotangent)

class OnFullVectors(Right):
    def vjp(self, stage, inputs, output, wrt, cotangent):
        right = super().vjp(stage, inputs, output, wrt, cotangent)
        return right if np.all(cotangent) else 2 * right
"""


@pytest.fixture(params=["complex", "real"])
def _turns(request: pytest.FixtureRequest, stranger: Callable[..., Path]) -> None:
    stranger(turns=SOURCE.replace("KIND", request.param))


def found(name: str, precision: str = "float64") -> Finding:
    """What the law finds of a backend."""
    checks = enumerate_checks([parse_spec(f"turns:{name}")])
    (check,) = [one for one in checks if (one.law, one.device, one.precision) == ("adjoint", "cpu", precision)]
    return Runner(RunContext()).run(check)


@pytest.mark.usefixtures("_turns")
def test_a_backend_is_held_to_its_own_vjp() -> None:
    for precision in ("float32", "float64"):
        assert found("Right", precision).ran
        assert not found("Right", precision).red, found("Right", precision).reason
    for name in ("Unturned", "Conjugated", "OnFullVectors"):
        assert found(name).red, name


@pytest.mark.usefixtures("_turns")
def test_without_one_it_is_not_provided() -> None:
    got = found("Oracle")
    assert (got.cause, got.lacks) == (Cause.NOT_PROVIDED, "vjp")
