"""The stored numbers: a mirror image or a swap moves one of them far, an error of size e moves none by more than e."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parity_suite.cases.variants import Variant, variants
from parity_suite.compare.budgets import budget_for
from parity_suite.compare.deviation import Deviation, deviation
from parity_suite.compare.statistics import difference, statistics, worst_difference
from parity_suite.core.context import RunContext
from parity_suite.core.packs import BY_NAME
from parity_suite.laws.snapshot import terms
from parity_suite.ptychography.cases import recipe_cases
from parity_suite.snapshots.anchors import _spatial_axes, describe_array

CONTEXT = RunContext()

_CASES = {case.name: case for case in recipe_cases() if case.name.endswith("64")}
_STAGES = ("probe", "extract", "illuminate", "diffract", "translate", "reassemble")

Change = Callable[[Any, int, int], Any]

CHANGES: dict[str, Change] = {
    "flip x": lambda a, y, x: np.flip(a, x),
    "flip y": lambda a, y, x: np.flip(a, y),
    "transpose": lambda a, y, x: np.swapaxes(a, y, x),
    "roll by one": lambda a, y, x: np.roll(a, 1, x),
    "conjugation": lambda a, y, x: np.conj(a),
    "channel swap": lambda a, y, x: np.concatenate([a[..., 1::-1], a[..., 2:]], axis=-1),
}


def _applies(name: str, value: Any, axes: tuple[int, int]) -> bool:
    if name == "conjugation":
        return np.iscomplexobj(value) and bool(np.any(value.imag))
    if name == "channel swap":
        return value.ndim - 1 not in axes and value.shape[-1] > 1
    return name != "transpose" or value.shape[axes[0]] == value.shape[axes[1]]


def _arrays(stage: str, case: str) -> Iterator[tuple[Variant, str, Any, tuple[int, int]]]:
    for variant in variants(CONTEXT, _CASES[case], stage, "float64"):
        for field in BY_NAME[stage].outputs:
            value = variant.expected[field.name]
            axes = _spatial_axes(value)
            if axes != (None, None):
                yield variant, field.name, np.asarray(value), axes  # type: ignore[misc]


@pytest.mark.parametrize("case", sorted(_CASES))
@pytest.mark.parametrize("stage", _STAGES)
def test_a_mirror_image_moves_a_number_by_a_hundred_budgets(stage: str, case: str) -> None:
    allowed = budget_for(stage, "snapshot", "float32").allowed(terms(CONTEXT, stage, _CASES[case], "float64"))
    for variant, name, value, axes in _arrays(stage, case):
        before = statistics(value, *axes)
        tried = [change for change in CHANGES if _applies(change, value, axes)]
        assert {"flip x", "flip y", "roll by one"} <= set(tried)
        for change in tried:
            number, gap = worst_difference(statistics(CHANGES[change](value, *axes), *axes), before)
            assert gap > 100 * allowed, f"{variant.name} {name}: {change} moves {number} by {gap / allowed:.3g} budgets"


def test_each_change_is_tried_on_some_array() -> None:
    found = {
        change
        for stage in _STAGES
        for case in _CASES
        for _, _, value, axes in _arrays(stage, case)
        for change in CHANGES
        if _applies(change, value, axes)
    }
    assert found == set(CHANGES)


@settings(deadline=None, max_examples=200)
@given(
    seed=st.integers(0, 2**32),
    shape=st.sampled_from([(3, 8, 9, 2), (12, 12), (5,), (1, 2)]),
    exponent=st.floats(-12, -1),
    kind=st.sampled_from(["everywhere", "one element", "one quadrant", "scale", "offset"]),
    is_complex=st.booleans(),
)
def test_an_error_moves_no_number_by_more_than_itself(
    seed: int, shape: tuple[int, ...], exponent: float, kind: str, is_complex: bool
) -> None:
    bits = np.random.default_rng(seed)
    value = bits.standard_normal(shape) * bits.uniform(0.01, 100)
    error = bits.standard_normal(shape)
    if is_complex:
        value, error = value + 1j * bits.standard_normal(shape), error + 1j * bits.standard_normal(shape)
    if kind == "one element":
        error = np.where(np.arange(error.size).reshape(shape) == bits.integers(error.size), error, 0)
    elif kind == "one quadrant":
        error = np.where(np.arange(error.size).reshape(shape) < error.size // 4, np.abs(error) + 1, 0)
    elif kind == "scale":
        error = value
    elif kind == "offset":
        error = np.ones_like(value)
    moved = value + 10**exponent * np.abs(value).max() * error
    size = deviation("out", moved, value)
    assert isinstance(size, Deviation)
    axes = _spatial_axes(value)
    before, after = statistics(value, *axes), statistics(moved, *axes)
    # A change of rms or peak by e rescales the others by as much again: to first order each moves by 2 e at most.
    for name, number in before.items():
        assert difference(name, after[name], number) <= 2.2 * size.error * (1 + 5 * size.error) + 1e-14, name


def test_rms_and_peak_are_relative_and_the_rest_is_scaled() -> None:
    assert difference("rms", 1.1, 1.0) == pytest.approx(0.1)
    assert difference("peak", 110.0, 100.0) == pytest.approx(0.1)
    assert difference("re.mean", 0.3, 0.2) == pytest.approx(0.1)
    assert difference("rms", 0.1, 0.0) == 0.1
    assert difference("re.mean", float("nan"), 0.2) == float("inf")


def test_statistics_of_nothing_and_of_zeros_are_rms_and_peak_alone() -> None:
    assert statistics(np.zeros((3, 3)), 0, 1) == {"rms": 0.0, "peak": 0.0}
    assert statistics(np.zeros((0, 3)), 0, 1) == {"rms": 0.0, "peak": 0.0}
    assert worst_difference({"rms": 0.0}, {"rms": 2.0, "re.mean": 1.0}) == ("rms", 1.0)


@pytest.mark.parametrize(
    ("shape", "axes"),
    [
        ((64, 64), [0, 1]),
        ((4, 64, 64, 4), [1, 2]),
        ((500, 64, 64), [1, 2]),
        ((5, 2, 16, 16, 4), [2, 3]),
        ((3, 137, 132), [1, 2]),
        ((2, 2, 9, 31), [2, 3]),
    ],
)
def test_the_image_axes_are_found(shape: tuple[int, ...], axes: list[int]) -> None:
    assert list(_spatial_axes(np.zeros(shape))) == axes
    assert describe_array(np.ones(shape))["shape"] == list(shape)
