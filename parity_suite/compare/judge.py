"""From outcomes to a verdict: every deviation against its budget, and a failure run again where round-off would
shrink.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from parity_suite.compare.budgets import EPS, budget_for
from parity_suite.compare.deviation import Bound, Breach, Deviation, Outcome
from parity_suite.compare.finding import Measured, Verdict

#: float32 and float64 lie 5e8 apart; an error that shrinks by less than this was not round-off.
SHRINKAGE: Final = 1e4
#: Without float64, round-off may reach this many times what the oracle in float32 or one ulp of input shows.
ULP_ALLOWANCE: Final = 10.0


#: A law repeated in float64; None where that fails.
Again = Callable[[], Sequence[Outcome] | None]


@dataclass(frozen=True)
class Judgement:
    verdict: Verdict
    reason: str
    measured: tuple[Measured, ...]
    evidence: str = ""


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
    ulp: Callable[[], float] | None = None,
) -> Judgement:
    """The verdict on the outcomes of one check.

    ``again`` repeats the law in float64 on the same inputs. Where there is no float64, or what failed has none, ``ulp``
    gives the error that the oracle in float32 or inputs moved by one ulp show. A law that measured nothing is an error,
    never a pass.
    """
    if not outcomes:
        return Judgement(Verdict.ERROR, "the law measured nothing", ())
    measured = measure(stage, law, precision, outcomes)
    failed = [one for one in measured if not one.within]
    breaches = [o for o in outcomes if isinstance(o, Breach)]
    if breaches:
        worst = "contract" if any(b.verdict == "contract" for b in breaches) else "semantic"
        said = [b.message for b in breaches[:5]] + [_reason(max(failed, key=_of_budget)) for _ in failed[:1]]
        return Judgement(Verdict(worst), "; ".join(said), measured)
    if not failed:
        return Judgement(Verdict.OK, "", measured)
    top = max(failed, key=_of_budget)
    exact = [o for o in outcomes if isinstance(o, Deviation) and o.exact and o.error]
    if exact:
        verdict, reason, evidence = _judge_exact(max(exact, key=lambda one: one.distance), precision, again)
        return Judgement(verdict, reason, measured, evidence)
    coarse = max((o.coarseness for o in outcomes if isinstance(o, Deviation) and o.output == top.output), default=1.0)
    verdict, evidence = _escalate(top, precision, again, ulp, coarse)
    return Judgement(verdict, _reason(top), measured, evidence)


def _of_budget(one: Measured) -> float:
    return one.of_budget


def _reason(top: Measured) -> str:
    if top.bound or not top.budget:
        return f"{top.output} is {top.got}, and must be {top.want}"
    where = f" at {list(top.place)}" if top.place else ""
    return (
        f"{top.output} is off by {max(top.norm, top.peak):.3g}, {top.of_budget:.3g} times its budget {top.budget:.2g}; "
        f"worst{where}: got {top.got}, wanted {top.want}"
    )


def _judge_exact(one: Deviation, precision: str, again: Again | None) -> tuple[Verdict, str, str]:
    """Verdict, reason and evidence for a value that is equal or wrong, and is not equal.

    Where the last digits alone differ, arithmetic was done that should not have been: wrong, but not another meaning.
    """
    if not one.place:
        return Verdict.SEMANTIC, f"{one.output} is {one.got}, and must be {one.want}", "an exact value differs"
    reason = f"{one.output} must be exact, and {one.error:.3g} of it differs"
    place = f"; worst at {list(one.place)}: got {one.got}, wanted {one.want}"
    if not math.isfinite(one.distance):
        return Verdict.SEMANTIC, reason + place, "an exact value differs"
    reason += f", by {one.distance:.2g} at most" + place
    repeated = again() if precision == "float32" and again is not None else None
    finer = [o.distance for o in repeated or () if isinstance(o, Deviation) and o.output == one.output]
    if finer:
        verdict = Verdict.NUMERICAL if _shrank(one.distance, max(finer)) else Verdict.SEMANTIC
        return verdict, reason, f"in float64 it is off by {max(finer):.2g}"
    near = one.distance <= ULP_ALLOWANCE * EPS[precision]
    return (Verdict.NUMERICAL if near else Verdict.SEMANTIC), reason, f"measured in {precision}"


def _escalate(
    top: Measured,
    precision: str,
    again: Again | None,
    ulp: Callable[[], float] | None,
    coarse: float,
) -> tuple[Verdict, str]:
    error = max(top.norm, top.peak)
    if top.bound:
        return _escalate_bound(top, again)
    if precision == "float64":
        if top.of_budget <= SHRINKAGE:
            return Verdict.NUMERICAL, "measured in float64"
        return Verdict.SEMANTIC, "measured in float64" + _hint(error, ulp)
    repeated = again() if again is not None else None
    if repeated is not None:
        errors = [o.error for o in repeated if isinstance(o, Deviation) and o.output == top.output]
        broken = any(isinstance(o, Breach) for o in repeated)
        # What has no float64 of its own is not judged by what has.
        if errors or broken or ulp is None:
            finer = max(errors, default=float("inf"))
            evidence = f"in float64 the error is {finer:.3g}"
            if _shrank(error, finer) and not broken:
                return Verdict.NUMERICAL, evidence
            return Verdict.SEMANTIC, evidence + _hint(finer, ulp)
    if ulp is not None:
        roundoff = coarse * ulp()
        verdict = Verdict.NUMERICAL if error <= ULP_ALLOWANCE * roundoff else Verdict.SEMANTIC
        return verdict, f"no float64; the oracle in float32 and one ulp of input move it by {roundoff:.3g}"
    return Verdict.SEMANTIC, "no float64 to compare with"


def _hint(finer: float, ulp: Callable[[], float] | None) -> str:
    """Says so where an error that stays in float64 is one that float32 alone makes."""
    small = ulp is not None and finer <= ULP_ALLOWANCE * ulp()
    return ", no more than float32 makes: something inside may be computed in it" if small else ""


def _escalate_bound(top: Measured, again: Again | None) -> tuple[Verdict, str]:
    """A threshold has no precision; but what is beyond it in float32 and far below in float64 was round-off."""
    found = again() if again is not None else None
    if found is None:
        return Verdict.SEMANTIC, "a bound is exceeded"
    # The values and not their shares of a limit, which may be another one in float64.
    repeated = [one for one in found if isinstance(one, Bound) and one.output == top.output and not one.least]
    finer = max((one.value for one in repeated), default=float("inf"))
    evidence = f"a bound is exceeded; in float64 the value is {finer:.3g}"
    return (Verdict.NUMERICAL if _shrank(top.norm, finer) else Verdict.SEMANTIC), evidence


def _shrank(error: float, finer: float) -> bool:
    """Whether the error in float64 is so much less; what is infinite in both, as a NaN is, is no round-off."""
    return math.isfinite(finer) and finer * SHRINKAGE <= error
