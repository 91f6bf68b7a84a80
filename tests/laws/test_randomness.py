"""The statistics that draws are held to: the distribution function, its bins, and what a seed and an item are for."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from plain import CASE, Plain, spec_of

from parity_suite.backends.subject import Subject
from parity_suite.compare.deviation import Breach
from parity_suite.laws import randomness


def exact(k: int, rate: float) -> float:
    """The sum of the probabilities of 0 to k."""
    return math.fsum(math.exp(i * math.log(rate) - rate - math.lgamma(i + 1)) for i in range(k + 1))


@pytest.mark.parametrize("rate", [0.3, 30.0, 999.0, 1e3, 1500.0, 5000.0])
def test_the_distribution_function(rate: float) -> None:
    spread = math.sqrt(rate)
    for k in (0, int(rate - 2 * spread), int(rate - 1), int(rate), int(rate + 1), int(rate + 3 * spread)):
        if k >= 0:
            assert randomness._poisson_cdf(k, rate) == pytest.approx(exact(k, rate), abs=1e-6)
    assert randomness._poisson_cdf(-1, rate) == 0.0


@pytest.mark.parametrize(("rate", "low", "step"), [(1.0, 0.5, 1), (100.0, 60.5, 2), (1e4, 9600.5, 20)])
def test_bins_cover_four_standard_errors_on_either_side(rate: float, low: float, step: int) -> None:
    edges = randomness._bins(1000, rate)
    assert edges[0] == low
    assert set(np.diff(edges)) == {step}
    assert rate + 4 * math.sqrt(rate) - step <= edges[-1] <= rate + 4 * math.sqrt(rate) + 2


def test_a_chi_square_of_the_right_rate_is_small_and_of_a_wrong_one_is_not() -> None:
    counts = np.random.default_rng(0).poisson(50, 20_000)
    assert abs(randomness._chi_square_z(counts, 50.0)) < 4
    assert randomness._chi_square_z(counts, 51.0) > 10
    assert randomness._chi_square_z(counts + 1, 50.0) > 10
    assert randomness._chi_square_z(np.zeros(3), 1e-6) == 0.0, "one bin says nothing"


class Repeating(Plain):
    """All items of a batch have the counts of one."""

    def observe(self, *arguments: Any, **keywords: Any) -> Any:
        counts = np.array(super().observe(*arguments, **keywords))
        counts[:] = counts[:1]
        return counts


class Ending(Plain):
    """The last item has the counts of the first, and the second has its own."""

    def observe(self, *arguments: Any, **keywords: Any) -> Any:
        counts = np.array(super().observe(*arguments, **keywords))
        counts[-1] = counts[0]
        return counts


@pytest.mark.parametrize(
    ("cls", "said"), [(Plain, []), (Repeating, ["two items of the batch have the same counts"]), (Ending, [])]
)
def test_items_of_a_batch_are_drawn_apart(cls: type[Any], said: list[str]) -> None:
    subject = Subject(spec_of(cls), "cpu", "float32", "float32")
    found = list(randomness.determinism(subject, "observe", CASE))
    assert [one.message for one in found if isinstance(one, Breach)] == said
