"""The law of gradients: the framework's own differentiation gives what the formula gives."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np

from parity_suite.backends.exceptions import NotProvided
from parity_suite.backends.own_vjp import own_vjp
from parity_suite.backends.subject import Subject
from parity_suite.cases.rules import has_rule, rules_of
from parity_suite.cases.variants import Variant, along, variants
from parity_suite.compare.deviation import Outcome, deviation, with_about
from parity_suite.compare.exhibit import Artifact, Fact
from parity_suite.core.case import Case
from parity_suite.core.context import RunContext, remembered
from parity_suite.core.law_traits import LawTraits
from parity_suite.core.packs import BY_NAME
from parity_suite.laws.algebra import generic_vector
from parity_suite.laws.coordinates import coarsened
from parity_suite.laws.going_on import as_far_as_it_goes
from parity_suite.laws.invariance import axis_size
from parity_suite.laws.many import drawn
from parity_suite.laws.registry import law

#: More items than a block holds.
_MANY: Final = 130
#: So that a square number stays one.
_TIMES: Final = 4


@law(
    stages=lambda stage: bool(stage.differentiable) and has_rule(stage.name, "gradient"),
    cases="small",
    needs=("vjp",),
    traits=LawTraits(of_arrays=True),
)
def gradient(subject: Subject, stage: str, case: Case) -> Iterator[Outcome | Artifact]:
    """The vector-Jacobian product of every differentiable pair equals the formula's, of 130 items, and of four times
    as many modes and channels, too.
    """
    withheld: NotProvided | None = None
    asked = variants(subject.context, case, stage, subject.rounding)
    more = (one for one in _more(subject.context, asked[0]) if not subject.outside(stage, one[0].inputs))
    for variant, times in (*((one, {}) for one in asked), *more):
        for output, wrt in BY_NAME[stage].differentiable:
            factor = math.sqrt(math.prod(n for axis, n in times.items() if axis not in BY_NAME[stage].input(wrt).axes))
            try:
                subject.require_output(stage, output)
                for name, inputs in rules_of(stage).gradient_variants(wrt, variant.name, variant.inputs):
                    if any(inputs.get(option) is not None for option in subject.lacks(stage)):
                        continue
                    tried = variant if inputs is variant.inputs else variant.another(name, inputs)
                    of_it = _gradient(subject, tried, output, wrt)
                    yield from as_far_as_it_goes(subject, (coarsened(one, factor) for one in of_it))
            except NotProvided as reason:
                # The others are measured all the same.
                withheld = withheld or reason
    if withheld is not None:
        raise withheld


@remembered(maxsize=64)
def _more(_: RunContext, variant: Variant) -> tuple[tuple[Variant, Mapping[str, int]], ...]:
    """The same of many items drawn from those that there are, and of four times as much along what else is permuted:
    each with how many times as many terms meet in the gradient of what has no such axis.
    """
    stage, inputs = BY_NAME[variant.stage], variant.inputs
    first, *others = dict.fromkeys(filter(None, (stage.items, *stage.permuted)))
    many = along(inputs, stage.name, first, drawn(_MANY, axis_size(variant, first)))
    for axis in others:
        inputs = along(inputs, stage.name, axis, np.tile(np.arange(axis_size(variant, axis)), _TIMES))
    named = variant.another(f"{variant.name}, {_MANY} items", many), variant.another(f"{variant.name}, more", inputs)
    return ((named[0], {first: _MANY}), (named[1], dict.fromkeys(others, _TIMES)))[: 2 if others else 1]


def _gradient(subject: Subject, variant: Variant, output: str, wrt: str) -> Iterator[Outcome | Artifact]:
    like = np.asarray(variant.expected[output])
    cotangent = generic_vector(like.shape, np.iscomplexobj(like)) if like.ndim else np.float64(1.7)
    rounded = cotangent.astype(np.result_type(subject.rounding, np.asarray(cotangent).dtype.kind + "8"))
    label = f"d {output} / d {wrt} ({variant.name})"
    try:
        got = own_vjp(subject, variant.stage, variant.inputs, output, wrt, rounded)
    except NotProvided as reason:
        known = BY_NAME[variant.stage]
        options = (field.name for field in known.inputs if field.optional)
        if known.input(wrt).kind != "position" and all(variant.inputs.get(option) is None for option in options):
            raise
        yield Fact(f"{label}, not provided", str(reason))
        return
    rules = rules_of(variant.stage)
    want = rules.gradient(output, wrt, variant.arguments, cotangent)
    size = rules.gradient_size(wrt, variant.name, variant.arguments, cotangent, subject.precision)
    found = deviation(label, got, want, terms=variant.terms, magnitude=size)
    yield with_about(found, field=output, wrt=wrt, variant=variant.name)
