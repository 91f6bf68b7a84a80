"""From outcomes to a verdict: every deviation against its budget, and a failure run again where round-off would
shrink.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from parity_suite.compare.budgets import EPS, budget_for
from parity_suite.compare.deviation import Bound, Breach, Deviation, Outcome
from parity_suite.compare.finding import Measured, Verdict, worst_of
from parity_suite.compare.kinds import ARITHMETIC, Kind

#: float32 and float64 lie 5e8 apart; an error that shrinks by less than this was not round-off.
SHRINKAGE: Final = 1e4
#: Without float64, round-off may reach this many times what the oracle in float32 or one ulp of input shows.
ULP_ALLOWANCE: Final = 10.0
#: An error that no precision in use makes.
ROUND_OFF: Final = 1e-2
#: How a failure may be judged, the gravest last.
_GRAVITY: Final = (Verdict.NUMERICAL, Verdict.CONTRACT, Verdict.SEMANTIC)
#: Broken rules that a reason repeats.
_SAID: Final = 5

#: A law repeated in float64; None where that fails.
Again = Callable[[], Sequence[Outcome] | None]
#: The error that round-off alone makes of each output by its label, and under an empty one of whatever has none; what
#: is in it under neither cannot be told.
RoundOff = Mapping[str, float]


@dataclass(frozen=True)
class Judgement:
    verdict: Verdict
    reason: str
    measured: tuple[Measured, ...]
    evidence: str = ""
    #: the output whose error is the verdict's; empty where nothing that was measured decides it
    decided_by: str = ""
    #: outputs that failed by something less grave than the verdict
    aside: frozenset[str] = frozenset()

    @property
    def worst(self) -> Measured | None:
        return worst_of(self.measured, self.decided_by)


def measure(stage: str, law: str, precision: str, outcomes: Iterable[Outcome]) -> tuple[Measured, ...]:
    """Every deviation beside what ``budgets.toml`` allows it, exact ones beside zero, bounds beside their limit."""
    return tuple(_measured(stage, law, precision, one) for one in outcomes if not isinstance(one, Breach))


def _measured(stage: str, law: str, precision: str, one: Deviation | Bound) -> Measured:
    if isinstance(one, Bound):
        side = "at least" if one.least else "at most"
        limit = f"{side} {one.limit:.3g} ({one.origin})"
        # A value under a least one is shown as the share that it leaves of it.
        value, most = (one.of_limit, 1.0) if one.least or not math.isfinite(one.value) else (one.value, one.limit)
        return Measured(one.output, value, 0.0, most, (), f"{one.value:.4g}", limit, bound=True)
    allowed, units = 0.0, 0.0
    if not one.exact:
        budget = budget_for(stage, law)
        allowed = budget.allowed(precision, one.terms) * one.coarseness
        units = budget.in_units(one.error, precision, one.terms) / one.coarseness
    return Measured(one.output, one.norm, one.peak, allowed, one.place, one.got, one.want, units)


def judge(
    stage: str,
    law: str,
    precision: str,
    outcomes: Sequence[Outcome],
    again: Again | None = None,
    ulp: Callable[[], RoundOff] | None = None,
) -> Judgement:
    """The verdict on the outcomes of one check: each that fails is judged by itself, and the gravest decides.

    ``again`` repeats the law in float64 on the same inputs. Where there is no float64, or what failed has none, ``ulp``
    gives the error that the oracle in float32 or inputs moved by one ulp show; where it can't, the failure is taken for
    another meaning. Both are asked once at most. A law that measured nothing is an error, never a pass.
    """
    if not outcomes:
        return Judgement(Verdict.ERROR, "the law measured nothing", ())
    measured = measure(stage, law, precision, outcomes)
    breaches = sorted((one for one in outcomes if isinstance(one, Breach)), key=lambda one: one.verdict == "contract")
    numbers = [one for one in outcomes if not isinstance(one, Breach)]
    failed = [(one, found) for one, found in zip(numbers, measured, strict=True) if not found.within]
    if not breaches and not failed:
        return Judgement(Verdict.OK, "", measured)
    said = [breach.message for breach in breaches[:_SAID]]
    if any(breach.verdict != "contract" for breach in breaches):
        # Nothing is graver, whatever the evidence on the rest.
        return Judgement(Verdict.SEMANTIC, "; ".join([*said, *_farthest(failed)]), measured)
    evidence = _Evidence(precision, again, ulp, len(breaches))
    judged = [_judged(one, found, evidence) for one, found in failed]
    top = max(judged, key=lambda one: one.gravity, default=None)
    if top is None or (breaches and top.verdict is not Verdict.SEMANTIC):
        aside = _less_grave(judged, Verdict.CONTRACT)
        return Judgement(Verdict.CONTRACT, "; ".join([*said, *_farthest(failed)]), measured, aside=aside)
    aside = _less_grave(judged, top.verdict)
    return Judgement(top.verdict, "; ".join([top.reason, *said]), measured, top.evidence, top.output, aside)


def may_be_meant(judgement: Judgement) -> bool:
    """Whether an error that float64 does not have is as many budgets as is another meaning in float64 itself.

    Sums that cancel can be as far off; or float32 has a path of its own, which is wrong.
    """
    worst = judgement.worst
    return judgement.verdict is Verdict.NUMERICAL and worst is not None and SHRINKAGE < worst.of_budget < math.inf


def meant(judgement: Judgement, kind: str) -> Judgement:
    """The judgement where a mistake of a kind explains what was seen: no cancelling sum looks like a mirrored image."""
    return judgement if not kind or Kind(kind) in ARITHMETIC else taken_for_meant(judgement)


def taken_for_meant(judgement: Judgement) -> Judgement:
    """The judgement where what may be meant is."""
    if not may_be_meant(judgement):
        return judgement
    told = f"{judgement.evidence}, but no rounding looks like this: another meaning in float32 alone"
    return replace(judgement, verdict=Verdict.SEMANTIC, evidence=told)


@dataclass(frozen=True, eq=False)
class _Evidence:
    """What a failure in one precision is told from: each is asked for where it is needed, and once."""

    precision: str
    again: Again | None
    ulp: Callable[[], RoundOff] | None
    #: rules that were broken in this precision
    breaches: int

    @cached_property
    def repeated(self) -> Sequence[Outcome] | None:
        """The outcomes in float64; None in float64 itself, and where there is none."""
        return self.again() if self.again is not None and self.precision != "float64" else None

    @property
    def broken(self) -> bool:
        """Whether more rules are broken in float64 than were before."""
        return sum(isinstance(one, Breach) for one in self.repeated or ()) > self.breaches

    @cached_property
    def _moved(self) -> RoundOff:
        return self.ulp() if self.ulp is not None else {}

    def round_off(self, output: str) -> tuple[float, str] | None:
        """How far round-off moves an output, and what was measured for it; None where that cannot be told."""
        if output in self._moved:
            return self._moved[output], "it"
        return (self._moved[""], "what the stage gives") if "" in self._moved else None


@dataclass(frozen=True)
class _Judged:
    """What one outcome that failed comes to by itself."""

    output: str
    verdict: Verdict
    reason: str
    evidence: str
    #: how far beyond its budget, then how far off where nothing is allowed
    far: tuple[float, float]

    @property
    def gravity(self) -> tuple[int, tuple[float, float]]:
        return _GRAVITY.index(self.verdict), self.far


def _judged(one: Deviation | Bound, found: Measured, evidence: _Evidence) -> _Judged:
    if isinstance(one, Deviation) and one.exact:
        verdict, reason, told = _judge_exact(one, evidence)
        return _Judged(one.output, verdict, reason, told, (found.of_budget, one.distance))
    if isinstance(one, Bound):
        verdict, told = _escalate_bound(found, evidence)
    else:
        verdict, told = _escalate(found, one.coarseness, evidence)
    return _Judged(one.output, verdict, _reason(found), told, (found.of_budget, 0.0))


def _less_grave(judged: Sequence[_Judged], verdict: Verdict) -> frozenset[str]:
    """The outputs that nothing so grave was wrong with."""
    return frozenset(one.output for one in judged) - {one.output for one in judged if one.verdict is verdict}


def _farthest(failed: Sequence[tuple[Outcome, Measured]]) -> Iterator[str]:
    """The failure that is farthest beyond its budget, beside rules that are broken."""
    if failed:
        yield _reason(max((found for _, found in failed), key=_of_budget))


def _of_budget(one: Measured) -> float:
    return one.of_budget


def _reason(top: Measured) -> str:
    if top.bound or not top.budget:
        return f"{top.output} is {top.got}, and must be {top.want}"
    where = f" at {list(top.place)}" if top.place else ""
    return (
        f"{top.output} is off by {top.error:.3g}, {top.of_budget:.3g} times its budget {top.budget:.2g}; "
        f"worst{where}: got {top.got}, wanted {top.want}"
    )


def _judge_exact(one: Deviation, evidence: _Evidence) -> tuple[Verdict, str, str]:
    """Verdict, reason and evidence for a value that is equal or wrong, and is not equal.

    Where the last digits alone differ, arithmetic was done that should not have been: wrong, but not another meaning.
    """
    if one.place:
        most = f", by {one.distance:.2g} at most" if math.isfinite(one.distance) else ""
        reason = f"{one.output} must be exact, and {one.error:.3g} of it differs{most}"
        reason += f"; worst at {list(one.place)}: got {one.got}, wanted {one.want}"
    else:
        reason = f"{one.output} is {one.got}, and must be {one.want}"
    if not math.isfinite(one.distance):
        return Verdict(one.verdict), reason, "an exact value differs"
    finer = [o.distance for o in evidence.repeated or () if isinstance(o, Deviation) and o.output == one.output]
    if finer:
        last_digits = one.distance < ROUND_OFF and _shrank(one.distance, max(finer))
        verdict = Verdict.NUMERICAL if last_digits else Verdict.SEMANTIC
        return verdict, reason, f"in float64 it is off by {max(finer):.2g}"
    near = one.distance <= ULP_ALLOWANCE * EPS[evidence.precision]
    return (Verdict.NUMERICAL if near else Verdict.SEMANTIC), reason, f"measured in {evidence.precision}"


def _escalate(found: Measured, coarse: float, evidence: _Evidence) -> tuple[Verdict, str]:
    error = found.error
    if evidence.precision == "float64":
        if found.of_budget <= SHRINKAGE:
            return Verdict.NUMERICAL, "measured in float64"
        return Verdict.SEMANTIC, "measured in float64" + _hint(found.output, error, evidence)
    repeated = evidence.repeated
    if repeated is not None:
        errors = [o.error for o in repeated if isinstance(o, Deviation) and o.output == found.output]
        # What has no float64 of its own is not judged by what has.
        if errors or evidence.broken or evidence.ulp is None:
            finer = max(errors, default=float("inf"))
            told = f"in float64 the error is {finer:.3g}"
            if _shrank(error, finer) and not evidence.broken:
                return Verdict.NUMERICAL, told
            return Verdict.SEMANTIC, told + _hint(found.output, finer, evidence)
    if (known := evidence.round_off(found.output)) is not None:
        roundoff, what = coarse * known[0], known[1]
        verdict = Verdict.NUMERICAL if error <= ULP_ALLOWANCE * roundoff else Verdict.SEMANTIC
        return verdict, f"no float64; the oracle in float32 and one ulp of input move {what} by {roundoff:.3g}"
    return Verdict.SEMANTIC, "no float64, and how far round-off goes here cannot be told: taken for another meaning"


def _hint(output: str, finer: float, evidence: _Evidence) -> str:
    """Says so where an error that stays in float64 is one that float32 alone makes."""
    known = evidence.round_off(output)
    small = known is not None and finer <= ULP_ALLOWANCE * known[0]
    return ", no more than float32 makes: something inside may be computed in it" if small else ""


def _escalate_bound(found: Measured, evidence: _Evidence) -> tuple[Verdict, str]:
    """A threshold has no precision; but what is beyond it in float32 and far below in float64 was round-off."""
    if evidence.repeated is None:
        return Verdict.SEMANTIC, "a bound is exceeded"
    # The values and not their shares of a limit, which may be another one in float64.
    repeated = [o for o in evidence.repeated if isinstance(o, Bound) and o.output == found.output and not o.least]
    finer = max((one.value for one in repeated), default=float("inf"))
    told = f"a bound is exceeded; in float64 the value is {finer:.3g}"
    return (Verdict.NUMERICAL if _shrank(found.norm, finer) else Verdict.SEMANTIC), told


def _shrank(error: float, finer: float) -> bool:
    """Whether the error in float64 is so much less; what is infinite in both, as a NaN is, is no round-off."""
    return math.isfinite(finer) and finer * SHRINKAGE <= error
