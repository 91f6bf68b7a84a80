"""The written-out Adam on gradients that are known, against its formula worked out by hand."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from parity_suite.ptychography.laws.adam import Adam
from parity_suite.ptychography.learning.settings import TrainingSettings

STRICT = {"learning_rate": 0.02, "beta1": 0.7, "beta2": 0.95, "epsilon": 0.05}
PROBE = np.array([[[1 + 2j, 0.5 - 1j], [-0.25 + 0j, 2j]]])
POWER = float(np.sum(np.abs(PROBE) ** 2))
ROOT = float(np.sqrt(POWER / 4))
WEIGHTS = np.array([1.0, -2.0, 0.5], np.float32)
COUNTS = np.arange(5.0).reshape(5, 1, 1, 1)
#: The gradients of the first and of the second step.
GRADIENTS: tuple[dict[str, Any], ...] = (
    {"weights": np.array([0.3, -0.1, 0.0]), "scale": np.float64(0.4), "probe": np.full((1, 2, 2), 0.2 - 0.6j)},
    {"weights": np.array([-0.2, -0.3, 0.7]), "scale": np.float64(-0.1), "probe": np.full((1, 2, 2), -0.5 + 0.1j)},
)


class Door:
    """A stage ``objective`` whose loss is the number of the call, with the gradients above; keeps what it was asked."""

    rounding = "float32"

    def __init__(self) -> None:
        self.asked: list[Mapping[str, Any]] = []

    @property
    def backend(self) -> Door:
        return self

    def need(self, *methods: str) -> None:
        assert methods == ("vjp",)

    def given(self, value: Any) -> Any:
        return value

    def __call__(self, stage: str, inputs: Mapping[str, Any]) -> dict[str, float]:
        assert stage == "objective"
        self.asked.append(inputs)
        return {"poisson_nll": np.float32(len(self.asked))}  # type: ignore[dict-item]

    def vjp(self, stage: str, inputs: Mapping[str, Any], output: str, wrt: str, cotangent: Any) -> Any:
        assert (stage, output, cotangent) == ("objective", "poisson_nll", 1.0)
        assert all(inputs[name] is value for name, value in self.asked[-1].items())
        return GRADIENTS[len(self.asked) - 1][wrt]


def _adam(**what: bool) -> tuple[Adam, Door]:
    def inputs(precision: str) -> dict[str, Any]:
        assert precision == "float32"
        places = np.arange(10.0).reshape(5, 1, 2, 1)
        arrays = {"counts": COUNTS, "positions": places, "centres": places + 1, "probe": PROBE}
        return {**arrays, "weights": WEIGHTS, "canvas": (4, 6)}

    door = Door()
    given: Any = SimpleNamespace(inputs=inputs, settings=TrainingSettings(**STRICT, **what))
    return Adam(door, given, 1.7), door  # type: ignore[arg-type]


def _moves(one: Any, two: Any) -> tuple[Any, Any]:
    """What Adam subtracts in its first and in its second step, for real gradients."""
    rate, epsilon = STRICT["learning_rate"], STRICT["epsilon"]
    first = rate * one / (np.abs(one) + epsilon)
    m = (0.7 * 0.3 * one + 0.3 * two) / (1 - 0.7**2)
    v = (0.95 * 0.05 * one**2 + 0.05 * two**2) / (1 - 0.95**2)
    return first, rate * m / (np.sqrt(v) + epsilon)


def test_weights_move_by_the_formula_from_float32_on_in_float64() -> None:
    adam, _ = _adam(train_scale=False, train_probe=False)
    assert adam.weights.dtype == np.float64
    one, two = _moves(GRADIENTS[0]["weights"], GRADIENTS[1]["weights"])
    adam.step(np.array([0, 1]))
    assert adam.weights == pytest.approx(WEIGHTS - one, rel=1e-14)
    adam.step(np.array([2, 3]))
    assert adam.weights == pytest.approx(WEIGHTS - one - two, rel=1e-14)
    assert adam.scale == 1.7
    assert np.array_equal(adam.probe, PROBE)


def test_the_scale_moves_by_a_gain_on_the_first_one() -> None:
    adam, _ = _adam(train_scale=True, train_probe=False)
    one, two = _moves(0.4 * 1.7, -0.1 * 1.7)
    adam.step(np.array([0]))
    assert adam.scale == pytest.approx(1.7 * (1 - one), rel=1e-14)
    adam.step(np.array([0]))
    assert adam.scale == pytest.approx(1.7 * (1 - one - two), rel=1e-14)


def test_real_and_imaginary_part_of_the_probe_move_each_by_itself_in_units_of_its_root() -> None:
    adam, _ = _adam(train_scale=False, train_probe=True)
    for k in (0, 1):
        adam.step(np.array([k]))
    parts = [_moves(*(part(g["probe"]) * ROOT for g in GRADIENTS)) for part in (np.real, np.imag)]
    raw = PROBE - ROOT * ((parts[0][0] + parts[0][1]) + 1j * (parts[1][0] + parts[1][1]))
    assert np.abs(adam.probe - raw * np.sqrt(POWER / np.sum(np.abs(raw) ** 2))).max() < 1e-14
    assert np.abs(adam.probe - PROBE).max() > 1e-3


def test_losses_are_those_before_each_step() -> None:
    adam, _ = _adam()
    losses = [adam.step(np.array([0])), adam.step(np.array([0]))]
    assert losses == [1.0, 2.0]
    assert [type(one) for one in losses] == [float, float]


@pytest.mark.parametrize("free", [False, True])
def test_the_objective_is_asked_about_the_groups_of_the_step(free: bool) -> None:
    adam, door = _adam(train_scale=True, train_probe=free, object_big=free)
    adam.step(np.array([3, 1]))
    scale, weights = adam.scale, adam.weights.copy()
    adam.step(np.array([4, 4]))
    first, second = door.asked
    assert set(first) == {
        "counts", "positions", "centres", "probe", "power", "scale", "weights", "canvas", "object_big"
    }  # fmt: skip
    assert first["counts"].ravel().tolist() == [3, 1]
    assert second["positions"].ravel().tolist() == [8, 9, 8, 9]
    assert second["centres"].ravel().tolist() == [9, 10, 9, 10]
    assert (first["scale"], second["scale"]) == (1.7, scale)
    assert np.array_equal(second["weights"], weights)
    assert first["canvas"] == (4, 6)
    assert first["object_big"] is free
    assert first["power"] == (POWER if free else None)
    assert np.abs(first["probe"] - PROBE).max() < 1e-15
    assert np.array_equal(second["probe"], PROBE) is not free
