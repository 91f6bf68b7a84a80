"""`observe` against SciPy's Poisson distribution, at rates from darkness to 1e8."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats

from parity_suite.ptychography.oracle import Oracle

Array = npt.NDArray[Any]
#: What a right implementation falls short of once in a million streams.
RARE = 1e-6
SHAPE = (5, 64, 64, 4)
RATES = (1e-3, 1.0, 30.0, 1e4, 1e8)


def counts_of(oracle: Oracle, rate: float, seed: int = 7) -> Array:
    """Half of the rate's root in the scale, so that a scale that is lost or squared twice shows."""
    root = np.sqrt(rate)
    return oracle.observe(np.full(SHAPE, root / 2.5), 2.5, seed)


@pytest.mark.parametrize("rate", RATES)
def test_mean_and_variance_are_the_rate(oracle: Oracle, rate: float) -> None:
    counts = counts_of(oracle, rate)
    n = counts.size
    assert np.array_equal(counts, np.floor(counts))
    assert counts.min() >= 0
    far = stats.norm.isf(RARE / 2)
    assert abs(counts.mean() - rate) < far * np.sqrt(rate / n)
    # The fourth central moment of a Poisson variable is rate + 3 rate^2.
    assert abs(((counts - rate) ** 2).mean() - rate) < far * np.sqrt((rate + 2 * rate**2) / n)


@pytest.mark.parametrize("rate", RATES)
def test_histogram_is_poisson(oracle: Oracle, rate: float) -> None:
    counts = counts_of(oracle, rate)
    edges = np.unique(stats.poisson.ppf([0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.98], rate))
    below = np.diff(np.concatenate([[0], stats.poisson.cdf(edges, rate), [1]]))
    bins = np.bincount(np.searchsorted(edges, counts.ravel()), minlength=len(below))
    assert stats.chisquare(bins, below * counts.size).pvalue > RARE


def test_darkness_stays_dark(oracle: Oracle) -> None:
    assert not counts_of(oracle, 0.0).any()


def test_each_pixel_has_its_own_rate(oracle: Oracle) -> None:
    amplitude = np.sqrt(np.random.default_rng(1).uniform(1e4, 2e4, (1, 48, 48, 2)))
    rate = (3 * amplitude) ** 2
    deviation = (oracle.observe(amplitude, 3.0, 5) - rate) / np.sqrt(rate)
    assert stats.chi2.sf((deviation**2).sum(), deviation.size) > RARE


def test_neighbours_are_independent(oracle: Oracle) -> None:
    counts = counts_of(oracle, 30.0) - 30
    for axis in range(4):
        ahead, behind = np.delete(counts, 0, axis), np.delete(counts, -1, axis)
        assert stats.pearsonr(ahead.ravel(), behind.ravel()).pvalue > RARE


def test_seed_decides(oracle: Oracle) -> None:
    np.testing.assert_array_equal(counts_of(oracle, 30.0, 1), counts_of(oracle, 30.0, 1))
    assert (counts_of(oracle, 30.0, 1) != counts_of(oracle, 30.0, 2)).mean() > 0.8


def test_counts_stay_whole_beyond_float32() -> None:
    """Rates above 2^24 give odd counts too, also when the oracle works in float32."""
    counts = counts_of(Oracle(precision="float32"), 1e8)
    assert counts.dtype == np.float64
    assert 0.4 < (counts % 2).mean() < 0.6
