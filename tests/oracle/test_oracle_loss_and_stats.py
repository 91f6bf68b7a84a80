"""`loss` against SciPy's Poisson and plain sums; `stats` against the standard library."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy import special, stats

from parity_suite.ptychography.oracle import Oracle

Array = npt.NDArray[Any]
SHAPE = (3, 5, 6, 4)


def observed(scale: float) -> tuple[Array, Array]:
    """Amplitudes, some of them zero or too faint for the floor, and counts that they did not quite cause."""
    rng = np.random.default_rng(12)
    amplitude = rng.uniform(0, 6, SHAPE)
    amplitude[0, :2] = 0
    amplitude[1, 2] = 0.5e-3 / scale
    return amplitude, rng.poisson((scale * amplitude) ** 2 + 1).astype(float)


@pytest.mark.parametrize("scale", [1.0, 2.5])
def test_nll_is_minus_log_poisson_without_the_factorials(oracle: Oracle, waves: Any, scale: float) -> None:
    amplitude, counts = observed(scale)
    rate = np.maximum((scale * amplitude) ** 2, 1e-6)
    assert np.count_nonzero(rate == 1e-6) == 2 * 6 * 4 + 6 * 4
    expected = -(stats.poisson.logpmf(counts, rate) + special.gammaln(counts + 1)).sum() / SHAPE[0]
    loss = oracle.loss(amplitude, counts, scale, waves(*SHAPE))
    assert loss["poisson_nll"] == pytest.approx(expected, rel=1e-12)


def test_nll_of_darkness_is_the_floor(oracle: Oracle, waves: Any) -> None:
    """No amplitude: each of the 10 photons of the one item costs -log(1e-6), each of the 30 pixels 1e-6."""
    counts = np.zeros((1, 5, 6, 1))
    counts[0, 1, 2, 0], counts[0, 3, 5, 0] = 7, 3
    loss = oracle.loss(np.zeros_like(counts), counts, 4.0, waves(1, 5, 6, 1))
    assert loss["poisson_nll"] == pytest.approx(30e-6 + 10 * 6 * math.log(10), rel=1e-14)


@pytest.mark.parametrize("scale", [1.0, 2.5])
def test_amplitude_mae_is_the_mean_over_everything(oracle: Oracle, waves: Any, scale: float) -> None:
    amplitude, counts = observed(scale)
    pairs = zip(amplitude.ravel().tolist(), counts.ravel().tolist(), strict=True)
    expected = math.fsum(abs(scale * a - math.sqrt(n)) for a, n in pairs) / math.prod(SHAPE)
    loss = oracle.loss(amplitude, counts, scale, waves(*SHAPE))
    assert loss["amplitude_mae"] == pytest.approx(expected, rel=1e-13)


def test_total_variation_is_a_sum_over_neighbours(oracle: Oracle, waves: Any) -> None:
    patches = waves(*SHAPE)
    steps = []
    for b, r, s, c in np.ndindex(SHAPE):
        here = complex(patches[b, r, s, c])
        if r + 1 < SHAPE[1]:
            steps.append(abs(complex(patches[b, r + 1, s, c]) - here))
        if s + 1 < SHAPE[2]:
            steps.append(abs(complex(patches[b, r, s + 1, c]) - here))
    loss = oracle.loss(*observed(1.0), 1.0, patches)
    assert loss["total_variation"] == pytest.approx(math.fsum(steps) / SHAPE[0], rel=1e-13)


@pytest.mark.parametrize(("axis", "steps"), [(1, 4 * 6), (2, 5 * 5)])
def test_total_variation_of_a_ramp_counts_its_steps(oracle: Oracle, axis: int, steps: int) -> None:
    """A ramp of 3 + 4i a pixel along one axis: 5 for each step, in each of 4 channels."""
    shape = [1, 1, 1, 1]
    shape[axis] = SHAPE[axis]
    ramp = (3 + 4j) * np.arange(SHAPE[axis]).reshape(shape) * np.ones(SHAPE)
    assert oracle.loss(*observed(1.0), 1.0, ramp)["total_variation"] == pytest.approx(5 * 4 * steps, rel=1e-13)


def test_stats_are_of_the_population_of_each_patch(oracle: Oracle, waves: Any) -> None:
    patches = waves(3, 5, 5, 4) + 2
    result = oracle.stats(patches)
    for b in range(3):
        for c in range(4):
            moduli = [abs(complex(value)) for value in patches[b, :, :, c].ravel()]
            assert result["mean"][b, c] == pytest.approx(statistics.fmean(moduli), rel=1e-13)
            assert result["var_zero_mean"][b, c] == pytest.approx(statistics.pvariance(moduli), rel=1e-12)
            assert result["std"][b, c] == pytest.approx(statistics.pstdev(moduli), rel=1e-12)
            assert result["minimum"][b, c] == pytest.approx(min(moduli), rel=1e-14)
            assert result["maximum"][b, c] == pytest.approx(max(moduli), rel=1e-14)


def test_variance_is_not_lost_beside_a_large_mean(oracle: Oracle) -> None:
    """1e6 + {0, 1, 2, 3} / 1000: the mean square less the squared mean would keep no digit of 1.25e-6."""
    patch = (1e6 + 1e-3 * np.arange(4.0)).reshape(1, 2, 2, 1)
    assert oracle.stats(patch)["var_zero_mean"].item() == pytest.approx(1.25e-6, rel=1e-6)


def test_the_mean_of_a_large_patch_is_exact_to_a_few_ulp(oracle: Oracle, waves: Callable[..., Any]) -> None:
    """Summed in order, 65,536 terms are off by 3e-13: more than the backends that the oracle judges."""
    patches = np.abs(waves(1, 256, 256, 4)) + 100
    got = oracle.stats(patches)["mean"][0]
    want = [math.fsum(patches[0, :, :, c].ravel().tolist()) / 256**2 for c in range(4)]
    np.testing.assert_allclose(got, want, rtol=1e-15)
