"""The law of the pair: two backends against each other, with both distances to the oracle so that the culprit is
named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Final

import numpy as np

from parity_suite.backends.subject import Subject
from parity_suite.cases.variants import Variant, is_answered, variants
from parity_suite.compare.deviation import Deviation, Outcome, deviation, with_about
from parity_suite.core.about import About
from parity_suite.core.case import Case
from parity_suite.core.packs import BY_NAME, packs
from parity_suite.core.value import Value, value_of
from parity_suite.laws import bundles, training
from parity_suite.laws.differences import along_differences
from parity_suite.laws.going_on import as_far_as_it_goes
from parity_suite.laws.options import taken
from parity_suite.laws.outputs import compare
from parity_suite.laws.reference import forward_by_stages, forward_inputs, forward_of_oracle
from parity_suite.ptychography.learning.weights import by_name

#: Stages at which two backends that hold models are compared, and the cases they are compared on.
MODEL_PAIRS: Final = {"train": "lessons", "bundle": "crossed"}

#: The methods that both need, where they are not that of the stage.
NEEDS: Final = {
    "forward": ("extract", "illuminate", "diffract"),
    "train": ("train", "state"),
    "bundle": ("train", "state", "save", "load", "infer"),
}


def pair_stages() -> Iterator[str]:
    """The chains and stages of all packs at which two backends are compared."""
    for pack in packs():
        yield from pack.chains
        yield from (one.name for one in pack.stages if not (one.of_model or one.random or "pair" in one.exempt))
    yield from MODEL_PAIRS


def pair(first: Subject, second: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """Two backends give the same, without asking the oracle."""
    if stage in MODEL_PAIRS:
        yield from (training.pair if stage == "train" else bundles.pair)(first, second, case)
        return
    if stage == "forward":
        inputs = forward_inputs(first.context, case, first.rounding)
        one, two = (forward_by_stages(subject, inputs) for subject in (first, second))
        yield deviation("amplitude", two, one, terms=inputs["size"] ** 2)
        return
    for variant in variants(first.context, case, stage, first.rounding):
        yield from as_far_as_it_goes(first, _of_variant(first, second, variant, case))


def _of_variant(first: Subject, second: Subject, variant: Variant, case: Case) -> Iterator[Outcome]:
    one, two = (subject(variant.stage, variant.inputs) for subject in (first, second))
    yield from compare(variant, two, one)
    if variant.stage == "objective" and first.provides("vjp") and second.provides("vjp"):
        yield from _gradients(first, second, variant, case)


#: Patches larger than this show nothing more of a gradient, and cost ten seconds.
_GRADIENT_SIDE: Final = 64


def _gradients(first: Subject, second: Subject, variant: Variant, case: Case) -> Iterator[Outcome]:
    """The gradients of the loss against each other in float64, parameter by parameter.

    A pixel close above the floor of the rate magnifies the round-off of its amplitude a thousand times, so that in
    float32 they would differ by half a percent and say nothing.
    """
    if first.precision != "float64" or variant.inputs["probe"].shape[-1] > _GRADIENT_SIDE:
        return
    channels = variant.inputs["counts"].shape[3]
    for _, wrt in BY_NAME["objective"].differentiable:
        one, two = (
            subject.backend.vjp("objective", dict(variant.inputs), "poisson_nll", wrt, np.float64(1.0))
            for subject in (first, second)
        )
        named = [by_name(flat, channels) if wrt == "weights" else {wrt: flat} for flat in (one, two)]
        for name, gradient in named[0].items():
            label = f"d poisson_nll / d {name} ({variant.name})"
            found = training.together(first, case, "gradient_float64", label, named[1][name], gradient)
            yield with_about(found, field="poisson_nll", wrt=name, variant=variant.name)


def distances(subjects: tuple[Subject, Subject], stage: str, case: Case, parted: About) -> Mapping[str, float]:
    """The greatest error of each of the two against the oracle, by name; infinite where it cannot be measured.

    ``parted`` is where they part: of a gradient, each one's own is held to the differences of the oracle.
    """
    if stage in MODEL_PAIRS or _without_oracle(stage):
        return {}
    errors = partial(_gradient_errors, parted) if parted.wrt else _errors
    return {subject.name: max(errors(subject, stage, case), default=0.0) for subject in subjects}


def _without_oracle(stage: str) -> bool:
    return stage in BY_NAME and not is_answered(stage)


def culprit(far: Mapping[str, float]) -> str:
    """Which of two is wrong by their distances to the oracle; empty of two that are about as far."""
    (_, less), (name, most) = sorted(far.items(), key=lambda item: item[1])
    return name if most > 2 * less else ""


def _gradient_errors(parted: About, subject: Subject, stage: str, case: Case) -> Iterator[float]:
    for variant in variants(subject.context, case, stage, subject.rounding):
        if variant.name == parted.variant:
            yield from (one.value for one in along_differences(subject, variant, parted.wrt))


def _errors(subject: Subject, stage: str, case: Case) -> Iterator[float]:
    outcomes: list[Any] = []
    if stage == "forward":
        inputs = forward_inputs(subject.context, case, subject.rounding)
        outcomes.append(deviation("amplitude", forward_by_stages(subject, inputs), forward_of_oracle(inputs)))
    else:
        for variant in variants(subject.context, taken(case, stage, subject), stage, subject.rounding):
            outcomes += compare(variant, subject(stage, variant.inputs), variant.expected)
    for outcome in outcomes:
        yield outcome.error if isinstance(outcome, Deviation) else float("inf")


def oracle_at(first: Subject, stage: str, case: Case, parted: About, place: tuple[int, ...]) -> Value:
    """What the oracle has where two backends lie farthest apart; None where it has nothing to say."""
    if stage in MODEL_PAIRS or parted.wrt or _without_oracle(stage):
        return None
    if stage == "forward":
        return value_of(forward_of_oracle(forward_inputs(first.context, case, first.rounding))[place])
    for variant in variants(first.context, case, stage, first.rounding):
        if variant.name == parted.variant and parted.field in variant.expected:
            return value_of(np.asarray(variant.expected[parted.field])[place])
    return None
