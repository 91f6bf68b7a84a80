"""Laws of counts that are drawn: in forms, in numbers and in scalars as those of other stages, told by how they fit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from parity_suite.backends.forms import FORMS, MIXED, ONE_FOR_ALL
from parity_suite.backends.subject import Subject
from parity_suite.compare.deviation import Bound, BrokenRule, Outcome, exactly
from parity_suite.core.case import Case
from parity_suite.laws.registry import law

#: Standard errors, as in the law of distribution.
_SIGMAS: Final = 5.0
#: Seeds beyond 31 bits, each beside what 31 bits or 30 hold of it.
_SEEDS: Final = ((2**31 + 3, 3), (2**32 - 5, 2**31 - 5))


#: A rate from which on a count is odd in one half of all cases, to all digits.
_BRIGHT: Final = 100.0


def _amplitude(subject: Subject, shape: tuple[int, ...], top: float) -> Any:
    """Amplitudes (B, N, N, C) of which none is like its neighbour, up to ``top``."""
    bits = np.random.Generator(np.random.PCG64(shape[0]))
    return (top * bits.uniform(0.1, 1.0, shape)).astype(subject.rounding)


def _fit(subject: Subject, amplitude: Any, scale: float, label: str, **asked: Any) -> Iterator[Outcome]:
    yield from _fitting(_drawn(subject, amplitude, scale, **asked), amplitude, scale, label)


def _drawn(subject: Subject, amplitude: Any, scale: float, **asked: Any) -> Any:
    inputs = {"amplitude": amplitude, "scale": scale, "seed": 5}
    return subject("observe", inputs, **asked)["counts"].astype(np.float64)


def _fitting(counts: Any, amplitude: Any, scale: float, label: str) -> Iterator[Outcome]:
    """Mean and chi-square of counts, each beside the rate of its own pixel."""
    rate = (scale * amplitude.astype(np.float64)) ** 2
    residue = counts - rate
    mean = float(np.sum(residue) / np.sqrt(np.sum(rate)))
    chi = float((np.sum(residue**2 / rate) - rate.size) / np.sqrt(np.sum(2 + 1 / rate)))
    for name, z in (("mean", mean), ("chi-square", chi)):
        yield Bound(f"z of the {name}, {label}", abs(z), _SIGMAS, f"standard error of {rate.size} draws")
    yield exactly(f"counts {label} are whole", counts, np.rint(counts))
    if rate.min() > _BRIGHT:
        # As many of them are odd as are even, however many bits that takes.
        z = abs(float(np.mean(counts % 2)) - 0.5) * 2 * np.sqrt(counts.size)
        yield Bound(f"z of the odd counts, {label}", float(z), _SIGMAS, f"standard error of {rate.size} draws")


@law(stages=("observe",), cases="single")
def form(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """Counts fit the rates of their own pixels whatever the form of the array that these come in, and are to the last
    bit those that the same seed draws in C order.
    """
    amplitude = _amplitude(subject, (12, 9, 9, 4), 20.0)
    alike = np.repeat(amplitude[:1], len(amplitude), axis=0)
    for asked, names in (
        (amplitude, [one for one in FORMS if one not in (ONE_FOR_ALL, MIXED)]),
        (alike, ["", ONE_FOR_ALL]),
    ):
        plain = None
        for name in names:
            label = name or "in C order"
            counts = _drawn(subject, asked, 0.7, form=name)
            plain = counts if plain is None else plain
            yield from _fitting(counts, asked, 0.7, label)
            yield exactly(f"counts {label}", counts, plain)


@law(stages=("observe",), cases="tiny", precisions=("float32",))
def many(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """Counts of 5,216 patterns fit the rates of their own pixels; no block of patterns, and none of 49 channels, has
    those of another; no patterns have none.
    """
    none = {"amplitude": _amplitude(subject, (0, 4, 4, 1), 20.0), "scale": 1.3, "seed": 5}
    if not subject.outside(stage, none):
        yield exactly("counts of no patterns", subject(stage, none)["counts"].size, 0)
    amplitude = _amplitude(subject, (5216, 4, 4, 1), 20.0)
    yield from _fit(subject, amplitude, 1.3, "of 5,216 patterns")
    counts = subject("observe", {"amplitude": np.full_like(amplitude, 20.0), "scale": 1.3, "seed": 5})["counts"]
    yield exactly("patterns whose counts another one has", len(counts) - len(np.unique(counts, axis=0)), 0)
    wide = np.full((3, 4, 4, 49), 20.0, amplitude.dtype)
    counts = subject("observe", {"amplitude": wide, "scale": 1.3, "seed": 5})["counts"]
    channels = np.unique(np.moveaxis(counts, 3, 1).reshape(-1, 16), axis=0)
    yield exactly("channels whose counts another one has", counts.size // 16 - len(channels), 0)


@law(stages=("observe",), cases="single")
def scalars(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """Scales below one, rates beyond 31 bits, and seeds beyond 31 bits, which are not those of fewer."""
    amplitude = _amplitude(subject, (4, 15, 15, 4), 20.0)
    for scale in (0.037, 0.37, 1, 1e4):
        yield from _fit(subject, amplitude, scale, f"of a scale of {scale:g}")
    for seeds in _SEEDS:
        drawn = [subject("observe", {"amplitude": amplitude, "scale": 1.3, "seed": seed})["counts"] for seed in seeds]
        if np.array_equal(*drawn):
            yield BrokenRule(f"seeds {seeds[0]} and {seeds[1]} gave the same counts", rule="seed")
