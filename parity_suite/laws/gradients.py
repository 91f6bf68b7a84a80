"""The law of gradients: the framework's own differentiation gives what the formula gives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from parity_suite.backends.subject import NotProvided, Subject
from parity_suite.cases.rules import has_rule
from parity_suite.cases.variants import Variant, variants
from parity_suite.compare.deviation import Outcome, deviation, with_about
from parity_suite.compare.exhibit import Artifact, Fact
from parity_suite.core.case import Case
from parity_suite.core.packs import BY_NAME
from parity_suite.laws.algebra import probe_vector
from parity_suite.laws.going_on import as_far_as_it_goes
from parity_suite.laws.registry import law
from parity_suite.ptychography.adjoints import gradient_of, offset_slopes


@law(
    stages=lambda stage: bool(stage.differentiable) and has_rule(stage.name, "gradient"), cases="small", needs=("vjp",)
)
def gradient(subject: Subject, stage: str, case: Case) -> Iterator[Outcome | Artifact]:
    """The vector-Jacobian product of every differentiable pair equals the formula's."""
    withheld: NotProvided | None = None
    for variant in variants(subject.context, case, stage, subject.rounding):
        for output, wrt in BY_NAME[stage].differentiable:
            try:
                for tried in _smooth(variant) if wrt == "offsets" else (variant,):
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
        inputs = {name: subject.given(value) for name, value in variant.inputs.items()}
        got = subject.backend.vjp(variant.stage, inputs, output, wrt, subject.given(rounded))
    except NotProvided as reason:
        if wrt != "offsets":
            raise
        yield Fact(f"{label}, not provided", str(reason))
        return
    want = gradient_of(variant.stage, output, wrt, variant.inputs, cotangent)
    found = deviation(label, got, want, terms=variant.terms, magnitude=_magnitude(subject, variant, wrt, cotangent))
    yield with_about(found, field=output, wrt=wrt, variant=variant.name)


def _smooth(variant: Variant) -> Iterator[Variant]:
    """At whole offsets a bilinear shift has a kink and no gradient, so they are moved off; and an offset for each block
    of images has the sum of their gradients.
    """
    offsets = variant.inputs["offsets"]
    between = np.where(offsets == np.rint(offsets), offsets + offsets.dtype.type(0.375), offsets)
    yield Variant(variant.stage, variant.name, {**variant.inputs, "offsets": between})
    images = np.concatenate([variant.inputs["images"], np.flip(variant.inputs["images"], axis=(0, 1))])
    yield Variant(variant.stage, f"{variant.name}, in pairs", {"images": images, "offsets": between})


def _magnitude(subject: Subject, variant: Variant, wrt: str, cotangent: Any) -> float | None:
    """What a gradient is measured against if not itself, since its terms cancel.

    In many photons the gradient of the likelihood is a thousandth of its two terms, which is what float64 rounds. In
    float32 it is measured as it is: the inputs are exact, and who sums them in float64 loses nothing. That of an offset
    is a sum over all pixels of an image.
    """
    if wrt == "offsets":
        terms = np.abs(cotangent)[..., None] * np.abs(offset_slopes(variant.inputs))
        return float(np.linalg.norm(terms.sum(axis=(1, 2, 3))))
    if variant.name != "bright" or wrt != "amplitude" or subject.precision != "float64":
        return None
    scale, amplitude = variant.inputs["scale"], variant.inputs["amplitude"].astype(np.float64)
    return float(np.linalg.norm(2 * scale**2 * amplitude))
