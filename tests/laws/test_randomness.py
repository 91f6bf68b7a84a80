"""The statistics that draws are held to: the distribution function, its bins, and what a seed and an item are for."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from plain import CASE, Plain, subject_of

from parity_suite.compare.deviation import Bound, BrokenRule
from parity_suite.ptychography.laws import randomness


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


class Sliding(Plain):
    """The next seed gives the same stream, from the next pixel on."""

    def observe(self, amplitude: Any, scale: float, seed: int) -> Any:
        start = seed % 64
        bits = np.random.default_rng(seed // 64)
        rate = float((scale * amplitude.flat[0].astype(float)) ** 2)
        return bits.poisson(rate, 64 + amplitude.size)[start:][: amplitude.size].reshape(amplitude.shape).astype(float)


class Rounding(Plain):
    """The seed passes through float32."""

    def observe(self, amplitude: Any, scale: float, seed: int) -> Any:
        return super().observe(amplitude, scale, int(np.float32(seed)))


ONE_ITEM = "two items of the batch have the same counts"
ONE_RUN = "a run of 16 counts comes twice in seed 3"


@pytest.mark.parametrize(
    ("cls", "said"),
    [
        (Plain, []),
        (Repeating, [ONE_ITEM, ONE_RUN]),
        (Ending, [ONE_ITEM, ONE_RUN]),
        (Sliding, ["seeds 3 and 4 share a run of 16 counts"]),
        (Rounding, ["seeds 1073741827 and 1073741828 share a run of 16 counts"]),
    ],
)
def test_items_and_seeds_are_drawn_apart(cls: type[Any], said: list[str]) -> None:
    found = list(randomness.determinism(subject_of(cls), "observe", CASE))
    assert [one.message for one in found if isinstance(one, BrokenRule)] == said


def test_seeds_fit_a_generator_of_31_bits_and_are_near_and_far() -> None:
    seeds = randomness._SEEDS
    assert len({*seeds}) == len(seeds)
    assert all(0 <= seed < 2**31 for seed in seeds)
    apart = {abs(one - two) for one in seeds for two in seeds}
    assert apart >= {1, 2, 3, 4, 8, 16, 1000, 2**16, 10**6, 2**24, 2**30}


def twins(lines: Any, lag: int) -> None:
    """Every other block of so many lines repeats the one before; at the greatest distance, the last line the first."""
    place = np.arange(len(lines))
    source = place - lag * (place // lag % 2) if 2 * lag <= len(lines) else np.where(place == lag, 0, place)
    lines[:] = lines[source]


@pytest.mark.parametrize(
    ("axis", "name", "lag"),
    [
        *((0, "items", lag) for lag in (1, 2, 3)),
        *((1, "rows", lag) for lag in (1, 2, 16, 31)),
        *((2, "pixels", lag) for lag in (1, 2, 16, 31)),
        *((3, "channels", lag) for lag in (1, 2, 3)),
    ],
)
def test_what_is_drawn_twice_is_correlated_along_its_axis_alone(axis: int, name: str, lag: int) -> None:
    counts = np.random.default_rng(5).poisson(30.0, randomness._DRAWS).astype(float)
    twins(np.moveaxis(counts, axis, 0), lag)
    found = [bound for bound in randomness._independent(counts, 30.0) if isinstance(bound, Bound)]
    assert [bound.output for bound in found if bound.of_limit > 1] == [f"z of the correlation of {name} at rate 30"]


@pytest.mark.parametrize("axis", [1, 2, 3, 4])
def test_one_line_that_comes_again_is_no_chance(axis: int) -> None:
    counts = np.random.default_rng(5).poisson(30.0, (2, *randomness._DRAWS)).astype(float)
    assert list(randomness._fresh(counts)) == []
    lines = np.moveaxis(counts[1:], axis, 0)
    lines[2] = lines[1]
    assert list(randomness._fresh(counts)) == [BrokenRule("a run of 16 counts comes twice in seed 4")]


def test_counts_that_share_a_little_are_correlated() -> None:
    counts = np.random.default_rng(6).poisson(30.0, randomness._DRAWS).astype(float)
    counts += 0.1 * np.roll(counts - 30.0, 1, axis=2)
    found = [bound for bound in randomness._independent(counts, 30.0) if isinstance(bound, Bound)]
    assert [bound.output for bound in found if bound.of_limit > 1] == ["z of the correlation of pixels at rate 30"]


@pytest.mark.parametrize(("pairs", "red"), [(0, False), (4, False), (5, True)])
def test_a_few_pairs_of_rare_counts_are_chance(pairs: int, red: bool) -> None:
    ones = np.zeros(15_000)
    ones[:16] = 1
    others = np.roll(ones, 16 - pairs)
    z = randomness._correlation_z(ones - 1e-3, others - 1e-3, 1e-3)
    assert (z > randomness._FAR) is red


def test_the_correlation_is_measured_in_standard_errors() -> None:
    ones, others = np.random.default_rng(7).poisson(30.0, (2, 400, 2500)) - 30.0
    found = [randomness._correlation_z(one, other, 30.0) for one, other in zip(ones, others, strict=True)]
    # Of 400 draws the mean of the squares lies within 5 sqrt(2 / 400) of one.
    assert np.mean(np.square(found)) == pytest.approx(1.0, abs=0.36)


@pytest.mark.parametrize("offset", range(0, 80_000, 8_000))
def test_the_right_counts_of_other_seeds_are_green(offset: int, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = randomness._counts
    monkeypatch.setattr(randomness, "_counts", lambda subject, rate, seed: drawn(subject, rate, seed + offset))
    found = list(randomness.distribution(subject_of(Plain), "observe", CASE))
    assert [one.output for one in found if isinstance(one, Bound) and one.of_limit > 1] == []


class NormalBesideBright(Plain):
    """All pixels beside a bright one have counts of a normal law, rounded."""

    def observe(self, amplitude: Any, scale: float, seed: int) -> Any:
        counts, rate = super().observe(amplitude, scale, seed), (scale * amplitude.astype(float)) ** 2
        drawn = np.maximum(np.rint(np.random.default_rng(seed).normal(rate, np.sqrt(rate))), 0)
        return drawn if rate.max() > 100 > rate.min() else counts


class DarkBesideBright(Plain):
    """No counts where the amplitude is below a thirtieth of the greatest."""

    def observe(self, amplitude: Any, scale: float, seed: int) -> Any:
        counts = super().observe(amplitude, scale, seed)
        return np.where(amplitude < amplitude.max() / 30, 0.0, counts)


@pytest.mark.parametrize("cls", [NormalBesideBright, DarkBesideBright])
def test_faint_pixels_beside_bright_ones_have_their_own_rate(cls: type[Any]) -> None:
    found = list(randomness.distribution(subject_of(cls), "observe", CASE))
    wrong = {one.output for one in found if isinstance(one, Bound) and one.of_limit > 1}
    assert "z of the mean at rate 0.04 beside others" in wrong
    assert all(output.endswith("beside others") for output in wrong)


def test_runs_in_common_are_found_at_any_place() -> None:
    counts = np.random.default_rng(8).poisson(30.0, (4, 500)).astype(float)
    assert randomness._sharing(counts) == set()
    counts[2, 333:349] = counts[1, 20:36]
    assert randomness._sharing(counts) == {(1, 2)}
    counts[3, 400:416] = counts[3, 7:23]
    assert randomness._sharing(counts) == {(1, 2), (3, 3)}
    counts[3, 415] += 1
    assert randomness._sharing(counts) == {(1, 2)}, "one shorter than a run is no run"
    counts[2, 341] += 1
    assert randomness._sharing(counts) == set(), "half a run is none either"
