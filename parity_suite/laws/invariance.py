"""Laws of the batch: who else is in it, its size and order, how it was cut, and what was asked before change
nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any, Final

import numpy as np

from parity_suite.backends.subject import Subject
from parity_suite.cases.questions import is_question
from parity_suite.cases.rules import rules_of
from parity_suite.cases.variants import Variant, along, index_along, is_answered
from parity_suite.compare.deviation import BrokenRule, Outcome, with_about
from parity_suite.core.context import RunContext, remembered
from parity_suite.core.kinds import Kind
from parity_suite.core.law_traits import LawTraits
from parity_suite.core.packs import BY_NAME
from parity_suite.laws.going_on import on_each_variant
from parity_suite.laws.outputs import compare
from parity_suite.laws.registry import law


def length(variant: Variant) -> int:
    """The number of items of a variant."""
    stage = BY_NAME[variant.stage]
    return stage.sizes_of(variant.inputs)[stage.items or stage.permuted[0]]


@law(
    stages=lambda stage: bool(stage.items),
    cases="batches",
    traits=LawTraits(other_sizes=True, relative=True, at_a_glance="answers"),
)
@on_each_variant
def batch_invariance(subject: Subject, variant: Variant) -> Iterator[Outcome]:
    """Items one by one, in pieces, or all at once: n in, n out, the same answers; none in, none out."""
    stage, n = variant.stage, length(variant)
    whole = subject(stage, variant.inputs)
    # Nothing, the first alone, the rest but one, and a last partial batch of one.
    edges = [0, *sorted({0, min(1, n), max(n - 1, 0), n})]
    axis = BY_NAME[stage].items
    parts = [(b - a, along(variant.inputs, stage, axis, slice(a, b))) for a, b in pairwise(edges)]
    # Nothing is left out where the backend declares that it cannot be asked for it.
    pieces = [subject(stage, part) for count, part in parts if count or not subject.outside(stage, part)]
    names = set(whole).intersection(*pieces)
    places = {field.name: field.axes.index(axis) for field in BY_NAME[stage].outputs if field.name in names}
    joined = {name: np.concatenate([piece[name] for piece in pieces], place) for name, place in places.items()}
    yield from compare(variant, joined, whole)


@law(stages=lambda stage: bool(stage.items or stage.permuted), cases="small", traits=LawTraits(relative=True))
@on_each_variant
def equivariance(subject: Subject, variant: Variant) -> Iterator[Outcome]:
    """Items, channels and modes permuted on the way in are permuted alike on the way out."""
    stage, known = variant.stage, BY_NAME[variant.stage]
    plain = subject(stage, variant.inputs)
    for axis in dict.fromkeys((known.items, *known.permuted)):
        size = axis_size(variant, axis)
        if size < 2:
            continue
        order = np.roll(np.arange(size)[::-1], 1) if size > 2 else np.array([1, 0])
        got = subject(stage, along(variant.inputs, stage, axis, order))
        yield from compare(variant, got, _permuted(variant, plain, axis, order))


def axis_size(variant: Variant, axis: str) -> int:
    """How many there are along an axis of a variant's inputs; 0 where none has it."""
    for field in BY_NAME[variant.stage].inputs:
        value = variant.inputs.get(field.name)
        if isinstance(value, np.ndarray) and axis in field.axes:
            return int(value.shape[field.axes.index(axis)])
    return 0


def _permuted(variant: Variant, plain: Mapping[str, Any], axis: str, order: Any) -> dict[str, Any]:
    out = {}
    for field in BY_NAME[variant.stage].outputs:
        if field.name not in plain:
            continue
        value = plain[field.name]
        if axis in (axes := field.axes_of(np.ndim(value))):
            value = value[index_along(axes.index(axis), order)]
        out[field.name] = value
    return out


#: Answers that lie so near are one: whether a backend has them right is asked beside it.
_NEARLY: Final = 1e-4


@law(
    stages=lambda stage: True,
    cases="small",
    traits=LawTraits(
        means=(Kind.STATE, "something is kept from call to call"),
        without_oracle=True,
        relative=True,
        at_a_glance="answers",
    ),
)
@on_each_variant
def statelessness(subject: Subject, variant: Variant) -> Iterator[Outcome]:
    """The answer does not depend on what was asked before."""
    stage = variant.stage
    first = subject(stage, variant.inputs)
    kept = {name: np.array(value, copy=True) for name, value in first.items()}
    # What is remembered by its settings shows where these stay.
    others = [found for ways in _others(subject.context, variant) if (found := _question(subject, ways))]
    answers = [subject(stage, other.inputs) for other in others]
    again = subject(stage, variant.inputs)
    yield from compare(variant, again, kept)
    yield from compare(variant, first, kept)
    for other, answer in zip(others, answers, strict=True):
        for one in compare(other, answer, _expected(subject, other)):
            yield with_about(one, variant=variant.name)
    if answers and _is_same(answers[0], kept):
        yield from _kept_for_two(subject, variant, others[0], kept)


def _is_same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether what both have is the same, to the last bit."""
    both = set(one) & set(other)
    return bool(both) and all(np.array_equal(one[name], other[name]) for name in both)


def _kept_for_two(subject: Subject, variant: Variant, other: Variant, kept: Mapping[str, Any]) -> Iterator[Outcome]:
    """One answer to two questions, which is wrong where they have two. What is measured relative to its inputs, or
    counts them, may have one: a third says what becomes of it.
    """
    stage, answered = variant.stage, is_answered(variant.stage)
    if all(np.array_equal(other.inputs[name], value) for name, value in variant.inputs.items()):
        return
    told = BrokenRule(f"{stage} ({variant.name}) gave one answer to two different questions")
    if answered and not all(_is_near(value, other.expected[name]) for name, value in variant.expected.items()):
        yield told
        return
    third = variant.another(f"{variant.name}, uneven", _uneven(variant))
    if is_question(subject, third):
        found = subject(stage, third.inputs)
        if answered:
            yield from (with_about(one, variant=variant.name) for one in compare(third, found, third.expected))
        elif _is_same(found, kept):
            yield told


def _is_near(one: Any, other: Any) -> bool:
    if isinstance(one, str):
        return bool(one == other)
    return np.shape(one) == np.shape(other) and np.allclose(one, other, rtol=_NEARLY)


def _question(subject: Subject, ways: tuple[Variant, ...]) -> Variant | None:
    """The first of several that has an answer: turned about, the numbers of a stage may mean nothing to it."""
    return next((one for one in ways if is_question(subject, one)), None)


@remembered(maxsize=256)
def _others(_: RunContext, variant: Variant) -> tuple[tuple[Variant, ...], ...]:
    """The questions in between, each in the ways that it can be asked, the best first."""
    return tuple(
        tuple(
            variant.another(f"{variant.name}, {what}", _disturbed(variant, scalars, turned) or _renumbered(variant))
            for turned in (True, False)
        )
        for what, scalars in (("another", True), ("other arrays", False))
    )


def _expected(subject: Subject, other: Variant) -> Mapping[str, Any]:
    """What the oracle says or, where there is none, an instance that has not been asked anything yet."""
    if is_answered(other.stage):
        return other.expected
    return subject(other.stage, other.inputs, instance=subject.fresh())


def _disturbed(variant: Variant, scalars: bool, turned: bool) -> dict[str, Any]:
    """A question of the same shapes that has another answer; without ``scalars`` these stay, and it may have none.
    Other numbers are half as large again and, where ``turned``, in reverse along the last axis but one. Empty where a
    stage has no such inputs.
    """
    found: dict[str, Any] = {}
    for field in BY_NAME[variant.stage].inputs:
        value = variant.inputs.get(field.name)
        if field.kind in ("complex", "real") and isinstance(value, np.ndarray):
            other = np.flip(value, axis=max(value.ndim - 2, 0)) if turned else value
            found[field.name] = np.ascontiguousarray(other * value.dtype.type(1.5))
        elif field.kind == "position" and isinstance(value, np.ndarray):
            found[field.name] = rules_of(variant.stage).another(field.name, value)
        elif scalars and field.kind == "scalar" and value is not None:
            found[field.name] = value * 1.25
    return {**variant.inputs, **found} if found else {}


def _renumbered(variant: Variant) -> dict[str, Any]:
    """Of a stage of whole numbers alone: those of arrays counted from the other end."""
    out = dict(variant.inputs)
    for field in BY_NAME[variant.stage].inputs:
        value = out.get(field.name)
        if field.kind in ("index", "mask") and isinstance(value, np.ndarray) and value.size:
            out[field.name] = ~value if value.dtype == bool else value.max() + value.min() - value
    return out


def _uneven(variant: Variant) -> dict[str, Any]:
    """The inputs with the first number of each array in the place of all others."""
    out = dict(variant.inputs)
    for field in BY_NAME[variant.stage].inputs:
        value = out.get(field.name)
        if field.is_array and isinstance(value, np.ndarray) and value.size:
            out[field.name] = np.full_like(value, value.flat[0])
    return out
