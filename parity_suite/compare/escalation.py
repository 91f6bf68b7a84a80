"""Whether one outcome that failed is arithmetic or meaning: what it is in float64, or beside what round-off makes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from parity_suite.compare.budgets import EPS
from parity_suite.compare.deviation import Bound, BrokenRule, Deviation, Outcome
from parity_suite.core.cause import Cause
from parity_suite.core.evidence import Basis, Evidence
from parity_suite.core.finding import Measured, Verdict

#: float32 and float64 lie 5e8 apart; an error that shrinks by less than this was not round-off.
SHRINKAGE: Final = 1e4
#: Without float64, round-off may reach this many times what the oracle in float32 or one ulp of input shows.
ULP_ALLOWANCE: Final = 10.0
#: An error that no precision in use makes.
ROUND_OFF: Final = 1e-2
#: How a failure may be judged, the gravest last.
_GRAVITY: Final = (Verdict.NUMERICAL, Verdict.CONTRACT, Verdict.SEMANTIC)
#: A law repeated in float64; None where that fails.
Float64Rerun = Callable[[], Sequence[Outcome] | None]
#: The error that round-off alone makes of each output by its label, and under an empty one of whatever has none; what
#: is in it under neither cannot be told.
RoundOff = Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Repetition:
    """What a failure in one precision is told from: each is asked for where it is needed, and once."""

    precision: str
    again: Float64Rerun | None
    ulp: Callable[[], RoundOff] | None
    #: rules that were broken in this precision
    breaches: int

    @cached_property
    def repeated(self) -> Sequence[Outcome] | None:
        """The outcomes in float64; None in float64 itself, and where there is none."""
        return self.again() if self.again is not None and self.precision != "float64" else None

    @property
    def as_measured(self) -> Evidence:
        """That nothing was repeated."""
        return Evidence(Basis.IN_FLOAT64 if self.precision == "float64" else Basis.IN_FLOAT32)

    @property
    def broken(self) -> bool:
        """Whether more rules are broken in float64 than were before."""
        return sum(isinstance(one, BrokenRule) for one in self.repeated or ()) > self.breaches

    @cached_property
    def _moved(self) -> RoundOff:
        return self.ulp() if self.ulp is not None else {}

    def round_off(self, output: str) -> tuple[float, Basis] | None:
        """How far round-off moves an output, and by what that was told; None where it cannot be."""
        if output in self._moved:
            return self._moved[output], Basis.ROUND_OFF
        return (self._moved[""], Basis.ROUND_OFF_OF_STAGE) if "" in self._moved else None


@dataclass(frozen=True)
class Judged:
    """What one outcome that failed comes to by itself."""

    found: Measured
    verdict: Verdict
    evidence: Evidence
    cause: Cause
    #: how far beyond its budget, then how far off where nothing is allowed
    far: tuple[float, float]

    @property
    def output(self) -> str:
        return self.found.output

    @property
    def gravity(self) -> tuple[int, tuple[float, float]]:
        return _GRAVITY.index(self.verdict), self.far


def judge_one(one: Deviation | Bound, found: Measured, evidence: Repetition) -> Judged:
    if isinstance(one, Deviation) and one.exact:
        verdict, told = _judge_exact(one, evidence)
        return Judged(found, verdict, told, Cause.NOT_EXACT, (found.of_budget, one.distance))
    if isinstance(one, Bound):
        verdict, told = _escalate_bound(found, evidence)
        return Judged(found, verdict, told, Cause.BEYOND_BOUND, (found.of_budget, 0.0))
    verdict, told = _escalate(found, one.eps_factor, evidence)
    return Judged(found, verdict, told, Cause.OFF_BUDGET, (found.of_budget, 0.0))


def _judge_exact(one: Deviation, evidence: Repetition) -> tuple[Verdict, Evidence]:
    """Verdict and evidence for a value that is equal or wrong, and is not equal.

    Where the last digits alone differ, arithmetic was done that should not have been: wrong, but not another meaning.
    """
    if not math.isfinite(one.distance):
        return Verdict(one.verdict), Evidence(Basis.EXACT)
    finer = [o.distance for o in evidence.repeated or () if isinstance(o, Deviation) and o.output == one.output]
    if not finer:
        return _by_ulps(one, one.distance, evidence.precision, evidence.as_measured)
    told = Evidence(Basis.DISTANCE_IN_FLOAT64, max(finer))
    if one.distance >= ROUND_OFF:
        return Verdict.SEMANTIC, told
    if _shrank(one.distance, max(finer)):
        return Verdict.NUMERICAL, told
    return _by_ulps(one, max(finer), "float64", told)


def _by_ulps(one: Deviation, distance: float, precision: str, told: Evidence) -> tuple[Verdict, Evidence]:
    """Whether ulps of the inputs of a value that should be exact make its distance, in a precision, or in the float32
    that a float64 is inside. A place in an image of n pixels is known to some sqrt(n) of them.
    """
    ulps = ULP_ALLOWANCE * one.eps_factor * math.sqrt(one.terms)
    if distance <= ulps * EPS[precision]:
        return Verdict.NUMERICAL, told
    if precision == "float64" and distance <= ulps * EPS["float32"]:
        return Verdict.NUMERICAL, replace(told, like_float32=True)
    return Verdict.SEMANTIC, told


def _escalate(found: Measured, coarse: float, evidence: Repetition) -> tuple[Verdict, Evidence]:
    error = found.error
    if evidence.precision == "float64":
        # Many times the wide budget of places in float32 can be as much as the image.
        if found.of_budget <= SHRINKAGE and error < ROUND_OFF:
            return Verdict.NUMERICAL, evidence.as_measured
        return _unless_float32(evidence.as_measured, found.output, error, evidence)
    repeated = evidence.repeated
    if repeated is not None:
        errors = [o.error for o in repeated if isinstance(o, Deviation) and o.output == found.output]
        # What has no float64 of its own is not judged by what has.
        if errors or evidence.broken or evidence.ulp is None:
            finer = max(errors, default=float("inf"))
            told = Evidence(Basis.ERROR_IN_FLOAT64, finer)
            if evidence.broken:
                return Verdict.SEMANTIC, told
            if _shrank(error, finer):
                return Verdict.NUMERICAL, told
            return _unless_float32(told, found.output, finer, evidence)
    if (known := evidence.round_off(found.output)) is not None:
        roundoff, basis = coarse * known[0], known[1]
        verdict = Verdict.NUMERICAL if error <= ULP_ALLOWANCE * roundoff else Verdict.SEMANTIC
        return verdict, Evidence(basis, roundoff)
    return Verdict.SEMANTIC, Evidence(Basis.UNTOLD)


def _unless_float32(told: Evidence, output: str, finer: float, evidence: Repetition) -> tuple[Verdict, Evidence]:
    """Another meaning, unless the error that stays in float64 is one that float32 alone makes: that is arithmetic, of a
    float64 that is float32 inside.
    """
    known = evidence.round_off(output)
    # What passes a value on has no round-off of its own, and is off by one rounding where it comes back in float32.
    if known is None or finer > max(ULP_ALLOWANCE * known[0], EPS["float32"]):
        return Verdict.SEMANTIC, told
    return Verdict.NUMERICAL, replace(told, like_float32=True)


def _escalate_bound(found: Measured, evidence: Repetition) -> tuple[Verdict, Evidence]:
    """A threshold has no precision; but what is beyond it in float32 and far below in float64 was round-off."""
    if evidence.repeated is None:
        return Verdict.SEMANTIC, Evidence(Basis.BOUND)
    # The values and not their shares of a limit, which may be another one in float64.
    repeated = [o for o in evidence.repeated if isinstance(o, Bound) and o.output == found.output and not o.least]
    finer = max((one.value for one in repeated), default=float("inf"))
    verdict = Verdict.NUMERICAL if _shrank(found.norm, finer) else Verdict.SEMANTIC
    return verdict, Evidence(Basis.VALUE_IN_FLOAT64, finer)


def _shrank(error: float, finer: float) -> bool:
    """Whether the error in float64 is so much less; what is infinite in both, as a NaN is, is no round-off."""
    return math.isfinite(finer) and finer * SHRINKAGE <= error
