"""The adjoints and gradients that laws hold a backend to, against central differences of the oracle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from parity_suite.core.packs import BY_NAME
from parity_suite.laws.algebra import generic_vector
from parity_suite.ptychography.adjoints import adjoint_of, gradient_of
from parity_suite.ptychography.oracle import Oracle
from parity_suite.ptychography.pipeline import STAGES

STEP = 1e-5
B, P, N, C = 3, 2, 5, 4


def noise(*shape: int, seed: int = 1, real: bool = False) -> Any:
    parts = np.random.default_rng([seed, *shape]).normal(size=(2, *shape))
    return parts[0] if real else parts[0] + 1j * parts[1]


POSITIONS = np.random.default_rng(2).uniform(2, 9, (B, 1, 2, C))
OWN = POSITIONS.mean(axis=3, keepdims=True)
STITCHED: Mapping[str, Any] = {"patches": noise(B, N, N, C), "positions": POSITIONS, "canvas": (10, 13)}
#: Inputs of every differentiable stage but those whose gradient has a test of its own.
INPUTS: Mapping[str, Mapping[str, Any]] = {
    "extract": {"object": noise(9, 12), "positions": POSITIONS, "size": N},
    "illuminate": {"patches": noise(B, N, N, C), "probe": noise(P, N, N)},
    "diffract": {"psi": noise(B, P, N, N, C)},
    "translate": {"images": noise(4, 5, 7, 1), "offsets": np.array([(0.3, -1.6), (-2.25, 0.7), (1, 0), (0, 3.5)])},
    "reassemble": {**STITCHED, "centre": np.array([5.0, 4.25])},
    "reassemble on own canvases": {**STITCHED, "centre": OWN},
    "loss": {
        "amplitude": np.abs(noise(B, N, N, C, real=True)) + 0.1,
        "counts": np.random.default_rng(3).poisson(2.0, (B, N, N, C)).astype(float),
        "scale": 1.7,
        "patches": noise(B, N, N, C, seed=8),
    },
}  # fmt: skip
PAIRS = [
    (name, output, wrt)
    for name in INPUTS
    for output, wrt in BY_NAME[name.split(" ")[0]].differentiable
    if wrt != "offsets"
]


def _result(stage: str, output: str, inputs: Mapping[str, Any]) -> Any:
    got = getattr(Oracle(), stage)(**inputs)
    return np.asarray(got if BY_NAME[stage].single else got[output])


def test_no_pair_is_left_out() -> None:
    every = {(s.name, *pair) for s in STAGES for pair in s.differentiable if s.name != "objective"}
    assert every - {(name.split(" ")[0], *pair) for name, *pair in PAIRS} == {("translate", "images", "offsets")}


@pytest.mark.parametrize(("name", "output", "wrt"), PAIRS)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_gradient_is_the_change_along_any_direction(name: str, output: str, wrt: str, seed: int) -> None:
    stage, inputs = name.split(" ")[0], INPUTS[name]
    x = inputs[wrt]
    direction = noise(*x.shape, seed=10 + seed, real=np.isrealobj(x))
    up, down = (_result(stage, output, {**inputs, wrt: x + sign * STEP * direction}) for sign in (1, -1))
    shape = up.shape
    cotangent = noise(*shape, seed=20 + seed, real=np.isrealobj(up)) if shape else np.float64(1.7)
    gradient = gradient_of(stage, output, wrt, inputs, cotangent)
    assert gradient.shape == x.shape
    assert np.iscomplexobj(gradient) == np.iscomplexobj(x)
    want = np.real(np.vdot(cotangent, (up - down) / (2 * STEP)))
    assert np.real(np.vdot(gradient, direction)) == pytest.approx(want, rel=1e-6)
    assert abs(want) > 1e-3


@pytest.mark.parametrize("name", [name for name in INPUTS if BY_NAME[name.split(" ")[0]].linear_in])
@pytest.mark.parametrize("real", [False, True])
def test_an_adjoint_of_real_arrays_is_that_of_complex_ones(name: str, real: bool) -> None:
    stage = name.split(" ")[0]
    output = BY_NAME[stage].outputs[0].name
    for wrt in BY_NAME[stage].linear_in:
        x = noise(*INPUTS[name][wrt].shape, seed=5, real=real)
        inputs = {**INPUTS[name], wrt: x}
        forward = _result(stage, output, inputs)
        y = noise(*forward.shape, seed=6)
        assert np.vdot(adjoint_of(stage, wrt, inputs, y), x) == pytest.approx(np.vdot(y, forward), rel=1e-12)


def test_a_gradient_is_zero_where_there_is_nothing_to_move() -> None:
    dark = np.zeros((1, 1, 4, 4, 1), complex)
    assert not gradient_of("diffract", "amplitude", "psi", {"psi": dark}, np.ones((1, 4, 4, 1))).any()
    flat = {**INPUTS["loss"], "patches": np.ones((B, N, N, C), complex)}
    assert not gradient_of("loss", "total_variation", "patches", flat, 1.0).any()


def test_a_rate_at_its_floor_has_no_gradient() -> None:
    at_floor, above = np.full((1, 1, 1, 1), 1e-3), np.full((1, 1, 1, 1), 1.5e-3)
    given = {"counts": np.full((1, 1, 1, 1), 3.0), "scale": 1.0, "patches": np.ones((1, 1, 1, 1), complex)}
    got = [
        gradient_of("loss", "poisson_nll", "amplitude", {**given, "amplitude": a}, 1.0).item()
        for a in (at_floor, above)
    ]
    assert got[0] == 0
    assert got[1] == pytest.approx(2 * 1.5e-3 * (1 - 3 / 1.5e-3**2))


def test_a_stage_that_is_not_linear_has_no_adjoint() -> None:
    with pytest.raises(KeyError, match="diffract is not linear"):
        adjoint_of("diffract", "psi", INPUTS["diffract"], noise(B, N, N, C))


def test_a_generic_vector_is_the_same_each_time_and_for_no_other_shape() -> None:
    one = generic_vector((3, 4), True)
    assert np.iscomplexobj(one)
    assert np.array_equal(one, generic_vector((3, 4), True))
    assert np.array_equal(one.real, generic_vector((3, 4), False))
    assert not np.array_equal(one.ravel(), generic_vector((4, 3), True).ravel())
    assert not np.array_equal(one.real, one.imag)
