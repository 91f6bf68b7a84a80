"""From outcomes to a verdict: every deviation against its budget, and a failure run again where round-off would
shrink.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from parity_suite.compare.budgets import EPS, budget_for
from parity_suite.compare.deviation import Bound, BrokenRule, Deviation, Outcome
from parity_suite.compare.widening import AS_IT_IS, Widening
from parity_suite.core.cause import Cause
from parity_suite.core.evidence import NO_EVIDENCE, Basis, Evidence
from parity_suite.core.finding import Measured, Verdict, worst_of
from parity_suite.core.kinds import ARITHMETIC, FLOAT32, Kind
from parity_suite.core.way import NOTHING_RAISED, Raised, Rule, Way, way_of

#: float32 and float64 lie 5e8 apart; an error that shrinks by less than this was not round-off.
SHRINKAGE: Final = 1e4
#: Without float64, round-off may reach this many times what the oracle in float32 or one ulp of input shows.
ULP_ALLOWANCE: Final = 10.0
#: An error that no precision in use makes.
ROUND_OFF: Final = 1e-2
#: How a failure may be judged, the gravest last.
_GRAVITY: Final = (Verdict.NUMERICAL, Verdict.CONTRACT, Verdict.SEMANTIC)
#: Broken rules that a reason repeats.
SAID: Final = 5

#: A law repeated in float64; None where that fails.
Float64Rerun = Callable[[], Sequence[Outcome] | None]
#: The error that round-off alone makes of each output by its label, and under an empty one of whatever has none; what
#: is in it under neither cannot be told.
RoundOff = Mapping[str, float]


@dataclass(frozen=True)
class Judgement:
    verdict: Verdict
    reason: str
    measured: tuple[Measured, ...]
    evidence: Evidence = NO_EVIDENCE
    #: the output whose error is the verdict's; empty where nothing that was measured decides it
    decided_by: str = ""
    #: outputs that failed by something less grave than the verdict
    aside: frozenset[str] = frozenset()
    #: None where all holds
    cause: Cause | None = None
    rules: tuple[Rule, ...] = ()
    raised: Raised = NOTHING_RAISED
    #: of what decides the verdict, where not the default one
    implementation: str = ""

    @property
    def worst(self) -> Measured | None:
        return worst_of(self.measured, self.decided_by)

    @property
    def way(self) -> Way:
        """How it failed, by which two failures are the same or not."""
        return way_of(self.cause, self.measured, self.rules, self.raised)


def measure(
    stage: str, law: str, precision: str, outcomes: Iterable[Outcome], widening: Widening = AS_IT_IS
) -> tuple[Measured, ...]:
    """Every deviation beside what ``budgets.toml`` and a project's ``widening`` of it allow, exact ones beside zero,
    bounds beside their limit.
    """
    return tuple(_measured(stage, law, precision, one, widening) for one in outcomes if not isinstance(one, BrokenRule))


def _measured(stage: str, law: str, precision: str, one: Deviation | Bound, widening: Widening) -> Measured:
    if isinstance(one, Bound):
        side = "at least" if one.least else "at most"
        # A value under a least one is shown as the share that it leaves of it.
        value, most = (one.of_limit, 1.0) if one.least or not math.isfinite(one.value) else (one.value, one.limit)
        told = (float(one.value), float(one.limit))
        return Measured(one.output, value, 0.0, most, (), *told, bound=side, origin=one.origin, about=one.about)
    allowed, units = 0.0, 0.0
    if not one.exact:
        budget = budget_for(stage, law, precision)
        allowed = budget.allowed(one.terms) * one.eps_factor * widening.times
        units = budget.in_units(one.error, one.terms) / one.eps_factor
    return Measured(
        one.output,
        one.norm,
        one.peak,
        allowed,
        one.place,
        one.got,
        one.want,
        units,
        origin="" if one.exact else widening.origin,
        exact=one.exact,
        distance=one.distance,
        about=one.about,
    )


def judge(
    stage: str,
    law: str,
    precision: str,
    outcomes: Sequence[Outcome],
    again: Float64Rerun | None = None,
    ulp: Callable[[], RoundOff] | None = None,
    widening: Widening = AS_IT_IS,
) -> Judgement:
    """The verdict on the outcomes of one check: each that fails is judged by itself, and the gravest decides.

    ``again`` repeats the law in float64 on the same inputs. Where there is no float64, or what failed has none, ``ulp``
    gives the error that the oracle in float32 or inputs moved by one ulp show; where it can't, the failure is taken for
    another meaning. Both are asked once at most. A law that measured nothing is an error, never a pass.
    """
    if not outcomes:
        return Judgement(Verdict.ERROR, "the law measured nothing", (), cause=Cause.MEASURED_NOTHING)
    measured = measure(stage, law, precision, outcomes, widening)
    breaches = sorted(
        (one for one in outcomes if isinstance(one, BrokenRule)), key=lambda one: one.verdict == "contract"
    )
    numbers = [one for one in outcomes if not isinstance(one, BrokenRule)]
    failed = [(one, found) for one, found in zip(numbers, measured, strict=True) if not found.within]
    if not breaches and not failed:
        return Judgement(Verdict.OK, "", measured)
    if any(breach.verdict != "contract" for breach in breaches):
        # Nothing is graver, whatever the evidence on the rest.
        return _of_rules(Verdict.SEMANTIC, breaches, measured)
    evidence = _Evidence(precision, again, ulp, len(breaches))
    judged = [_judged(one, found, evidence) for one, found in failed]
    top = max(judged, key=lambda one: one.gravity, default=None)
    if top is None or (breaches and top.verdict is not Verdict.SEMANTIC):
        found = _of_rules(Verdict.CONTRACT, breaches, measured)
        return replace(found, aside=_less_grave(judged, Verdict.CONTRACT))
    rules = _rules(breaches)
    reason = "; ".join([top.found.reason, *(one.message for one in rules[:SAID])])
    aside, of = _less_grave(judged, top.verdict), top.found.about.implementation
    return Judgement(
        top.verdict, reason, measured, top.evidence, top.output, aside, top.cause, rules, implementation=of
    )


def _of_rules(verdict: Verdict, breaches: Sequence[BrokenRule], measured: tuple[Measured, ...]) -> Judgement:
    """The judgement where a broken rule decides."""
    rules, first = _rules(breaches), breaches[0]
    beside = farthest(one for one in measured if not one.within)
    reason = "; ".join([*(one.message for one in rules[:SAID]), *(one.reason for one in beside)])
    of = first.about.implementation
    return Judgement(verdict, reason, measured, cause=first.cause, rules=rules, implementation=of)


def _rules(breaches: Sequence[BrokenRule]) -> tuple[Rule, ...]:
    return tuple(Rule(one.field, one.rule, one.message, one.about.implementation) for one in breaches)


def may_be_meant(judgement: Judgement) -> bool:
    """Whether what is taken for arithmetic could be another meaning: an error that float64 does not have and is as many
    budgets as is another meaning in float64 itself, or one that float64 has and is no more than float32 makes.

    Sums that cancel can be as far off as the first, or float32 has a path of its own, which is wrong; the second is
    float32 inside, or something else as small.
    """
    worst = judgement.worst
    if judgement.verdict is not Verdict.NUMERICAL or worst is None:
        return False
    return judgement.evidence.like_float32 or SHRINKAGE < worst.of_budget < math.inf


def meant(judgement: Judgement, kind: Kind | None) -> Judgement:
    """The judgement where a mistake of a kind explains what was seen: no cancelling sum looks like a mirrored image."""
    arithmetic = FLOAT32 if judgement.evidence.like_float32 else ARITHMETIC
    return judgement if kind is None or kind in arithmetic else taken_for_meant(judgement)


def taken_for_meant(judgement: Judgement) -> Judgement:
    """The judgement where what may be meant is."""
    if not may_be_meant(judgement):
        return judgement
    told = replace(judgement.evidence, like_float32=False, unlike_rounding=not judgement.evidence.like_float32)
    return replace(judgement, verdict=Verdict.SEMANTIC, evidence=told)


@dataclass(frozen=True, eq=False)
class _Evidence:
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
class _Judged:
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


def _judged(one: Deviation | Bound, found: Measured, evidence: _Evidence) -> _Judged:
    if isinstance(one, Deviation) and one.exact:
        verdict, told = _judge_exact(one, evidence)
        return _Judged(found, verdict, told, Cause.NOT_EXACT, (found.of_budget, one.distance))
    if isinstance(one, Bound):
        verdict, told = _escalate_bound(found, evidence)
        return _Judged(found, verdict, told, Cause.BEYOND_BOUND, (found.of_budget, 0.0))
    verdict, told = _escalate(found, one.eps_factor, evidence)
    return _Judged(found, verdict, told, Cause.OFF_BUDGET, (found.of_budget, 0.0))


def _less_grave(judged: Sequence[_Judged], verdict: Verdict) -> frozenset[str]:
    """The outputs that nothing so grave was wrong with."""
    return frozenset(one.output for one in judged) - {one.output for one in judged if one.verdict is verdict}


def farthest(failed: Iterable[Measured]) -> list[Measured]:
    """The failure that is farthest beyond its budget, as is said beside rules that are broken; nothing of none."""
    return sorted(failed, key=lambda one: -one.of_budget)[:1]


def _judge_exact(one: Deviation, evidence: _Evidence) -> tuple[Verdict, Evidence]:
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


def _escalate(found: Measured, coarse: float, evidence: _Evidence) -> tuple[Verdict, Evidence]:
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


def _unless_float32(told: Evidence, output: str, finer: float, evidence: _Evidence) -> tuple[Verdict, Evidence]:
    """Another meaning, unless the error that stays in float64 is one that float32 alone makes: that is arithmetic, of a
    float64 that is float32 inside.
    """
    known = evidence.round_off(output)
    # What passes a value on has no round-off of its own, and is off by one rounding where it comes back in float32.
    if known is None or finer > max(ULP_ALLOWANCE * known[0], EPS["float32"]):
        return Verdict.SEMANTIC, told
    return Verdict.NUMERICAL, replace(told, like_float32=True)


def _escalate_bound(found: Measured, evidence: _Evidence) -> tuple[Verdict, Evidence]:
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
