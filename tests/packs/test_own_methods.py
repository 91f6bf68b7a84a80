"""What a pack's protocol names is asked as the engine's own methods are; a gradient without a formula is seen wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from parity_suite.backends.outside import kept_outside
from parity_suite.backends.registry import parse_spec
from parity_suite.core.context import RunContext
from parity_suite.core.pack import member
from parity_suite.faults import FAULTS
from parity_suite.selftest.sight import sight

SOURCE = """
from typing import Protocol
import numpy as np
from parity_suite import Case, Field, Pack, Stage

SQUARE = Stage("square", (Field("x", "real", ("B", "N")),), (Field("y", "real", ("B", "N")),), "y = x^2", items="B",
               differentiable=(("y", "x"),))
PACK = Pack("squares", (SQUARE,), "squares", protocol="squares")
CASES = (Case.of_sizes("n30", B=4, N=30), Case.of_sizes("n9", B=2, N=9))

class Tunes(Protocol):
    def tune(self, pitch): ...

def inputs(stage, case, rng):
    return {"x": rng.normal(size=(case.size("B"), case.size("N")))}

class Mine:
    def __init__(self, device="cpu", precision="float32"):
        self.told = []
    def square(self, x):
        return x * x
    def vjp(self, stage, inputs, output, wrt, cotangent):
        return (2 * inputs["x"] * cotangent).astype(inputs["x"].dtype)
    def tune(self, pitch):
        return pitch
    def humming(self, pitch):
        return pitch
    def configure(self, stage, inputs):
        self.told.append((stage, sorted(inputs)))
"""


@pytest.fixture(autouse=True)
def _squares(stranger: Callable[..., Path]) -> None:
    stranger(squares=SOURCE)


def test_methods_of_a_protocol_are_configured_and_others_are_not() -> None:
    backend = kept_outside(member("squares:Mine")())
    backend.tune(pitch=440)
    backend.humming(440)
    backend.vjp("square", {"x": member("squares:np").ones(3)}, "y", "x", 1.0)
    backend.square(x=1)
    assert backend.told == [("tune", ["pitch"]), ("square", ["x"]), ("square", ["x"])]


def test_a_gradient_that_is_slightly_too_large_is_seen_by_the_backends_own_differences() -> None:
    found = sight(RunContext(), parse_spec("squares:Mine"), FAULTS["square_gradient_scaled"], "made")
    assert {(kill.law, kill.blame) for kill in found.kills} == {("gradient", "square")}
    assert not found.spoilt
