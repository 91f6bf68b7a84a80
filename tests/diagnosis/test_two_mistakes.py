"""Two mistakes in one function, neither of which explains anything by itself, are told together."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from parity_suite.compare.axes import axis_names
from parity_suite.compare.diagnosis import Output
from parity_suite.core.backend_spec import BackendSpec
from parity_suite.core.context import RunContext
from parity_suite.core.kinds import Kind
from parity_suite.core.packs import BY_NAME
from parity_suite.diagnosis import kind_and_words
from parity_suite.diagnosis.both import two_mistakes
from parity_suite.engine.checks import enumerate_checks
from parity_suite.engine.runner import Runner
from parity_suite.ptychography.oracle import Oracle

_MOST = 3.5
BITS = np.random.default_rng(3)


def inputs_of() -> list[dict[str, Any]]:
    """Two cuts of an object that is wider than high."""
    return [
        {
            "object": BITS.normal(size=(14, 17)) + 1j * BITS.normal(size=(14, 17)),
            "positions": BITS.uniform(4, 9, (2, 1, 2, 4)),
            "size": size,
        }
        for size in (5, 6)
    ]


def told(given: Mapping[str, Any], got: Any) -> Any:
    """One call beside what the oracle makes of it."""
    want = Oracle().extract(**given)
    axes = axis_names("extract", BY_NAME["extract"].outputs[0], want.ndim)
    return SimpleNamespace(outputs={"patches": Output("patches", got, want, axes, 1e-12)}, arguments=given)


def said(held: list[Any], seconds: float = 5.0) -> Any:
    return two_mistakes("extract", held, time.process_time() + seconds, _MOST)


def test_an_input_read_otherwise_and_an_output_changed() -> None:
    calls = [(g, Oracle().extract(**{**g, "positions": np.flip(g["positions"], 2)}).conj()) for g in inputs_of()]
    kinds, words = said([told(given, got) for given, got in calls])
    assert kinds == (Kind.AXES, Kind.CONJUGATE)
    assert words == "two mistakes: positions with x and y swapped; and conjugated"


def test_two_that_undo_each_other_explain_nothing() -> None:
    calls = []
    for given in inputs_of():
        right = Oracle().extract(**given)
        calls.append(told(given, right * (1 + 1e-5 * BITS.uniform(-1, 1, right.shape))))
    assert said(calls) is None


def test_two_changes_of_an_output() -> None:
    calls = [(given, -np.flip(Oracle().extract(**given), 1)) for given in inputs_of()]
    kinds, words = said([told(given, got) for given, got in calls])
    assert set(kinds) == {Kind.SIGN, Kind.MIRROR}
    assert words.startswith("two mistakes: ")


def test_nothing_is_said_of_a_call_that_is_right_or_of_noise() -> None:
    """Two mistakes that would have changed a call that is right are none that were made."""
    first, second = inputs_of()
    got = np.conj(Oracle().extract(**{**first, "positions": np.flip(first["positions"], 2)}))
    assert said([told(first, got), told(second, Oracle().extract(**second))], 0.5) is None
    assert said([told(first, BITS.normal(size=(2, 5, 5, 4)) + 0j)], 0.2) is None


class Noisy(Oracle):
    def illuminate(self, patches: Any, probe: Any) -> Any:
        found = super().illuminate(patches, probe)
        return (found + np.cos(np.arange(found.size)).reshape(found.shape)).astype(found.dtype)


def test_they_are_looked_for_at_two_checks_of_a_law(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each search that finds nothing takes a second."""
    asked: list[str] = []
    monkeypatch.setattr(sys.modules[kind_and_words.__module__], "two_mistakes", lambda stage, *_: asked.append(stage))
    spec = BackendSpec("noisy", __name__, "Noisy")
    checks = [one for one in enumerate_checks([spec]) if one.id.startswith("illuminate.oracle") and one.device == "cpu"]
    runner = Runner(RunContext())
    found = [runner.run(one) for one in checks[:5]]
    assert [one.kind for one in found] == [None] * 5
    assert asked == ["illuminate"] * 2
