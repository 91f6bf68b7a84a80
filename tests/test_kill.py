"""Writers that are killed leave what was there, or what they wrote: ``ci/kill.py``, cut short."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

CI = Path(__file__).resolve().parents[1] / "ci"


@pytest.fixture(scope="module")
def kill() -> Any:
    spec = importlib.util.spec_from_file_location("kill", CI / "kill.py")
    assert spec is not None
    assert spec.loader is not None
    # A dataclass looks its module up.
    module = sys.modules["kill"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("name", "steps"), [("ledger", 8), ("record", 8), ("ids", 8), ("failure", 10)])
def test_killed_at_every_step(kill: Any, name: str, steps: int) -> None:
    (work,) = (one for one in kill.WORKS if one.name == name)
    assert kill.at_every_step(work) >= steps
    kill.at_random(work, 5, seed=1)


def test_an_update_killed_here_and_there(kill: Any) -> None:
    (work,) = (one for one in kill.WORKS if one.name == "update")
    assert kill.at_every_step(work, stride=17, first=5) >= 60
