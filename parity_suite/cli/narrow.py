"""Declarations that are too narrow: what a backend says it cannot do, and does rightly when it is asked once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

import numpy as np

from parity_suite.backends.subject import FAILURES, Subject
from parity_suite.cases.missing import Missing
from parity_suite.cases.of_pack import cases_of, elements, taken_cases
from parity_suite.cases.variants import Variant, is_answered, under, variants
from parity_suite.compare.judge import measure
from parity_suite.core.backend_spec import BackendSpec
from parity_suite.core.context import RunContext
from parity_suite.core.packs import BY_NAME, pack_of
from parity_suite.core.stage import PRECISIONS
from parity_suite.laws.outputs import compare
from parity_suite.laws.refusals import damages, refuses

#: Calls by which a limit is tried.
_TRIES: Final = 2


def narrow_limits(spec: BackendSpec, stages: Sequence[str]) -> Iterator[str]:
    """A clause for each limit of a class beyond which it is right at one of its ``stages`` all the same."""
    subject = Subject(spec, RunContext())
    tried: dict[str, int] = {}
    for stage in filter(is_answered, stages):
        for variant in _small(subject, stage):
            limits = list(subject.capabilities.every_outside(stage, variant.inputs))
            # Beyond two at once one call says nothing of either.
            for limit in limits if len(limits) == 1 else ():
                tried[limit] = tried.get(limit, 0) + 1
                if tried[limit] <= _TRIES and _is_right(subject, variant):
                    tried[limit] = _TRIES
                    yield f"{limit} is declared, and {stage} is right on {_told(variant)}"
    yield from _precisions(subject, stages)
    for stage in filter(is_answered, stages):
        yield from _outputs_and_refusals(subject, stage)


def _small(subject: Subject, stage: str, precision: str = "float32") -> Iterator[Variant]:
    """What a stage is asked on the quick cases that are made for it, the smallest first."""
    cases = [one for one in cases_of(pack_of(stage), "all") if not (one.slow or one.source)]
    for case in sorted(taken_cases(stage, cases), key=partial(elements, stage)):
        try:
            for one in variants(subject.context, case, stage, precision):
                yield under(subject.context, one, subject.conventions(stage))
        except Missing:
            continue


def _told(variant: Variant) -> str:
    sizes = BY_NAME[variant.stage].sizes_of(variant.inputs).items()
    return ", ".join(f"{axis} = {size}" for axis, size in sizes if not axis.isdigit()) or variant.name


def _free(subject: Subject, variant: Variant) -> Mapping[str, Any]:
    return replace(subject, unlimited=True)(variant.stage, variant.inputs)


def _is_right(subject: Subject, variant: Variant) -> bool:
    """Whether a backend gives what the oracle has, whatever its class declares."""
    try:
        outcomes = list(compare(variant, _free(subject, variant), variant.expected))
    except FAILURES:
        return False
    measured = measure(variant.stage, "oracle", subject.precision, outcomes)
    return 0 < len(measured) == len(outcomes) and all(one.within for one in measured)


def _within(subject: Subject, stage: str, precision: str = "float32") -> Variant | None:
    """The smallest call that is within all limits and of something."""
    for one in _small(subject, stage, precision):
        arrays = (value for value in one.inputs.values() if isinstance(value, np.ndarray))
        if all(array.size for array in arrays) and not subject.capabilities.outside(stage, one.inputs):
            return one
    return None


def _precisions(subject: Subject, stages: Sequence[str]) -> Iterator[str]:
    declared = subject.capabilities.precisions
    for precision in (one for one in PRECISIONS if one not in declared):
        other = replace(subject, precision=precision, rounding=precision)
        for stage in filter(is_answered, stages):
            variant = _within(subject, stage, precision)
            if variant is not None and _is_right(other, variant):
                yield f"{' or '.join(declared)} is declared, and {stage} is right in {precision}"
                break


def _outputs_and_refusals(subject: Subject, stage: str) -> Iterator[str]:
    variant, known = _within(subject, stage), subject.capabilities
    if variant is None:
        return
    if (lacking := known.lacking(stage)) and _is_right(subject, variant):
        yield f"{stage} is declared without {', '.join(sorted(lacking))}, and returns all of its outputs"
    if not known.refuses or stage not in known.refuses:
        return
    free = replace(subject, unlimited=True)
    wrong = [one for one in damages(stage, variant.inputs) if one[0] not in known.refuses[stage]]
    if wrong and not any(refuses(free, stage, field, inputs) for field, _, inputs in wrong):
        fields = dict.fromkeys(field for field, *_ in wrong)
        yield f"{stage} is declared without refusals of {', '.join(fields)}, and refuses them"
