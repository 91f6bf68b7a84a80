"""What photon noise makes of a squared distance, against sums over Poisson's distribution."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import poisson

from parity_suite.ptychography.trial.photon_noise import expected_distance


@pytest.mark.parametrize("rate", [1e-6, 1e-3, 0.1, 1.0, 3.0, 10.0, 30.0, 63.0, 1e3, 1e6])
def test_the_expected_distance_is_that_of_the_distribution(rate: float) -> None:
    counts = np.arange(*poisson.interval(1 - 1e-13, rate) + np.array([0, 2]))
    expected = np.sum(poisson.pmf(counts, rate) * (np.sqrt(counts) - np.sqrt(rate)) ** 2)
    # A table in steps of 1/512 of a root, and 1/4 beyond a rate of 64.
    assert float(expected_distance(np.float32([np.sqrt(rate)]))[0]) == pytest.approx(expected, rel=0.01, abs=2e-6)
