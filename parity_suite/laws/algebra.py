"""Laws of linear algebra: linearity, conserved energy and mass, and the adjoint."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from parity_suite.backends.subject import Subject
from parity_suite.cases.rules import has_rule, rules_of
from parity_suite.cases.variants import Variant
from parity_suite.compare.deviation import Outcome, deviation
from parity_suite.core.packs import BY_NAME
from parity_suite.laws.going_on import on_each_variant
from parity_suite.laws.registry import law


@law(stages=lambda stage: bool(stage.linear_in), cases="small")
@on_each_variant
def linearity(subject: Subject, variant: Variant) -> Iterator[Outcome]:
    """A weighted sum in gives the weighted sum out, in each linear input."""
    stage, (a, b) = variant.stage, (0.75, -1.5)
    output = BY_NAME[stage].outputs[0].name
    for name in BY_NAME[stage].linear_in:
        x = variant.inputs[name]
        weight = b * 1j if np.iscomplexobj(x) else b
        y = np.ascontiguousarray(np.flip(x)).conj()
        # Both are powers of two or short sums of them, so that the weighted sum costs one rounding only.
        both = (a * x + weight * y).astype(x.dtype)
        of_x, of_y, of_both = (subject(stage, {**variant.inputs, name: value})[output] for value in (x, y, both))
        yield deviation(f"{output} in {name} ({variant.name})", of_both, a * of_x + weight * of_y, terms=variant.terms)


@law(stages=lambda stage: bool(stage.linear_in) and has_rule(stage.name, "adjoint"), cases="small")
@on_each_variant
def adjoint(subject: Subject, variant: Variant) -> Iterator[Outcome]:
    """``<A x, y> = <x, A* y>`` with the oracle's adjoint, in each linear input."""
    stage = variant.stage
    output = BY_NAME[stage].outputs[0].name
    for name in BY_NAME[stage].linear_in:
        forward = subject(stage, variant.inputs)[output].astype(np.complex128)
        y = probe_vector(forward.shape, np.iscomplexobj(variant.inputs[name]))
        back = rules_of(stage).adjoint(name, variant.inputs, y)
        x = variant.inputs[name].astype(np.complex128)
        size = float(np.linalg.norm(forward) * np.linalg.norm(y))
        yield deviation(
            f"<A x, y> in {name} ({variant.name})",
            np.asarray(np.vdot(y, forward)),
            np.asarray(np.vdot(back, x)),
            terms=variant.terms,
            magnitude=size,
        )


def probe_vector(shape: tuple[int, ...], is_complex: bool) -> Any:
    """A fixed vector in general position to test an output against."""
    bits = np.random.Generator(np.random.PCG64([len(shape), *shape]))
    real = bits.standard_normal(shape)
    return real + 1j * bits.standard_normal(shape) if is_complex else real
