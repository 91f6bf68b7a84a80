"""The law of form: how an array lies in memory, and whether it may be written into, change no answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from parity_suite.backends.forms import BACKWARDS, FORMS, MIXED, ONE_FOR_ALL
from parity_suite.backends.subject import Subject
from parity_suite.cases.questions import is_question
from parity_suite.cases.variants import Variant, along
from parity_suite.compare.deviation import Outcome, labelled
from parity_suite.core.context import RunContext, remembered
from parity_suite.core.law_traits import LawTraits
from parity_suite.core.packs import BY_NAME
from parity_suite.laws.going_on import on_each_variant
from parity_suite.laws.invariance import axis_size
from parity_suite.laws.outputs import compare
from parity_suite.laws.registry import law


@law(
    stages=lambda stage: not stage.random and any(field.is_array for field in stage.inputs),
    cases="single",
    traits=LawTraits(budget_of="statelessness"),
)
@on_each_variant
def form(subject: Subject, variant: Variant) -> Iterator[Outcome]:
    """The same values as a transposed view, in Fortran order, some in Fortran order beside others in C order, strided,
    read-only, and of items that are all alike as a view of one: the same answer, and the inputs untouched. Backwards in
    memory: that, or refused.
    """
    plain = subject(variant.stage, variant.inputs)
    mixed = _is_mixed(variant) and subject.precision == subject.capabilities.precisions[0]
    left = {"", ONE_FOR_ALL} if mixed else {"", ONE_FOR_ALL, MIXED}
    for name in (one for one in FORMS if one not in left):
        yield from _in_form(subject, variant, name, plain)
    alike = _all_alike(subject.context, variant)
    if alike is not None and is_question(subject, alike):
        yield from _in_form(subject, alike, ONE_FOR_ALL, subject(alike.stage, alike.inputs))


def _is_mixed(variant: Variant) -> bool:
    """Whether some of its arrays are of even rank and others not."""
    return len({value.ndim % 2 for value in variant.inputs.values() if isinstance(value, np.ndarray)}) > 1


@remembered(maxsize=256)
def _all_alike(_: RunContext, variant: Variant) -> Variant | None:
    """The first item in the place of each; None where there are not two."""
    axis = BY_NAME[variant.stage].batch_axis
    size = axis_size(variant, axis)
    inputs = along(variant.inputs, variant.stage, axis, np.zeros(size, int))
    return variant.another(f"{variant.name}, all alike", inputs) if size > 1 else None


def _in_form(subject: Subject, variant: Variant, form: str, plain: Mapping[str, Any]) -> Iterator[Outcome]:
    try:
        got = subject(variant.stage, variant.inputs, form=form)
    except (TypeError, ValueError):
        if form != BACKWARDS:
            raise
        return
    for one in compare(variant, got, plain):
        yield labelled(one, form)
