"""Faults of the intensity scale, of drawing counts and of the losses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.core.kinds import Kind
from parity_suite.faults.fault import Ask, Fault, Given, like
from parity_suite.ptychography.faults.gradients import WrongGradient
from parity_suite.ptychography.faults.needs import InputNeed
from parity_suite.ptychography.pipeline import RATE_FLOOR


class ScaleOne(Fault, stage="scale", kind=Kind.CONSTANT, history=("F01", "F02")):
    """Returns 1.0 and calls it learned."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return {"scale": 1.0, "source": "learned"}


class ScaleAlwaysClosed(Fault, stage="scale", kind=Kind.IGNORED, history=("F01", "F02")):
    """Forgets the learned scale and the data, and falls back to the closed form."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "learned": None, "psi": None})


class ScaleDataBeforeLearned(Fault, stage="scale", kind=Kind.IGNORED, history=("F16",)):
    """Prefers the data to a scale that was learned."""

    def answer(self, ask: Ask, given: Given) -> Any:
        psi = given.get("psi")
        return ask({**given, "learned": None} if psi is not None and np.any(psi) else given)


class ScaleSquared(Fault, stage="scale", kind=Kind.POWER):
    """Forgets the square root of a scale from the data."""

    def answer(self, ask: Ask, given: Given) -> Any:
        got = ask(given)
        return {**got, "scale": got["scale"] ** 2} if got["source"] == "data" else got


class ScaleOfWholeBatch(Fault, stage="scale", kind=Kind.REDUCTION, history=("F04",)):
    """Divides the photons by the power of the batch instead of a pattern's."""

    def answer(self, ask: Ask, given: Given) -> Any:
        got = ask(given)
        return {**got, "scale": got["scale"] / np.sqrt(len(given["psi"]))} if got["source"] == "data" else got


class SeedIgnored(Fault, stage="observe", kind=Kind.SEED, needs=(InputNeed.DRAWS,)):
    """Draws from one seed whatever it is given."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "seed": 1})


class SeedFromClock(Fault, stage="observe", kind=Kind.SEED, needs=(InputNeed.DRAWS,)):
    """Draws other counts at every call."""

    def __init__(self) -> None:
        self._calls = 0

    def answer(self, ask: Ask, given: Given) -> Any:
        self._calls += 1
        return ask({**given, "seed": given["seed"] + 1000 * self._calls})


class CountsNotWhole(Fault, stage="observe", kind=Kind.DISTRIBUTION, needs=(InputNeed.DRAWS,)):
    """Draws from a normal law with the mean and the variance of the Poisson law."""

    def answer(self, ask: Ask, given: Given) -> Any:
        rate = _rate(given)
        bits = np.random.Generator(np.random.PCG64(given["seed"]))
        return rate + np.sqrt(rate) * bits.standard_normal(rate.shape)


class CountsRoundedNormal(Fault, stage="observe", kind=Kind.DISTRIBUTION, needs=(InputNeed.DRAWS,)):
    """Rounds a normal law to whole counts, and negative ones to zero."""

    def answer(self, ask: Ask, given: Given) -> Any:
        rate = _rate(given)
        bits = np.random.Generator(np.random.PCG64(given["seed"]))
        return np.maximum(np.rint(rate + np.sqrt(rate) * bits.standard_normal(rate.shape)), 0.0)


class CountsInFloat32(Fault, stage="observe", kind=Kind.PRECISION, needs=(InputNeed.DRAWS,)):
    """Keeps counts in float32, which ends at 2^24."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask(given).astype(np.float32)


class CountsSharedInBatch(Fault, stage="observe", kind=Kind.REPEATED, needs=(InputNeed.DRAWS,)):
    """Draws once and gives every item of the batch the same counts."""

    def answer(self, ask: Ask, given: Given) -> Any:
        first = ask({**given, "amplitude": given["amplitude"][:1]})
        return np.repeat(first, len(given["amplitude"]), axis=0)


class CountsSharedByRows(Fault, stage="observe", kind=Kind.REPEATED, needs=(InputNeed.DRAWS,)):
    """Draws even and odd rows from the same random numbers."""

    def answer(self, ask: Ask, given: Given) -> Any:
        counts = ask(given).copy()
        # The odd rows in the places of the even ones.
        counts[:, 1::2] = ask({**given, "amplitude": np.roll(given["amplitude"], -1, axis=1)})[:, :-1:2]
        return counts


class CountsSharedByChannels(Fault, stage="observe", kind=Kind.REPEATED, needs=(InputNeed.DRAWS,)):
    """Draws every channel from the same random numbers."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return _joined([(..., slice(c, c + 1)) for c in range(given["amplitude"].shape[3])], ask, given)


class CountsSharedByHalves(Fault, stage="observe", kind=Kind.REPEATED, needs=(InputNeed.DRAWS,)):
    """Draws the second half of a batch from the random numbers of the first."""

    def answer(self, ask: Ask, given: Given) -> Any:
        half = (len(given["amplitude"]) + 1) // 2
        return _joined([slice(half), slice(half, None)] if half else [], ask, given)


class SeedOfThreeBits(Fault, stage="observe", kind=Kind.SEED, needs=(InputNeed.DRAWS,)):
    """Takes the seed modulo eight."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "seed": given["seed"] % 8})


class SeedsOverlap(Fault, stage="observe", kind=Kind.SEED, needs=(InputNeed.DRAWS,)):
    """Adds the place of an item to the seed, so that the next seed gives the same items one place before."""

    def answer(self, ask: Ask, given: Given) -> Any:
        counts = ask(given).copy()
        for i in range(len(counts)):
            counts[i] = ask({**given, "amplitude": given["amplitude"][i : i + 1], "seed": given["seed"] + i})[0]
        return counts


def _joined(parts: Sequence[Any], ask: Ask, given: Given) -> Array:
    """Counts of parts of the amplitude, each drawn from the beginning of the seed."""
    counts: Array = ask(given).copy()
    for part in parts:
        counts[part] = ask({**given, "amplitude": np.ascontiguousarray(given["amplitude"][part])})
    return counts


class AmplitudeNotSquared(Fault, stage="observe", kind=Kind.POWER, needs=(InputNeed.DRAWS,)):
    """Takes the scaled amplitude for the rate."""

    def answer(self, ask: Ask, given: Given) -> Any:
        amplitude = given["amplitude"]
        return ask({**given, "amplitude": like(np.sqrt(amplitude / given["scale"]), amplitude)})


class ScaleNotObserved(Fault, stage="observe", kind=Kind.IGNORED, history=("F01", "F16"), needs=(InputNeed.DRAWS,)):
    """Draws with the scale 1.0."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "scale": 1.0})


def _rate(given: Given) -> Array:
    rate: Array = (given["scale"] * given["amplitude"].astype(np.float64)) ** 2
    return rate


class NllMean(Fault, stage="loss", kind=Kind.REDUCTION):
    """Takes the mean of the likelihood over pixels instead of the sum."""

    def answer(self, ask: Ask, given: Given) -> Any:
        got = ask(given)
        return {**got, "poisson_nll": got["poisson_nll"] / given["amplitude"][0].size}


class NllSumOverBatch(Fault, stage="loss", kind=Kind.REDUCTION):
    """Sums the likelihood over the batch."""

    def answer(self, ask: Ask, given: Given) -> Any:
        got = ask(given)
        return {**got, "poisson_nll": got["poisson_nll"] * len(given["amplitude"])}


class ScaleNotInLoss(Fault, stage="loss", kind=Kind.IGNORED, history=("F01", "F04"), needs=(InputNeed.SCALE,)):
    """Compares with the scale 1.0."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "scale": 1.0})


class RateNotFloored(Fault, stage="loss", kind=Kind.FLOOR, needs=(InputNeed.FLOOR,)):
    """Takes the logarithm of rates below the floor, down to the smallest number."""

    def answer(self, ask: Ask, given: Given) -> Any:
        rate = _rate(given)
        low = rate < RATE_FLOOR
        tiny = np.maximum(rate[low], np.finfo(np.float32).tiny)
        counts = np.asarray(given["counts"], np.float64)[low]
        excess = np.sum(tiny - RATE_FLOOR - counts * (np.log(tiny) - np.log(RATE_FLOOR)))
        got = ask(given)
        return {**got, "poisson_nll": float(got["poisson_nll"] + excess / len(rate))}


class RateFloorGradient(WrongGradient, stage="loss", kind=Kind.FLOOR, needs=(InputNeed.FLOOR,)):
    """Lets the gradient of the likelihood through where the rate is held at its floor."""

    def wrong(self, ask: Ask, given: Given) -> Array:
        gradient: Array = ask(given)
        if given["output"] != "poisson_nll":
            return gradient
        inputs = given["inputs"]
        a, s, counts = inputs["amplitude"].astype(np.float64), inputs["scale"], inputs["counts"]
        through = given["cotangent"] * 2 * s**2 * a * (1 - counts / RATE_FLOOR) / len(a)
        return like(np.where(_rate(inputs) < RATE_FLOOR, through, gradient), gradient)


class MaeOfCounts(Fault, stage="loss", kind=Kind.FORMULA):
    """Compares the scaled amplitude with counts instead of their root."""

    def answer(self, ask: Ask, given: Given) -> Any:
        error = np.abs(given["scale"] * given["amplitude"].astype(np.float64) - given["counts"])
        return {**ask(given), "amplitude_mae": float(np.mean(error))}


class VariationAlongWrongAxis(Fault, stage="loss", kind=Kind.AXES):
    """Takes differences along rows and channels instead of rows and columns."""

    def answer(self, ask: Ask, given: Given) -> Any:
        patches = given["patches"]
        total = sum(float(np.abs(np.diff(patches, axis=axis)).sum(dtype=np.float64)) for axis in (1, 3))
        return {**ask(given), "total_variation": total / len(patches)}


class VariationWrapsAround(Fault, stage="loss", kind=Kind.BORDER):
    """Takes the difference of the last and the first pixel as well."""

    def answer(self, ask: Ask, given: Given) -> Any:
        patches = given["patches"]
        steps = [np.abs(patches - np.roll(patches, 1, axis=axis)).sum(dtype=np.float64) for axis in (1, 2)]
        return {**ask(given), "total_variation": float(sum(steps)) / len(patches)}
