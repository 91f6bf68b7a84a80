"""The law of gradients where no formula is given: a backend's differentiation agrees with its own differences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.backends.exceptions import NotProvided, OutsideCapability, Unavailable
from parity_suite.backends.own_vjp import own_vjp
from parity_suite.backends.subject import Subject
from parity_suite.cases.rules import has_rule, rules_of
from parity_suite.cases.variants import Variant, rounded, variants
from parity_suite.compare.budgets import EPS
from parity_suite.compare.deviation import Bound, Outcome, with_about
from parity_suite.core.case import Case
from parity_suite.core.cause import Cause
from parity_suite.core.packs import BY_NAME
from parity_suite.laws.algebra import generic_vector, unit_vectors
from parity_suite.laws.going_on import as_far_as_it_goes
from parity_suite.laws.registry import law

#: A difference of this part of the input is off by the square of it, and by the digits of a result over it.
_STEP: Final = EPS["float64"] ** (1 / 3)
#: Far above both, and far below a term that is left out.
_ORIGIN: Final = "half of the digits"


@law(
    stages=lambda stage: bool(stage.differentiable) and not has_rule(stage.name, "gradient"),
    cases="small",
    needs=("vjp",),
)
def gradient(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """The vector-Jacobian product of every differentiable pair is the central difference of the backend in float64, in
    a random direction and in that of single elements.
    """
    finer = replace(subject, precision="float64", rounding="float64")
    try:
        _ = finer.backend
    except (Unavailable, OutsideCapability) as error:
        raise NotProvided("differences are taken in float64", Cause.OUTSIDE_CAPABILITY, stage) from error
    for variant in variants(subject.context, case, stage, subject.rounding):
        for output, wrt in BY_NAME[stage].differentiable:
            for name, inputs in rules_of(stage).gradient_variants(wrt, variant.name, variant.inputs):
                yield from as_far_as_it_goes(subject, _held(subject, finer, variant.another(name, inputs), output, wrt))


def _held(subject: Subject, finer: Subject, variant: Variant, output: str, wrt: str) -> Iterator[Outcome]:
    stage, wide = variant.stage, rounded(variant.stage, variant.inputs, "float64")
    like = np.asarray(finer(stage, wide)[output])
    cotangent = generic_vector(like.shape, np.iscomplexobj(like)) if like.ndim else np.float64(1.7)
    found = _vjp(subject, variant, output, wrt, cotangent)
    x = np.asarray(wide[wrt])
    drawn = np.asarray(generic_vector(x.shape, np.iscomplexobj(x)))

    def loss(value: Array) -> float:
        given = {**wide, wrt: value if value.ndim else value.item()}
        return float(np.vdot(cotangent, finer(stage, given)[output]).real)

    for what, direction in (("at random", drawn), *(("of one element", one) for one in unit_vectors(drawn))):
        step = _STEP * (np.abs(x).max() or 1.0) / np.abs(direction).max()
        want = (loss(x + step * direction) - loss(x - step * direction)) / (2 * step)
        size = float(np.linalg.norm(found) * np.linalg.norm(direction))
        error = abs(float(np.vdot(found, direction).real) - want) / max(size, abs(want), np.finfo(float).tiny)
        label = f"d {output} / d {wrt}, {what} ({variant.name})"
        bound = Bound(label, error, EPS[subject.precision] ** 0.5, _ORIGIN)
        yield with_about(bound, field=output, wrt=wrt, variant=variant.name)


def _vjp(subject: Subject, variant: Variant, output: str, wrt: str, cotangent: Any) -> Array:
    narrow = cotangent.astype(np.result_type(subject.rounding, np.asarray(cotangent).dtype.kind + "8"))
    return np.asarray(own_vjp(subject, variant.stage, variant.inputs, output, wrt, narrow)).astype(np.complex128)
