"""The law of repeats: items that are alike, or all the same, are each what they are alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from parity_suite.backends.subject import Subject
from parity_suite.cases.variants import Variant, along, is_answered
from parity_suite.compare.deviation import Outcome, with_about
from parity_suite.core.context import RunContext, remembered
from parity_suite.core.law_traits import LawTraits
from parity_suite.core.packs import BY_NAME
from parity_suite.core.stage import Stage
from parity_suite.laws.going_on import on_each_variant
from parity_suite.laws.outputs import compare
from parity_suite.laws.registry import law

#: Some twice, not all of them side by side; and one for all, the second and the third.
_PICKS: Final = ((0, 0, 1, 1, 0), (1,), (2,))


def _axes(stage: Stage) -> tuple[str, ...]:
    """The axes along which things may be alike: of the items and, where an oracle says what they give, others too."""
    permuted = stage.permuted if is_answered(stage.name) else ()
    return tuple(dict.fromkeys(filter(None, (stage.items, *permuted))))


@law(
    stages=lambda stage: not stage.random and bool(_axes(stage)),
    cases="single",
    traits=LawTraits(other_sizes=True, budget_of="statelessness"),
)
@on_each_variant
def repeats(subject: Subject, variant: Variant) -> Iterator[Outcome]:
    """Items, channels and modes that are there twice, side by side and apart, or all the same: each as it is alone."""
    yield from with_repeats(subject, variant, _axes(BY_NAME[variant.stage]))


def with_repeats(subject: Subject, variant: Variant, axes: tuple[str, ...]) -> Iterator[Outcome]:
    """A variant with things repeated along each of some axes, held to the oracle or else to what each gives alone."""
    stage = variant.stage
    few = {} if is_answered(stage) else subject(stage, variant.inputs)
    for pick, again in _repeated(subject.context, variant, axes):
        want = again.expected if is_answered(stage) else _picked(stage, few, pick)
        for one in compare(again, subject(stage, again.inputs), want):
            yield with_about(one, variant=variant.name)


def _picked(stage: str, few: Mapping[str, Any], pick: Sequence[int]) -> dict[str, Any]:
    """What is given for items that are those of a few again."""
    places = {field.name: field.axes.index(BY_NAME[stage].items) for field in BY_NAME[stage].outputs}
    return {name: np.take(value, pick, places[name]) for name, value in few.items()}


@remembered(maxsize=256)
def _repeated(_: RunContext, variant: Variant, axes: tuple[str, ...]) -> tuple[tuple[tuple[int, ...], Variant], ...]:
    """As many as before of each axis, and which of those each is."""
    found = []
    for axis in axes:
        size = _size(variant, axis)
        for pick in (one for one in _PICKS if max(one) < size):
            filled = tuple(pick[place % len(pick)] for place in range(size))
            name = f"{variant.name}, {axis} of {', '.join(map(str, pick))}"
            inputs = along(variant.inputs, variant.stage, axis, np.array(filled))
            found.append((filled, variant.another(name, inputs)))
    return tuple(found)


def _size(variant: Variant, axis: str) -> int:
    fields = (field for field in BY_NAME[variant.stage].inputs if axis in field.axes)
    arrays = ((field, variant.inputs[field.name]) for field in fields)
    return max((value.shape[field.axes.index(axis)] for field, value in arrays if value is not None), default=0)
