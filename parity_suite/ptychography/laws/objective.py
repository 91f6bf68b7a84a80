"""Laws of the objective's gradient: against differences of the oracle, and two backends against each other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from parity_suite.backends.own_vjp import own_vjp
from parity_suite.backends.subject import Subject
from parity_suite.cases.missing import Missing
from parity_suite.cases.variants import Variant, variants
from parity_suite.compare.deviation import Outcome, with_about
from parity_suite.compare.exhibit import Artifact
from parity_suite.core.about import About
from parity_suite.core.case import Case
from parity_suite.core.cause import Cause
from parity_suite.core.packs import BY_NAME
from parity_suite.laws.going_on import as_far_as_it_goes
from parity_suite.laws.pairs import side_by_side
from parity_suite.laws.registry import law, pair_law
from parity_suite.ptychography.laws.differences import along_differences
from parity_suite.ptychography.laws.training import together
from parity_suite.ptychography.learning.weights import by_name

_STAGE: Final = "objective"
#: Patches larger than this show nothing more of a gradient, and cost ten seconds.
_GRADIENT_SIDE: Final = 64


@law(stages=(_STAGE,), cases="small", needs=("vjp",))
def gradient(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """The gradient of the loss equals the central difference of the oracle along a random direction and the steepest
    element of every parameter.
    """
    if case.kind == "file":
        raise Missing("a hundred central differences of patches this large take a minute", Cause.UNASKED)
    for variant in variants(subject.context, case, stage, subject.rounding):
        yield from as_far_as_it_goes(subject, along_differences(subject, variant))
        if variant.inputs["power"] is None:
            # What is free while groups are reassembled is the probe of a training.
            power = 1.4 * float(np.sum(np.abs(variant.inputs["probe"]) ** 2))
            held = variant.another(f"{variant.name}, held power", {**variant.inputs, "power": power})
            yield from as_far_as_it_goes(subject, along_differences(subject, held, "probe"))


def _errors(subject: Subject, case: Case, parted: About) -> Iterator[float]:
    """How far one parameter's gradient lies from the differences of the oracle."""
    for variant in variants(subject.context, case, _STAGE, subject.rounding):
        if variant.name == parted.variant:
            yield from (one.value for one in along_differences(subject, variant, parted.wrt))


@pair_law(_STAGE, needs=(_STAGE,), errors=_errors)
def pair(first: Subject, second: Subject, case: Case) -> Iterator[Outcome | Artifact]:
    """Two backends give the same loss and, where both differentiate, the same gradient of it."""
    for variant in variants(first.context, case, _STAGE, first.rounding):
        yield from as_far_as_it_goes(first, _of_variant(first, second, variant, case))


def _of_variant(first: Subject, second: Subject, variant: Variant, case: Case) -> Iterator[Outcome | Artifact]:
    yield from side_by_side(first, second, variant)
    # Gradients of two losses are two gradients, each of which is held to the differences of its own.
    alike = first.conventions(_STAGE) == second.conventions(_STAGE)
    if alike and first.provides("vjp") and second.provides("vjp"):
        yield from _gradients(first, second, variant, case)


def _gradients(first: Subject, second: Subject, variant: Variant, case: Case) -> Iterator[Outcome]:
    """The gradients of the loss against each other in float64, parameter by parameter.

    A pixel close above the floor of the rate magnifies the round-off of its amplitude a thousand times, so that in
    float32 they would differ by half a percent and say nothing.
    """
    if first.precision != "float64" or variant.inputs["probe"].shape[-1] > _GRADIENT_SIDE:
        return
    channels = variant.inputs["counts"].shape[3]
    for _, wrt in BY_NAME[_STAGE].differentiable:
        one, two = (
            own_vjp(subject, _STAGE, variant.inputs, "poisson_nll", wrt, np.float64(1.0)) for subject in (first, second)
        )
        named = [by_name(flat, channels) if wrt == "weights" else {wrt: flat} for flat in (one, two)]
        for name, gradient in named[0].items():
            label = f"d poisson_nll / d {name} ({variant.name})"
            found = together(first, case, "gradient_float64", label, named[1][name], gradient)
            yield with_about(found, field="poisson_nll", wrt=name, variant=variant.name)
