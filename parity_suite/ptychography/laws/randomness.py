"""Laws of the random stage and of the dose."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from parity_suite.backends.subject import Subject
from parity_suite.cases.variants import Variant, variants
from parity_suite.compare.deviation import Bound, BrokenRule, Outcome, deviation, exactly, with_about
from parity_suite.core.case import Case
from parity_suite.laws.going_on import on_each_variant
from parity_suite.laws.registry import law

#: On both sides of ten, where samplers commonly change their method, and of where a normal law is close enough by eye.
_RATES = (0.0, 1e-3, 1.0, 8.0, 30.0, 60.0, 1e4, 1e8)
#: Two-sided, 5 standard errors: 6e-7 for each of some fifty numbers, and the seed is fixed.
_SIGMAS = 5.0
#: Correlations are many, at every distance along every axis: with 6 standard errors, 2e-9 for each, all three hundred
#: and forty of them cry wolf once in a million seeds.
_FAR = 6.0
_DRAWS = (4, 32, 32, 4)
#: Of pixels beside each other: a sampler that chooses its method for a whole array is right for one of them alone.
_BESIDE = (0.04, 0.5, 3.0, 2500.0)
#: Of each two some pair is near or far: apart by one, by powers of two and of ten, and past what float32 tells apart;
#: none takes more than 31 bits, and a generator of 32 is right.
_SEEDS = (3, 4, 0, 1, 2, 7, 11, 2**4 + 3, 10**3 + 3, 2**16 + 3, 10**6 + 3, 2**24 + 3, 2**30 + 3, 2**30 + 4)
#: Two counts of rate 30 are equal once in twenty times, two runs of 16 once in 4e20, and there are 8e10 pairs of runs.
_RUN = 16
#: So many times the photons.
_DOSE = 16.0
_SCALE = 2.0


def _counts(subject: Subject, rate: float, seed: int) -> Any:
    amplitude = np.full(_DRAWS, math.sqrt(rate) / _SCALE)
    inputs: dict[str, Any] = {"amplitude": amplitude.astype(subject.rounding), "scale": _SCALE, "seed": seed}
    exact = (_SCALE * float(inputs["amplitude"].flat[0])) ** 2
    return subject("observe", inputs)["counts"].astype(np.float64), exact


@law(stages=("observe",), cases="single")
def distribution(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """Counts are whole, with the mean, the variance and the shape of a Poisson law at rates from 0 to 1e8; faint pixels
    beside bright ones have those of their own rate.

    Half of large counts are odd; counts kept in float32 are not odd beyond 2^24.
    """
    for rate in _RATES:
        counts, exact = _counts(subject, rate, 11)
        n = counts.size
        yield exactly(f"counts at rate {rate:g} are whole", counts, np.rint(counts))
        if rate == 0:
            yield exactly("counts at rate 0", counts, np.zeros_like(counts))
            continue
        origin = f"standard error of {n} draws"
        yield from _moments(counts, exact, f"at rate {rate:g}")
        yield Bound(f"z of chi-square at rate {rate:g}", _chi_square_z(counts, exact), _SIGMAS, origin)
        yield Bound(f"z of the skewness at rate {rate:g}", _skewness_z(counts, exact), _SIGMAS, origin)
        odd = (1 - math.exp(-2 * exact)) / 2
        odd_z = abs(np.mean(counts % 2) - odd) / math.sqrt(odd * (1 - odd) / n)
        yield Bound(f"z of the odd counts at rate {rate:g}", float(odd_z), _SIGMAS, origin)
        yield from _independent(counts, exact)
    yield from _beside_each_other(subject)


def _moments(counts: Any, rate: float, label: str) -> Iterator[Outcome]:
    origin = f"standard error of {counts.size} draws"
    mean_z = abs(counts.mean() - rate) / math.sqrt(rate / counts.size)
    yield Bound(f"z of the mean {label}", float(mean_z), _SIGMAS, origin)
    # The fourth central moment of a Poisson law is rate + 3 rate^2.
    spread = math.sqrt((rate + 2 * rate**2) / counts.size)
    variance_z = abs(np.mean((counts - rate) ** 2) - rate) / spread
    yield Bound(f"z of the variance {label}", float(variance_z), _SIGMAS, origin)


def _beside_each_other(subject: Subject) -> Iterator[Outcome]:
    """Each pixel has its neighbours in every direction among those of other rates."""
    which = np.indices(_DRAWS).sum(axis=0) % len(_BESIDE)
    amplitudes = (np.sqrt(_BESIDE) / _SCALE).astype(subject.rounding)
    inputs = {"amplitude": amplitudes[which], "scale": _SCALE, "seed": 11}
    counts = subject("observe", inputs)["counts"].astype(np.float64)
    for k, rate in enumerate(_BESIDE):
        exact = (_SCALE * float(amplitudes[k])) ** 2
        yield from _moments(counts[which == k], exact, f"at rate {rate:g} beside others")


def _skewness_z(counts: Any, rate: float) -> float:
    """The third central moment is the rate; the sixth, less the square of the third, is its variance for one draw."""
    third = float(np.mean((counts - rate) ** 3))
    sixth = 15 * rate**3 + 25 * rate**2 + rate
    return abs(third - rate) / math.sqrt((sixth - rate**2) / counts.size)


def _chi_square_z(counts: Any, rate: float) -> float:
    """Wilson and Hilferty (1931): the cube root of chi-square over its degrees of freedom is close to normal."""
    edges = _bins(counts.size, rate)
    observed = np.histogram(counts, bins=[-0.5, *edges, np.inf])[0]
    cumulative = np.array([0.0, *(_poisson_cdf(math.floor(e), rate) for e in edges), 1.0])
    expected = np.diff(cumulative) * counts.size
    keep = expected > 5
    freedom = int(keep.sum()) - 1
    if freedom < 1:
        return 0.0
    chi = float(np.sum((observed[keep] - expected[keep]) ** 2 / expected[keep]))
    cube_root: float = (chi / freedom) ** (1 / 3)
    return (cube_root - (1 - 2 / (9 * freedom))) / math.sqrt(2 / (9 * freedom))


def _bins(n: int, rate: float) -> list[float]:
    """Edges between whole counts, about a fifth of a standard deviation apart."""
    sd = math.sqrt(rate)
    step = max(1, round(sd / 5))
    low, high = max(0, int(rate - 4 * sd)), int(rate + 4 * sd) + 2
    return [k + 0.5 for k in range(low, high, step)]


def _poisson_cdf(k: int, rate: float) -> float:
    """Exact sum below a rate of 1e3; above, Peizer and Pratt's (1968) normal argument, good to 1e-6 there."""
    if k < 0:
        return 0.0
    if rate < 1e3:
        logs = [i * math.log(rate) - rate - math.lgamma(i + 1) for i in range(k + 1)]
        return min(1.0, math.fsum(math.exp(value) for value in logs))
    s = k + 0.5
    d = k + 2 / 3 - rate + 0.02 / (k + 1)
    gap = s - rate
    # Never negative but for rounding, where the count equals the rate.
    deviance = max(s * math.log(s / rate) - gap, 0.0)
    z = d * math.sqrt(2 * deviance) / abs(gap) if gap else d / math.sqrt(rate)
    return 0.5 * math.erfc(-z / math.sqrt(2))


def _independent(counts: Any, rate: float) -> Iterator[Outcome]:
    """Pixels, rows, channels and items share nothing, at whatever distance."""
    residue = counts - rate
    for axis, name in enumerate(("items", "rows", "pixels", "channels")):
        lines = np.moveaxis(residue, axis, 0)
        z = max(_correlation_z(lines[:-lag], lines[lag:], rate) for lag in range(1, len(lines)))
        yield Bound(f"z of the correlation of {name} at rate {rate:g}", z, _FAR, "standard error")


def _correlation_z(ones: Any, others: Any, rate: float) -> float:
    """The sum of the products of independent residues has the variance ``n rate^2``.

    It is near to normal where many pairs have counts. At the rate of 1e-3 one pair in a million has, 0.016 of them all,
    and each adds one: there four pairs pass, and five come once in 1e10 times.
    """
    error = max(rate * math.sqrt(ones.size), 4 / _FAR)
    return float(abs(np.sum(ones * others)) / error)


@law(stages=("observe",), cases="single")
def determinism(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """One seed gives the same bytes; another seed, item, row or channel other counts, of which no run comes again."""
    counts = np.stack([_counts(subject, 30.0, seed)[0] for seed in _SEEDS])
    first, other = counts[:2]
    # Zero is a seed like any other, though it is often taken for none.
    for seed in (_SEEDS[0], 0):
        again, _ = _counts(subject, 30.0, seed)
        yield exactly("counts of one seed" if seed else "counts of seed 0", again, counts[_SEEDS.index(seed)])
    if np.array_equal(first, other):
        yield BrokenRule("two seeds gave the same counts: the seed is ignored")
    if len(np.unique(first, axis=0)) < len(first):
        yield BrokenRule("two items of the batch have the same counts")
    yield from _fresh(counts)


def _fresh(counts: Any) -> Iterator[Outcome]:
    """No run of counts comes twice, of channels, along a row or along a column."""
    orders = (0, 1, 2, 3, 4), (0, 1, 4, 2, 3), (0, 1, 4, 3, 2)
    shared = set().union(*(_sharing(counts.transpose(order)) for order in orders))
    # What repeats in one seed may look like that of another by chance.
    if alone := [one for one, two in shared if one == two]:
        yield BrokenRule(f"a run of {_RUN} counts comes twice in seed {_SEEDS[min(alone)]}")
    elif shared:
        one, two = min(shared)
        yield BrokenRule(f"seeds {_SEEDS[one]} and {_SEEDS[two]} share a run of {_RUN} counts")


def _sharing(counts: Any) -> set[tuple[int, int]]:
    """Which seeds, the first axis, have a run of counts in common in the order given, and which have one twice."""
    # One byte holds all counts of the rate that is asked for.
    flat = np.clip(counts.reshape(len(counts), -1), 0, 255).astype(np.uint8)
    runs = np.ascontiguousarray(np.lib.stride_tricks.sliding_window_view(flat, _RUN, axis=1))
    words = runs.reshape(-1, _RUN).view(np.uint64)
    # Half a run is quickly sorted, and hardly any comes again where none should.
    _, which, times = np.unique(words[:, 0], return_inverse=True, return_counts=True)
    again = np.flatnonzero(times[which] > 1)
    order = again[np.lexsort(words[again].T)]
    same = np.all(words[order[1:]] == words[order[:-1]], axis=1)
    seeds = order // runs.shape[1]
    return {(min(pair), max(pair)) for pair in zip(seeds[:-1][same].tolist(), seeds[1:][same].tolist(), strict=True)}


@law(stages=("observe", "scale"), cases="made")
def dose(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """k times the photons scales by sqrt(k) what it should, and nothing else."""
    k = _DOSE
    if stage == "observe":
        (few, rate), (many, _) = _counts(subject, 30.0, 7), _counts(subject, 30.0 * k, 7)
        error = math.sqrt((rate * k**2 + rate * k) / few.size)
        z = abs(many.mean() - k * few.mean()) / error
        yield Bound(f"z of the mean at {k:g} times the dose", float(z), _SIGMAS, "standard error")
        return
    yield from _dose_of_scale(subject, stage, case)


@on_each_variant
def _dose_of_scale(subject: Subject, variant: Variant) -> Iterator[Outcome]:
    k = _DOSE
    few = subject(variant.stage, variant.inputs)["scale"]
    many = subject(variant.stage, {**variant.inputs, "nphotons": variant.inputs["nphotons"] * k})["scale"]
    factor = 1.0 if variant.name == "learned" else math.sqrt(k)
    found = deviation(f"scale ({variant.name})", np.float64(many), np.float64(few * factor))
    yield with_about(found, field="scale", variant=variant.name)


@law(stages=("scale",), cases="small", quick=True)
def precedence(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """Learned before data before closed form; the closed form equals the data's in the normalised domain."""
    found = {v.name: v for v in variants(subject.context, case, stage, subject.rounding)}
    for name, variant in found.items():
        got = subject(stage, variant.inputs)
        yield with_about(exactly(f"source ({name})", got["source"], name), field="source", variant=name)
        if name == "learned":
            # A backend may keep its scalars in its precision.
            scale, given = float(got["scale"]), float(variant.inputs["learned"])
            rounded = float(np.dtype(subject.precision).type(given))
            yield exactly("learned scale", np.float64(scale), np.float64(rounded if scale == rounded else given))
    if not {"data", "closed"} <= set(found):
        return
    data = found["data"].inputs
    power = np.mean(np.sum(np.abs(data["psi"].astype(np.complex128)) ** 2, axis=(1, 2, 3)))
    normalised = data["psi"] * (data["size"] / 2 / np.sqrt(power))
    from_data = subject(stage, {**data, "psi": normalised.astype(np.result_type(subject.precision, np.complex64))})[
        "scale"
    ]
    closed = subject(stage, found["closed"].inputs)["scale"]
    yield deviation(
        "data scale in the normalised domain",
        np.float64(from_data),
        np.float64(closed),
        terms=data["psi"].size,
    )
