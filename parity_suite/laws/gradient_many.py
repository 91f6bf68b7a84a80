"""The law of gradients of many items: a path that is taken above some number of them, or where many of them meet in one
number, gives what the formula does.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.backends.exceptions import NotProvided
from parity_suite.backends.own_vjp import own_vjp
from parity_suite.backends.subject import Subject
from parity_suite.cases.rules import has_rule, rules_of
from parity_suite.cases.variants import Variant, along, variants
from parity_suite.compare.deviation import Outcome, deviation, with_about
from parity_suite.compare.exhibit import Artifact
from parity_suite.core.case import Case
from parity_suite.core.law_traits import LawTraits
from parity_suite.core.packs import BY_NAME
from parity_suite.laws.algebra import generic_vector
from parity_suite.laws.coordinates import coarsened
from parity_suite.laws.going_on import as_far_as_it_goes
from parity_suite.laws.invariance import length
from parity_suite.laws.many import COUNTS, drawn
from parity_suite.laws.registry import law

_COUNT: Final = COUNTS[1]


@law(
    stages=lambda stage: bool(stage.differentiable and stage.items) and has_rule(stage.name, "gradient"),
    cases="tiny",
    needs=("vjp",),
    precisions=("float32",),
    traits=LawTraits(of_arrays=True, other_sizes=True, budget_of="gradient"),
)
def gradient_many(subject: Subject, stage: str, case: Case) -> Iterator[Outcome | Artifact]:
    """Gradients of 2,100 items drawn from a few: of each item what it is among the few, and of what all of them share
    the sum.
    """
    withheld: NotProvided | None = None
    for variant in variants(subject.context, case, stage, subject.rounding):
        for output, wrt in BY_NAME[stage].differentiable:
            try:
                subject.require_output(stage, output)
                yield from as_far_as_it_goes(subject, _of_many(subject, variant, output, wrt))
            except NotProvided as reason:
                withheld = withheld or reason
    if withheld is not None:
        raise withheld


def _of_many(subject: Subject, variant: Variant, output: str, wrt: str) -> Iterator[Outcome | Artifact]:
    stage, rules = BY_NAME[variant.stage], rules_of(variant.stage)
    name, inputs = next(iter(rules.gradient_variants(wrt, variant.name, variant.inputs)))
    few, pick = variant.another(name, inputs), drawn(_COUNT, length(variant))
    many = few.another(f"{name}, {_COUNT:,} items", along(inputs, stage.name, stage.items, pick))
    subject.require_within(stage.name, many.inputs)
    cotangent = _cotangent(subject, few, output)
    place = next(field.axes.index(stage.items) for field in stage.outputs if field.name == output)
    got = own_vjp(subject, stage.name, many.inputs, output, wrt, np.take(cotangent, pick, place))
    if stage.items in (axes := stage.input(wrt).axes):
        want = np.take(rules.gradient(output, wrt, few.arguments, cotangent), pick, axes.index(stage.items))
        factor = 1.0
    else:
        # It is linear in the cotangent, so that an item that comes often counts as often.
        times = np.bincount(pick, minlength=length(few)).reshape(-1, *(1,) * (cotangent.ndim - 1))
        want = rules.gradient(output, wrt, few.arguments, cotangent * np.moveaxis(times, 0, place))
        # Items that come again round alike each time, so that the error of a plain sum grows as their number (Higham,
        # Accuracy and Stability, 4.2): half an eps each is about an eighth of what one is allowed.
        factor = _COUNT / 8
    found = deviation(f"d {output} / d {wrt} ({many.name})", got, want, terms=many.terms)
    yield coarsened(with_about(found, field=output, wrt=wrt, variant=many.name), factor)


def _cotangent(subject: Subject, few: Variant, output: str) -> Array:
    like = np.asarray(few.expected[output])
    vector = generic_vector(like.shape, np.iscomplexobj(like))
    return np.asarray(vector, np.result_type(subject.rounding, vector.dtype.kind + "8"))
