"""The Poisson sampler and the normal quantile under it, against scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special, stats

from parity_suite.ptychography.datasets.poisson import EXPANSION_RATE, poisson_counts
from parity_suite.ptychography.datasets.streams import Stream, normal_quantile

DRAWS = 200_000
RATES = [0.0, 1e-3, 1.0, 30.0, EXPANSION_RATE, 1e4, 1e8]


def drawn(rate: float, count: int = DRAWS) -> np.ndarray:
    return poisson_counts(np.full(count, rate), Stream(20, f"rate {rate}").uniforms(count))


def test_normal_quantile_agrees_with_scipy_from_centre_to_far_tails() -> None:
    left = np.concatenate([np.geomspace(2.0**-54, 0.5, 5000), np.linspace(0.07, 0.5, 5000)])
    for probability in (left, 1 - left[left > 1e-3]):
        wanted = special.ndtri(probability)
        assert np.abs(normal_quantile(probability) - wanted).max() < 2e-15 * np.abs(wanted).max()


def test_uniforms_stay_inside_the_open_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    class Words:
        def random_raw(self, count: int) -> np.ndarray:
            return np.array([0, 2**64 - 1, 1 << 11], np.uint64)[:count]

    stream = Stream(1, "any")
    monkeypatch.setattr(stream, "_words", Words())
    np.testing.assert_array_equal(stream.uniforms(3), [2.0**-54, 1 - 2.0**-53, 2.0**-53])


def test_streams_of_one_seed_differ_by_purpose_and_do_not_correlate() -> None:
    one, other = (Stream(3, purpose).uniforms(DRAWS) for purpose in ("object", "counts"))
    assert abs(np.corrcoef(one, other)[0, 1]) < 5 / np.sqrt(DRAWS)
    assert abs(np.corrcoef(one[1:], one[:-1])[0, 1]) < 5 / np.sqrt(DRAWS)
    np.testing.assert_array_equal(one, Stream(3, "object").uniforms(DRAWS))


@pytest.mark.parametrize("rate", RATES)
def test_mean_and_variance(rate: float) -> None:
    counts = drawn(rate)
    assert counts.dtype == np.int64
    spread = np.sqrt(rate / DRAWS)
    assert abs(counts.mean() - rate) <= 5 * spread
    # Var of a sample variance of a Poisson variable: (mu4 - sigma^4) / n with mu4 = rate + 3 rate^2.
    assert abs(counts.var() - rate) <= 5 * np.sqrt((rate + 2 * rate * rate) / DRAWS)


@pytest.mark.parametrize("rate", [rate for rate in RATES if rate > 0])
def test_chi_square(rate: float) -> None:
    quantiles = stats.poisson.ppf(np.linspace(0, 1, 42)[1:-1], rate)
    edges = np.unique(np.concatenate([quantiles, [rate // 1 + 1, 0]])) if rate < 1 else np.unique(quantiles)
    cumulative = np.concatenate([[0], stats.poisson.cdf(edges, rate), [1]])
    expected = DRAWS * np.diff(cumulative)
    found = np.bincount(np.searchsorted(edges, drawn(rate)), minlength=len(expected))
    keep = expected > 5
    assert keep.sum() >= 2
    statistic = np.sum((found - expected)[keep] ** 2 / expected[keep])
    assert stats.chi2.sf(statistic, keep.sum() - 1) > 1e-4


def test_rate_zero_gives_no_counts_and_no_uniform_number_is_too_extreme() -> None:
    extremes = np.array([2.0**-54, 0.5, 1 - 2.0**-53])
    np.testing.assert_array_equal(poisson_counts(np.zeros(3), extremes), 0)
    for rate in (1e-6, 1.0, 63.9):
        low, _, high = poisson_counts(np.full(3, rate), extremes)
        assert low == stats.poisson.ppf(extremes[0], rate)
        # Beside 1 the distribution function is flat to the last bit: a term more is the same number.
        assert abs(high - stats.poisson.ppf(extremes[2], rate)) <= 2


@pytest.mark.parametrize("rate", [1e-3, 0.7, 9.3, 63.0])
def test_small_rates_give_the_exact_quantile(rate: float) -> None:
    uniforms = Stream(4, "quantile").uniforms(20_000)
    np.testing.assert_array_equal(poisson_counts(np.full(20_000, rate), uniforms), stats.poisson.ppf(uniforms, rate))


@pytest.mark.parametrize(
    ("rate", "draws", "share"),
    [(64.0, 50_000, 2e-4), (300.0, 50_000, 1e-4), (1e4, 20_000, 1e-4), (1e7, 2_000, 0)],
)
def test_large_rates_miss_the_quantile_rarely_and_by_one_at_most(rate: float, draws: int, share: float) -> None:
    uniforms = Stream(5, "quantile").uniforms(draws)
    wrong = poisson_counts(np.full(draws, rate), uniforms) - stats.poisson.ppf(uniforms, rate)
    assert np.abs(wrong).max() <= 1
    assert np.mean(wrong != 0) <= share


def test_the_expansion_is_as_accurate_as_its_docstring_says() -> None:
    for deviations, error in ((2.0, 3e-4), (4.0, 4e-3)):
        z = np.linspace(-deviations, deviations, 41)
        wholes = np.unique(stats.poisson.ppf(special.ndtr(z), EXPANSION_RATE))
        # The quantile is a whole number n where u = P(X < n): to either side the count is n - 1 and n.
        for side, wanted in ((-error, wholes - 1), (error, wholes)):
            uniforms = special.gammaincc(wholes + side, EXPANSION_RATE)
            np.testing.assert_array_equal(poisson_counts(np.full(wholes.size, EXPANSION_RATE), uniforms), wanted)


def test_a_pixel_depends_on_no_other_pixel() -> None:
    rate = np.concatenate([np.geomspace(1e-3, 1e6, 300), np.zeros(20)])
    uniforms = Stream(6, "order").uniforms(rate.size)
    order = np.random.default_rng(1).permutation(rate.size)
    together = poisson_counts(rate, uniforms)
    np.testing.assert_array_equal(poisson_counts(rate[order], uniforms[order]), together[order])
    assert together.tolist() == [poisson_counts(r[None], u[None])[0] for r, u in zip(rate, uniforms, strict=True)]


@pytest.mark.parametrize("rate", [-1e-9, np.nan, np.inf])
def test_rates_that_are_none_are_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="rate: wants finite"):
        poisson_counts(np.array([1.0, rate]), np.array([0.5, 0.5]))
