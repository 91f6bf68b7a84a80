"""The plan of the stress runs: balanced, every pair of levels in it, every check in the same slice for ever."""

from __future__ import annotations

import importlib.util
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from parity_suite.core.id_list import read_list

CI = Path(__file__).resolve().parents[1] / "ci"


def _module(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, CI / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def stress() -> Any:
    return _module("stress")


def test_two_hundred_runs_have_every_pair_of_levels_and_are_balanced(stress: Any) -> None:
    planned = stress.plan(200, 20, 1)
    assert stress.least_covered(planned, 20) >= 1
    assert set(Counter(run["slice"] for run in planned).values()) == {10}
    for name, levels in stress.FACTORS.items():
        counts = Counter(run[name] for run in planned)
        assert set(counts) == set(levels)
        assert max(counts.values()) <= 1.25 * min(counts.values()), name
    assert [run["seed"] for run in planned] == list(range(1, 201))
    assert planned == stress.plan(200, 20, 1)
    assert planned != stress.plan(200, 20, 2)


def test_a_pair_that_is_missing_is_seen(stress: Any) -> None:
    planned = [run for run in stress.plan(200, 20, 1) if (run["threads"], run["workers"]) != (1, 2)]
    assert stress.least_covered(planned, 20) == 0


def test_slices_part_the_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRESS", "{}")
    plugin = _module("stress_plugin")
    stored = read_list(CI.parent / "snapshots" / "check-ids.txt")
    assert stored
    sizes = Counter(plugin.slice_of(check, 20) for check in stored.ids)
    assert set(sizes) == set(range(20))
    assert max(sizes.values()) < 1.5 * min(sizes.values())
    assert plugin.slice_of("diffract.oracle[leaves64-torch-cpu-float32]", 20) == 16
