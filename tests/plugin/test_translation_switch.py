"""The field's own switch between implementations of `translate` reaches the backend, in a worker too."""

from __future__ import annotations

import importlib.util
from typing import Any

import pytest
from thinning import thinned

#: The law of the switch, in one precision.
CHECKS = """
import parity_suite.engine.checks as checks

_all = checks.enumerate_checks

def few(specs, files=(), pairs=()):
    return tuple(check for check in _all(specs, files, pairs) if (check.stage, check.law) == ("translate", "switch"))

checks.enumerate_checks = few
"""
ONLY = ("-m", "parity", "-k", "translate.switch and cpu-float32")
ONE_WORKER = ("-n", "1")


#: TensorFlow where XLA is the default, so that a switch that says no shows as well.
COMPILED = """
from parity_suite.ptychography.tensorflow import TensorFlow

class Compiled(TensorFlow):
    modes = ("xla", "graph", "eager")
    implementations = {"projective": "translate", "gather_eager": "translate", "gather_graph": "translate"}
    translation_switches = {"USE_XLA_TRANSLATE": {"0": "gather_graph", "1": "gather_xla"}}
"""


def _asked(stranger: Any, framework: str, *backends: str) -> Any:
    """A repository in which backends are asked which implementation ran."""
    if importlib.util.find_spec(framework) is None:
        pytest.skip(f"no {framework}")
    stranger.apart = True
    stranger.write("conftest.py", CHECKS)
    stranger.parity_test(*backends)
    return stranger


@pytest.fixture
def tensorflow(stranger: Any) -> Any:
    return _asked(stranger, "tensorflow", "parity_suite.ptychography.tensorflow:TensorFlow")


def _told(found: dict[str, Any]) -> tuple[str, str, str]:
    """The verdict, the implementation that was chosen, and the one that ran."""
    told = found["facts"]["translation"]
    return found["verdict"], told["chosen"], told["ran"]


@pytest.mark.parametrize(
    ("value", "eager", "compiled"),
    thinned([("1", "gather_xla", "gather_xla"), ("0", "gather_eager", "gather_graph")], 2),
)
def test_the_fields_own_switch_reaches_a_worker(
    stranger: Any, monkeypatch: pytest.MonkeyPatch, value: str, eager: str, compiled: str
) -> None:
    stranger.write("compiled.py", COMPILED)
    _asked(stranger, "tensorflow", "parity_suite.ptychography.tensorflow:TensorFlow", "compiled:Compiled")
    monkeypatch.setenv("USE_XLA_TRANSLATE", value)
    found = {one["subject"]: _told(one) for one in stranger.record(*ONLY, *ONE_WORKER)["findings"]}
    assert found == {"tensorflow": ("ok", eager, eager), "compiled": ("ok", compiled, compiled)}


def test_a_switch_that_says_neither_is_an_error_that_names_it(tensorflow: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USE_XLA_TRANSLATE", "maybe")
    result = tensorflow.run(*ONLY, "-v")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["error: TensorFlow cannot be made: ValueError: USE_XLA_TRANSLATE: 'maybe' says *"])
