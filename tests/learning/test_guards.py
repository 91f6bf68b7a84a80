"""What the guards measure, by hand on patches of 4 x 4, and what no dead, flat, spiky or misscaled patch passes."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from parity_suite.compare.deviation import Bound
from parity_suite.ptychography.laws.guards import within
from parity_suite.ptychography.learning.guards import central, quantities, train_eval, worst
from parity_suite.ptychography.learning.thresholds import Thresholds

Array = npt.NDArray[Any]

LIMITS = Thresholds().of("any.g2")


def _patch(centre: list[list[complex]], border: complex) -> Array:
    """(1, 4, 4, 1): a middle of 2 x 2 and twelve pixels around it."""
    out = np.full((1, 4, 4, 1), border, np.complex64)
    out[0, 1:3, 1:3, 0] = centre
    return out


def test_the_middle_is_half_of_each_axis() -> None:
    rows = np.arange(64.0).reshape(1, 8, 8, 1)
    assert central(rows)[0, :, :, 0].tolist() == [[8 * r + c for c in (2, 3, 4, 5)] for r in (2, 3, 4, 5)]


def test_each_quantity_by_hand() -> None:
    # Moduli 5, 1, 1, 1 in the middle (mean 2, variance 3); twelve of 2 around it, so the mean of all is 2 as well.
    patches, truth = _patch([[3 + 4j, 1], [1j, -1]], 2j), _patch([[2, -2], [2j, 0]], 9)
    found = {name: float(value[0, 0]) for name, value in quantities(patches, truth).items()}
    assert found["mean"] == pytest.approx(2)
    assert found["var_zero_mean"] == pytest.approx(12 / 16)
    assert found["relative_variance"] == pytest.approx(3 / 4)
    # The mean of the middle is (3 + 5i) / 4; the squares of what is left are (81 + 121, 1 + 25, 9 + 1, 49 + 25) / 16.
    assert found["peak_share"] == pytest.approx(202 / 312)
    # That of the truth is i / 2; left are 4 + 1/4 twice, 9/4 and 1/4.
    assert found["variance_ratio"] == pytest.approx((312 / 16) / 11)
    assert found["modulus_ratio"] == pytest.approx(2 / 1.5)


def test_without_the_truth_nothing_stands_beside_it() -> None:
    found = quantities(_patch([[1, 2], [3, 4]], 1), None)
    assert set(found) == {"var_zero_mean", "mean", "relative_variance", "peak_share"}


def test_every_patch_is_measured_on_its_own() -> None:
    patches = np.ones((2, 4, 4, 3), np.complex64) * np.arange(1, 7).reshape(2, 1, 1, 3)
    assert quantities(patches, None)["mean"].tolist() == [[1, 2, 3], [4, 5, 6]]


def _healthy() -> tuple[Array, Array]:
    """(3, 16, 16, 4) patches beside a truth that they resemble, in single precision."""
    bits = np.random.default_rng(4)
    modulus, phase = bits.uniform(0.5, 1, (2, 3, 16, 16, 4))
    truth = (modulus * np.exp(1j * phase)).astype(np.complex64)
    return (0.9 * truth + 0.02).astype(np.complex64), truth


def _one_pixel(patches: Array) -> Array:
    out = np.zeros_like(patches)
    out[:, 8, 8] = 1
    return out


SICK = {
    "flat": lambda x: np.full_like(x, 0.8),
    "flat with a tilt in phase": lambda x: np.exp(0.01j * np.arange(16)).reshape(1, 16, 1, 1) * np.ones_like(x),
    "zero": np.zeros_like,
    "one pixel": _one_pixel,
    "NaN": lambda x: np.full_like(x, np.nan),
    "NaN in one pixel of one patch": lambda x: np.where(np.arange(x.size).reshape(x.shape) == 1234, np.nan, x),
    "a thousand times too large": lambda x: 1000 * x,
    "a thousand times too small": lambda x: x / 1000,
    "one patch of twelve dead": lambda x: np.where(np.arange(4) == 2, 0.8, x),
}


def _red(patches: Array, truth: Array) -> list[str]:
    values = quantities(patches, truth)
    found = (one for name in values for one in within(values, LIMITS[name]))
    return [one.output for one in found if isinstance(one, Bound) and not one.of_limit <= 1]


def test_healthy_patches_pass() -> None:
    assert _red(*_healthy()) == []


@pytest.mark.parametrize("name", SICK)
def test_sick_patches_do_not(name: str) -> None:
    patches, truth = _healthy()
    assert _red(SICK[name](patches), truth)


def test_the_worst_patch_is_named() -> None:
    patches, truth = _healthy()
    patches[2, ..., 1] = 0.8
    assert "variance_ratio of group 2, channel 1" in _red(patches, truth)


def test_nan_comes_before_all() -> None:
    values = {"mean": np.array([[1.0, 5.0], [np.nan, 0.0]])}
    for greatest in (True, False):
        value, place = worst(values, "mean", greatest)
        assert np.isnan(value)
        assert place == (1, 0)
    assert worst({"mean": np.array([[1.0, 5.0], [3.0, 0.0]])}, "mean", True) == (5.0, (0, 1))
    assert worst({"mean": np.array([[1.0, 5.0], [3.0, 0.0]])}, "mean", False) == (0.0, (1, 1))


def test_a_quotient_by_zero_is_infinite() -> None:
    flat = _patch([[1, 1], [1, 1]], 1)
    assert quantities(flat, None)["peak_share"].item() == np.inf
    assert quantities(flat * 0, None)["relative_variance"].item() == np.inf
    beside_nothing = quantities(_patch([[1, 2], [3, 4]], 1), np.zeros((1, 4, 4, 1)))
    assert beside_nothing["variance_ratio"].item() == beside_nothing["modulus_ratio"].item() == np.inf


class TestBetweenTrainingAndEvaluation:
    def test_the_change_of_each_patch(self) -> None:
        patches = _healthy()[0]
        changed = patches.copy()
        changed[1, ..., 3] *= 1.1
        change = train_eval(patches, changed)
        assert change.shape == (3, 4)
        assert change[1, 3] == pytest.approx(0.21, rel=1e-5)
        assert np.delete(change.ravel(), 7).max() == 0
        assert train_eval(changed, patches)[1, 3] == pytest.approx(1 - 1 / 1.21, rel=1e-5)

    @pytest.mark.parametrize("evaluation", [np.zeros((1, 4, 4, 1)), _patch([[1, 2], [3, 4]], 0)])
    def test_a_baseline_of_zero_is_infinite_and_never_passes(self, evaluation: Array) -> None:
        change = train_eval(np.zeros((1, 4, 4, 1), np.complex64), evaluation)
        assert change.item() == np.inf
        (bound,) = within({"train_eval": change}, LIMITS["train_eval"])
        assert isinstance(bound, Bound)
        assert bound.of_limit > 1

    def test_nan_on_either_side_never_passes(self) -> None:
        good, bad = _patch([[1, 2], [3, 4]], 1), _patch([[1, np.nan], [3, 4]], 1)
        limit = LIMITS["train_eval"]
        for pair in ((good, bad), (bad, good), (bad, bad)):
            (bound,) = within({"train_eval": train_eval(*pair)}, limit)
            assert isinstance(bound, Bound)
            assert bound.of_limit > 1
