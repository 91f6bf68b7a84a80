"""A chain whose last stage gives several outputs says which stage it is, whichever of them is wrong or not finite."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from parity_suite.backends.registry import parse_spec
from parity_suite.core.context import RunContext
from parity_suite.engine.checks import enumerate_checks
from parity_suite.engine.runner import Runner

SOURCE = """
import numpy as np
from parity_suite import Case, Field, Pack, Stage

_X, _Y = (Field(name, "real", ("B", "N")) for name in "xy")
HALVE = Stage("halve", (_X,), (_Y,), "y = x / 2", items="B")
SPLIT = Stage("split", (_Y,), (Field("total", "real", ("B",)), Field("parts", "real", ("B", "N"))), "", items="B")
PACK = Pack("splits", (HALVE, SPLIT), "splits", "splits:Right", chains={"both": ("halve", "split")})
CASES = (Case.of_sizes("n3", B=2, N=3),)

def inputs(stage, case, rng):
    return {"y" if stage == "split" else "x": rng.normal(size=(2, 3))}

class Right:
    def __init__(self, device="cpu", precision="float32"): ...
    def halve(self, x):
        return x / 2
    def split(self, y):
        return {"total": y.sum(axis=1), "parts": -y}

class Wrong(Right):
    def split(self, y):
        return {**super().split(y), "parts": y.copy()}

class NotFinite(Right):
    def split(self, y):
        return {**super().split(y), "total": np.full(len(y), np.nan, y.dtype)}
"""


@pytest.mark.parametrize("name", ["Wrong", "NotFinite"])
def test_the_stage_is_blamed(name: str, stranger: Callable[..., Path]) -> None:
    stranger(splits=SOURCE)
    specs = [parse_spec("splits:Right"), parse_spec(f"splits:{name}")]
    wanted = ("both", "cpu", "float64")
    (check,) = [one for one in enumerate_checks(specs) if (one.stage, one.device, one.precision) == wanted]
    found = Runner(RunContext()).run(check)
    assert found.red
    assert found.not_located == ""
    assert found.blame == "split"
    assert found.raised.type == ""
