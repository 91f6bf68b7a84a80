"""Laws of the random stage and of the dose."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from parity_suite.backends.subject import Subject
from parity_suite.cases.catalogue import Case
from parity_suite.cases.variants import variants
from parity_suite.compare.deviation import Bound, Breach, Outcome, deviation, exactly
from parity_suite.laws.registry import law

_RATES = (0.0, 1e-3, 1.0, 30.0, 1e4, 1e8)
#: Two-sided, 5 standard errors: 6e-7 for each of some fifty numbers, and the seed is fixed.
_SIGMAS = 5.0
_DRAWS = (4, 64, 64)


def _counts(subject: Subject, rate: float, seed: int, scale: float = 2.0) -> Any:
    amplitude = np.full((*_DRAWS, 1), math.sqrt(rate) / scale)
    inputs: dict[str, Any] = {"amplitude": amplitude.astype(subject.rounding), "scale": scale, "seed": seed}
    exact = (scale * float(inputs["amplitude"].flat[0])) ** 2
    return subject("observe", inputs)["counts"].astype(np.float64), exact


@law(stages=("observe",), cases="single")
def distribution(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """Counts are whole, with the mean, the variance and the shape of a Poisson law at rates from 0 to 1e8.

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
        mean_z = abs(counts.mean() - exact) / math.sqrt(exact / n)
        yield Bound(f"z of the mean at rate {rate:g}", float(mean_z), _SIGMAS, origin)
        # The fourth central moment of a Poisson law is rate + 3 rate^2.
        spread = math.sqrt((exact + 2 * exact**2) / n)
        variance_z = abs(np.mean((counts - exact) ** 2) - exact) / spread
        yield Bound(f"z of the variance at rate {rate:g}", float(variance_z), _SIGMAS, origin)
        yield Bound(f"z of chi-square at rate {rate:g}", _chi_square_z(counts, exact), _SIGMAS, origin)
        odd = (1 - math.exp(-2 * exact)) / 2
        odd_z = abs(np.mean(counts % 2) - odd) / math.sqrt(odd * (1 - odd) / n)
        yield Bound(f"z of the odd counts at rate {rate:g}", float(odd_z), _SIGMAS, origin)
        yield from _independent(counts, exact)


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
    """Neighbouring pixels and neighbouring items share nothing."""
    residue = (counts - rate)[..., 0]
    for axis, name in ((0, "items"), (2, "pixels")):
        pairs = residue * np.roll(residue, 1, axis=axis)
        z = abs(pairs.mean()) / (rate / math.sqrt(pairs.size))
        yield Bound(f"z of the correlation of {name} at rate {rate:g}", float(z), _SIGMAS, "standard error")


@law(stages=("observe",), cases="single")
def determinism(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """One seed gives the same bytes; another seed, and another item of the batch, other counts."""
    first, _ = _counts(subject, 30.0, 3)
    again, _ = _counts(subject, 30.0, 3)
    other, _ = _counts(subject, 30.0, 4)
    yield exactly("counts of one seed", again, first)
    if np.array_equal(first, other):
        yield Breach("two seeds gave the same counts: the seed is ignored")
    if np.array_equal(first[0], first[1]):
        yield Breach("two items of the batch have the same counts")


@law(stages=("observe", "scale"), cases="made")
def dose(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """k times the photons scales by sqrt(k) what it should, and nothing else."""
    k = 16.0
    if stage == "observe":
        (few, rate), (many, _) = _counts(subject, 30.0, 7), _counts(subject, 30.0 * k, 7)
        error = math.sqrt((rate * k**2 + rate * k) / few.size)
        z = abs(many.mean() - k * few.mean()) / error
        yield Bound(f"z of the mean at {k:g} times the dose", float(z), _SIGMAS, "standard error")
        return
    for variant in variants(case, stage, subject.rounding):
        few = subject(stage, variant.inputs)["scale"]
        many = subject(stage, {**variant.inputs, "nphotons": variant.inputs["nphotons"] * k})["scale"]
        factor = 1.0 if variant.name == "learned" else math.sqrt(k)
        yield deviation(f"scale ({variant.name})", np.float64(many), np.float64(few * factor))


@law(stages=("scale",), cases="small")
def precedence(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """Learned before data before closed form; the closed form equals the data's in the normalised domain."""
    found = {v.name: v for v in variants(case, stage, subject.rounding)}
    for name, variant in found.items():
        got = subject(stage, variant.inputs)
        yield exactly(f"source ({name})", got["source"], name)
        if name == "learned":
            yield exactly("learned scale", np.float64(got["scale"]), np.float64(variant.inputs["learned"]))
    if "data" not in found:
        return
    data = found["data"].inputs
    power = np.mean(np.sum(np.abs(data["psi"].astype(np.complex128)) ** 2, axis=(1, 2, 3)))
    normalised = data["psi"] * (data["size"] / 2 / np.sqrt(power))
    from_data = subject(stage, {**data, "psi": normalised.astype(data["psi"].dtype)})["scale"]
    closed = subject(stage, found["closed"].inputs)["scale"]
    yield deviation(
        "data scale in the normalised domain",
        np.float64(from_data),
        np.float64(closed),
        terms=data["psi"].size,
    )
