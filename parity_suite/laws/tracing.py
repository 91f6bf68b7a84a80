"""Where what is composed of stages parts: each stage run from the oracle's input, not from the last one's.

The stage that is wrong is so told from those that passed it on.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from parity_suite.backends.exceptions import NotProvided
from parity_suite.backends.subject import FAILURES, Subject
from parity_suite.cases.answers import consult, steps
from parity_suite.cases.chains import chain_inputs, has_answer
from parity_suite.cases.missing import Missing
from parity_suite.cases.of_pack import cases_of
from parity_suite.cases.variants import Variant, is_answered, rounded, variants
from parity_suite.compare.escalation import SHRINKAGE
from parity_suite.compare.judge import measure
from parity_suite.compare.widening import Widenings
from parity_suite.core.case import Case
from parity_suite.core.packs import BY_NAME, chain_of, pack_of
from parity_suite.laws.options import taken
from parity_suite.laws.outputs import compare


def composed_of(name: str) -> tuple[str, ...]:
    """The stages that a chain, or a composed stage, runs through, in their order; none for any other."""
    return BY_NAME[name].composed_of if name in BY_NAME else chain_of(name)


def trace(subject: Subject, stage: str, case: Case) -> dict[str, float]:
    """The error of each stage that a composed one runs through, in budgets, in their order; infinite where it fails.
    Stages that the backend does not define, or no oracle answers, are left out.

    A composed stage is traced on a small case: a stage that means something else does so on any. Those of a chain are
    asked what they are in it, and then what they are by themselves on its case.
    """
    here = case if chain_of(stage) else cases_of(pack_of(stage), "single")[0]
    within = _within(subject, stage, here) if chain_of(stage) else {}
    found: dict[str, float] = {}
    for one in composed_of(stage):
        try:
            if is_answered(one) and subject.provides(one):
                own = variants(subject.context, taken(here, one, subject), one, subject.rounding)
                found[one] = _worst(subject, one, [*within.get(one, ()), *own])
        except (NotProvided, Missing, NotImplementedError):
            continue
        except FAILURES:
            found[one] = math.inf
    return found


def _within(subject: Subject, chain: str, case: Case) -> dict[str, list[Variant]]:
    """What each stage of a chain is asked in it, as the oracle has it; of none where that answers not all."""
    if not has_answer(chain):
        return {}
    start = chain_inputs(subject.context, chain, case, subject.rounding)
    conventions = {one: subject.conventions(one) for one in chain_of(chain)}

    def ask(stage: str, given: Mapping[str, Any]) -> Mapping[str, Any]:
        return consult(stage, {**given, **dict(conventions[stage])})

    try:
        asked = [(one, rounded(one, given, subject.rounding)) for one, given, _ in steps(chain_of(chain), ask, start)]
    except FAILURES:
        return {}
    return {one: [Variant(one, chain, given, conventions[one])] for one, given in asked}


def _worst(subject: Subject, stage: str, asked: Sequence[Variant]) -> float:
    worst, widening = 0.0, subject.context.part(Widenings).of(stage, "oracle", subject.precision)
    for variant in asked:
        outcomes = list(compare(variant, subject(stage, variant.inputs), variant.expected))
        measured = measure(stage, "oracle", subject.precision, outcomes, widening)
        worst = max(worst, *(one.of_budget for one in measured)) if len(measured) == len(outcomes) else math.inf
    return worst


def gravest(found: Mapping[str, float]) -> str:
    """The stage that is wrong most gravely; empty where none is beyond its budget.

    Beyond what arithmetic makes none is graver than another, and the first of them is the one.
    """
    shares = {stage: math.inf if math.isnan(share) else share for stage, share in found.items()}
    worst = max(shares, key=lambda stage: min(shares[stage], SHRINKAGE), default="")
    return worst if shares.get(worst, 0.0) > 1 else ""
