"""What one comparison measured: how far a value lies from what it should be, or which rule it broke."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from parity_suite.core.about import ABOUT_NOTHING, About
from parity_suite.core.cause import Cause
from parity_suite.core.kinds import Kind
from parity_suite.core.value import Value, value_of

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Deviation:
    """The distance between an output and its reference, and the element where it is greatest."""

    output: str
    #: ``||y - o|| / ||o||``
    norm: float
    #: ``max|y - o| / max|o|``
    peak: float
    place: tuple[int, ...]
    got: Value
    want: Value
    #: number of terms that round-off can accumulate over; the budget's growth is a function of it
    terms: int = 1
    #: values without round-off (indices, texts, counts) allow no deviation at all
    exact: bool = False
    #: of exact floating values that differ, how far: ``max|y - o| / max|o|``; infinite for values without a distance
    distance: float = math.inf
    #: what an exact value that differs is: ``semantic``, or ``contract`` for a count of rules that were kept
    verdict: str = "semantic"
    #: how many times the eps of the precision what was compared can tell, as where coordinates are rounded to less
    eps_factor: float = 1.0
    about: About = ABOUT_NOTHING
    #: the one mistake that it can be where it is off, if the comparison leaves no other; no part of any record
    means: Kind | None = None
    #: what was compared, got and wanted, for whoever looks for the mistake or knows it again; no part of any record
    arrays: tuple[Array, Array] | None = field(default=None, compare=False, repr=False)

    @property
    def error(self) -> float:
        return max(self.norm, self.peak)


@dataclass(frozen=True)
class BrokenRule:
    """A rule that was broken, where no distance can be measured."""

    message: str
    #: ``contract`` for a wrong shape, dtype or refusal; ``semantic`` for a wrong answer
    verdict: str = "semantic"
    #: which rule, of which output or input; empty where the law has one rule alone
    rule: str = ""
    field: str = ""
    #: ``not-refused`` where something was taken that must be refused
    cause: Cause = Cause.BROKEN_RULE
    about: About = ABOUT_NOTHING


@dataclass(frozen=True)
class Bound:
    """A measured value beside the greatest it may be, or the ``least``, where the limit is no round-off (a z-score, a
    correlation, a variance).
    """

    output: str
    value: float
    limit: float
    origin: str
    least: bool = False
    about: About = ABOUT_NOTHING
    #: as of a ``Deviation``
    means: Kind | None = None

    @property
    def of_limit(self) -> float:
        """How far it is used up: 1 at the limit, more beyond it; infinite where it is no number."""
        if math.isnan(self.value):
            return math.inf
        if not self.least:
            return self.value / self.limit if self.limit else (math.inf if self.value > 0 else 0.0)
        return self.limit / self.value if self.value > 0 else (math.inf if self.limit > 0 else 0.0)


Outcome = Deviation | BrokenRule | Bound


T = TypeVar("T", bound=Outcome)


def with_about(outcome: T, **known: str) -> T:
    """The outcome with more said of what it is about."""
    return replace(outcome, about=replace(outcome.about, **known))


def meaning(kind: Kind, outcome: Outcome) -> Outcome:
    """The outcome, which can be off by one kind of mistake alone."""
    return outcome if isinstance(outcome, BrokenRule) else replace(outcome, means=kind)


def labelled(outcome: Outcome, name: str) -> Outcome:
    """The outcome with the name of what it was found in."""
    if isinstance(outcome, BrokenRule):
        return replace(outcome, message=f"{name}: {outcome.message}")
    return replace(outcome, output=f"{outcome.output}, {name}")


def deviation(
    output: str, got: npt.ArrayLike, want: npt.ArrayLike, *, terms: int = 1, magnitude: float | None = None
) -> Outcome:
    """Compares two numeric arrays of one shape; a ``BrokenRule`` where the shapes differ.

    Elementwise relative error is not used: it is the wrong measure where amplitudes come near zero. ``magnitude``
    replaces both denominators where the reference itself may cancel (a sum measured against its absolute terms).
    """
    got, want = np.asarray(got), np.asarray(want)
    if got.shape != want.shape:
        return BrokenRule(f"{output}: shape {got.shape}, wanted {want.shape}", "contract", "shape", output)
    if not want.size:
        return Deviation(output, 0.0, 0.0, (), None, None, terms)
    wide = np.result_type(got, want, np.float64)
    with np.errstate(all="ignore"):
        reference = np.abs(want.astype(wide))
        difference = np.abs(got.astype(wide) - want.astype(wide))
        difference = np.where(np.isfinite(difference), difference, np.inf)
        norm = _ratio(length(difference), magnitude or length(reference))
        peak = _ratio(float(difference.max()), magnitude or float(reference.max()))
    place = tuple(int(i) for i in np.unravel_index(int(difference.argmax()), difference.shape))
    told = (place, _real(got[place]), _real(want[place]))
    return Deviation(output, norm, peak, *told, terms, arrays=(got, want))


def exactly(output: str, got: Any, want: Any, verdict: str = "semantic", of: npt.ArrayLike | None = None) -> Outcome:
    """Compares values that are equal or wrong: indices, masks, texts, and what no arithmetic may touch. The error is
    the fraction that differs; ``verdict`` is ``contract`` for a count of rules that were kept. How far floating values
    differ is measured against their wanted peak, or against that ``of`` another array where nothing is wanted.
    """
    got, want = np.asarray(got), np.asarray(want)
    if got.shape != want.shape:
        return BrokenRule(f"{output}: shape {got.shape}, wanted {want.shape}", "contract", "shape", output)
    differs = np.atleast_1d(got != want)
    fraction = float(differs.mean()) if differs.size else 0.0
    if not fraction:
        return Deviation(output, 0.0, 0.0, (), None, None, exact=True, distance=0.0)
    size = None if of is None else float(np.abs(of).max(initial=0.0))
    near = deviation(output, got, want, magnitude=size) if {got.dtype.kind, want.dtype.kind} <= {"f", "c"} else None
    if isinstance(near, Deviation):
        # As many terms as values: over how many pixels a place may be off.
        exact = replace(near, norm=fraction, peak=fraction, terms=got.size, exact=True, distance=near.peak)
        return replace(exact, verdict=verdict)
    place = tuple(int(i) for i in np.argwhere(differs)[0]) if got.ndim else ()
    told = (place, value_of(got[place]), value_of(want[place]))
    return Deviation(output, fraction, fraction, *told, exact=True, verdict=verdict, arrays=(got, want))


def _real(element: Any) -> Value:
    """A number as it was compared: whole ones and truth values as real ones."""
    value = value_of(element)
    return value if isinstance(value, complex) else float(value or 0)


def length(values: Array) -> float:
    """The 2-norm, scaled so that neither counts of 1e8 nor amplitudes of 1e-30 leave the range of the squares."""
    top = float(values.max(initial=0.0))
    if not top or not math.isfinite(top):
        return top
    return top * float(np.sqrt(np.sum((values / top) ** 2)))


def _ratio(error: float, size: float) -> float:
    if error == 0:
        return 0.0
    return error / size if size > 0 and math.isfinite(size) else math.inf
