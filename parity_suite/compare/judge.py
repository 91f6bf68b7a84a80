"""From outcomes to a verdict: every deviation against its budget, and a failure run again where round-off would
shrink.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from parity_suite.compare.budgets import budget_for
from parity_suite.compare.deviation import Bound, BrokenRule, Deviation, Outcome
from parity_suite.compare.escalation import SHRINKAGE, Float64Rerun, Judged, Repetition, RoundOff, judge_one
from parity_suite.compare.fingerprint import fingerprint
from parity_suite.compare.widening import AS_IT_IS, Widening
from parity_suite.core.cause import Cause
from parity_suite.core.evidence import NO_EVIDENCE, Evidence
from parity_suite.core.finding import Measured, Verdict, worst_of
from parity_suite.core.kinds import ARITHMETIC, FLOAT32, Kind
from parity_suite.core.way import NOTHING_RAISED, Raised, Rule, Way, way_of

#: Broken rules that a reason repeats.
SAID: Final = 5


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
    found = Measured(
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
    return found if found.within or one.arrays is None else replace(found, fingerprint=fingerprint(*one.arrays))


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
    evidence = Repetition(precision, again, ulp, len(breaches))
    judged = [judge_one(one, found, evidence) for one, found in failed]
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


def _less_grave(judged: Sequence[Judged], verdict: Verdict) -> frozenset[str]:
    """The outputs that nothing so grave was wrong with."""
    return frozenset(one.output for one in judged) - {one.output for one in judged if one.verdict is verdict}


def farthest(failed: Iterable[Measured]) -> list[Measured]:
    """The failure that is farthest beyond its budget, as is said beside rules that are broken; nothing of none."""
    return sorted(failed, key=lambda one: -one.of_budget)[:1]
