"""Laws of linear algebra: linearity, conserved energy and mass, and the adjoint."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from parity_suite.backends.own_vjp import own_vjp
from parity_suite.backends.subject import Subject
from parity_suite.cases.rules import has_rule, rules_of
from parity_suite.cases.variants import Variant
from parity_suite.compare.deviation import Outcome, deviation
from parity_suite.core.law_traits import LawTraits
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


@law(stages=lambda stage: bool(stage.linear_in), cases="small", traits=LawTraits(telling=-1))
@on_each_variant
def adjoint(subject: Subject, variant: Variant) -> Iterator[Outcome]:
    """``<A x, y> = <x, A* y>`` in each linear input, with the pack's adjoint; of a stage whose rules give none with the
    backend's own ``vjp``, on unit vectors too.
    """
    stage = variant.stage
    for name in BY_NAME[stage].linear_in:
        forward = subject(stage, variant.inputs)[BY_NAME[stage].outputs[0].name]
        if has_rule(stage, "adjoint"):
            y = generic_vector(forward.shape, np.iscomplexobj(variant.inputs[name]))
            yield _inner(variant, name, "y", forward, y, rules_of(stage).adjoint(name, variant.inputs, y))
        else:
            yield from _by_own_vjp(subject, variant, name, forward)


def _by_own_vjp(subject: Subject, variant: Variant, name: str, forward: Any) -> Iterator[Outcome]:
    y = generic_vector(forward.shape, np.iscomplexobj(forward))
    y = y.astype(np.result_type(subject.rounding, y.dtype.kind + "8"))
    output = BY_NAME[variant.stage].outputs[0].name
    for what, one in (("y", y), *(("e", unit) for unit in unit_vectors(y))):
        back = own_vjp(subject, variant.stage, variant.inputs, output, name, one)
        yield _inner(variant, name, what, forward, one, back, real=not np.iscomplexobj(variant.inputs[name]))


def _inner(variant: Variant, name: str, what: str, forward: Any, y: Any, back: Any, real: bool = False) -> Outcome:
    """``<A x, y>`` beside ``<x, A* y>``; only their ``real`` parts where real numbers are differentiated by."""
    x, forward = (one.astype(np.complex128) for one in (variant.inputs[name], forward))
    got, want = np.vdot(y, forward), np.vdot(back, x)
    size = float(np.linalg.norm(forward) * np.linalg.norm(y))
    both = (got.real, want.real) if real else (got, want)
    label = f"<A x, {what}> in {name} ({variant.name})"
    return deviation(label, *map(np.asarray, both), terms=variant.terms, magnitude=size)


def unit_vectors(y: Any) -> Iterator[Any]:
    """Vectors of one element of another, at both its ends and elsewhere; none of an empty one."""
    for place in sorted({0, y.size // 3, y.size - 1}) if y.size else ():
        unit = np.zeros_like(y)
        unit.flat[place] = y.flat[place]
        yield unit


def generic_vector(shape: tuple[int, ...], is_complex: bool) -> Any:
    """A fixed vector in general position to test an output against."""
    bits = np.random.Generator(np.random.PCG64([len(shape), *shape]))
    real = bits.standard_normal(shape)
    return real + 1j * bits.standard_normal(shape) if is_complex else real
