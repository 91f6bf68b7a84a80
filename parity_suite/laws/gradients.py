"""The law of gradients: the framework's own differentiation gives what the formula gives."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from parity_suite.backends.exceptions import NotProvided
from parity_suite.backends.own_vjp import own_vjp
from parity_suite.backends.subject import Subject
from parity_suite.cases.rules import has_rule, rules_of
from parity_suite.cases.variants import Variant, variants
from parity_suite.compare.deviation import Outcome, deviation, with_about
from parity_suite.compare.exhibit import Artifact, Fact
from parity_suite.core.case import Case
from parity_suite.core.law_traits import LawTraits
from parity_suite.core.packs import BY_NAME
from parity_suite.laws.algebra import probe_vector
from parity_suite.laws.going_on import as_far_as_it_goes
from parity_suite.laws.registry import law


@law(
    stages=lambda stage: bool(stage.differentiable) and has_rule(stage.name, "gradient"),
    cases="small",
    needs=("vjp",),
    traits=LawTraits(of_arrays=True),
)
def gradient(subject: Subject, stage: str, case: Case) -> Iterator[Outcome | Artifact]:
    """The vector-Jacobian product of every differentiable pair equals the formula's."""
    withheld: NotProvided | None = None
    for variant in variants(subject.context, case, stage, subject.rounding):
        for output, wrt in BY_NAME[stage].differentiable:
            try:
                subject.require_output(stage, output)
                for name, inputs in rules_of(stage).gradient_variants(wrt, variant.name, variant.inputs):
                    tried = variant if inputs is variant.inputs else variant.another(name, inputs)
                    yield from as_far_as_it_goes(subject, _gradient(subject, tried, output, wrt))
            except NotProvided as reason:
                # The others are measured all the same.
                withheld = withheld or reason
    if withheld is not None:
        raise withheld


def _gradient(subject: Subject, variant: Variant, output: str, wrt: str) -> Iterator[Outcome | Artifact]:
    like = np.asarray(variant.expected[output])
    cotangent = probe_vector(like.shape, np.iscomplexobj(like)) if like.ndim else np.float64(1.7)
    rounded = cotangent.astype(np.result_type(subject.rounding, np.asarray(cotangent).dtype.kind + "8"))
    label = f"d {output} / d {wrt} ({variant.name})"
    try:
        got = own_vjp(subject, variant.stage, variant.inputs, output, wrt, rounded)
    except NotProvided as reason:
        if BY_NAME[variant.stage].input(wrt).kind != "position":
            raise
        yield Fact(f"{label}, not provided", str(reason))
        return
    rules = rules_of(variant.stage)
    want = rules.gradient(output, wrt, variant.arguments, cotangent)
    size = rules.gradient_size(wrt, variant.name, variant.arguments, cotangent, subject.precision)
    found = deviation(label, got, want, terms=variant.terms, magnitude=size)
    yield with_about(found, field=output, wrt=wrt, variant=variant.name)
