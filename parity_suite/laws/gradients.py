"""The law of gradients: the framework's own differentiation gives what the formula gives."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from parity_suite.backends.subject import Subject
from parity_suite.cases.catalogue import Case
from parity_suite.cases.variants import Variant, variants
from parity_suite.cases.world import Missing
from parity_suite.compare.deviation import Outcome, deviation
from parity_suite.laws.adjoints import gradient_of
from parity_suite.laws.algebra import probe_vector
from parity_suite.laws.differences import along_differences
from parity_suite.laws.registry import law
from parity_suite.pipeline import BY_NAME, STAGES


@law(stages=tuple(s.name for s in STAGES if s.differentiable), cases="small", needs=("vjp",))
def gradient(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """The vector-Jacobian product of every differentiable pair equals the oracle's: its formula or, of the objective,
    its central difference along a random direction and the steepest element of every parameter.
    """
    for variant in variants(case, stage, subject.rounding):
        if stage == "objective":
            if case.kind == "file":
                raise Missing("a hundred central differences of patches this large take a minute")
            yield from along_differences(subject, variant)
            continue
        for output, wrt in BY_NAME[stage].differentiable:
            like = np.asarray(variant.expected[output])
            cotangent = probe_vector(like.shape, np.iscomplexobj(like)) if like.ndim else np.float64(1.7)
            rounded = cotangent.astype(np.result_type(subject.rounding, np.asarray(cotangent).dtype.kind + "8"))
            got = subject.backend.vjp(stage, dict(variant.inputs), output, wrt, rounded)
            want = gradient_of(stage, output, wrt, variant.inputs, cotangent)
            size = _magnitude(subject, variant, wrt)
            label = f"d {output} / d {wrt} ({variant.name})"
            yield deviation(label, got, want, terms=variant.terms, magnitude=size)


def _magnitude(subject: Subject, variant: Variant, wrt: str) -> float | None:
    """In many photons the gradient of the likelihood is a thousandth of its two terms, which is what float64 rounds.

    In float32 it is measured as it is: the inputs are exact, and who sums them in float64 loses nothing.
    """
    if variant.name != "bright" or wrt != "amplitude" or subject.precision != "float64":
        return None
    scale, amplitude = variant.inputs["scale"], variant.inputs["amplitude"].astype(np.float64)
    return float(np.linalg.norm(2 * scale**2 * amplitude))
