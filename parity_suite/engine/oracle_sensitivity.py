"""How far round-off alone moves what the oracle says: the evidence beside a backend that has no float64."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from parity_suite.backends.subject import Subject
from parity_suite.cases.answers import consult
from parity_suite.cases.chains import chain_inputs, chain_of_oracle, has_answer
from parity_suite.cases.variants import Variant, variants
from parity_suite.compare.deviation import Deviation, Outcome, deviation
from parity_suite.core.case import Case
from parity_suite.core.check import Check
from parity_suite.core.context import RunContext
from parity_suite.core.packs import BY_NAME, chain_of
from parity_suite.laws.options import taken
from parity_suite.laws.outputs import compare


def ulp_errors(
    context: RunContext, check: Check, measured: Iterable[Deviation], subjects: Sequence[Subject] = ()
) -> dict[str, float]:
    """The error that float32 arithmetic, or one ulp of the inputs, makes in the oracle itself: of each output that a
    law measured, by its label, and under an empty one the greatest of the stage.

    Labels of what is not an output of the stage are left out. Where the oracle does not compute the stage, nothing is
    told.
    """
    known: dict[tuple[str, str], float] = {}
    for one in _inexact(_moved(context, taken(check.case, check.stage, *subjects), check.stage, check.precision)):
        key = (one.about.field or one.output, one.about.variant)
        known[key] = max(one.error, known.get(key, 0.0))
    if not known:
        return {}
    found = {one.output: max(those) for one in measured if (those := _of_output(one, known))}
    return {**found, "": max(known.values())}


def ulp_of(variant: Variant) -> dict[str, float]:
    """Such errors of the outputs of one call, by their labels."""
    found: dict[str, float] = {}
    for one in _inexact(_of_variant(variant)):
        found[one.output] = max(one.error, found.get(one.output, 0.0))
    return found


def _of_output(one: Deviation, known: Mapping[tuple[str, str], float]) -> list[float]:
    """The error of the variant that was measured, in whatever mode and implementation; else of the output in all."""
    about = one.about
    if about.wrt:
        return []
    name = about.field or one.output
    of_output = {variant: error for (field, variant), error in known.items() if field == name}
    return [of_output[about.variant]] if about.variant in of_output else list(of_output.values())


def _inexact(outcomes: Iterable[Outcome]) -> Iterator[Deviation]:
    return (one for one in outcomes if isinstance(one, Deviation) and not one.exact)


def _moved(context: RunContext, case: Case, stage: str, precision: str) -> Iterator[Outcome]:
    if not has_answer(stage):
        return
    if chain_of(stage):
        yield from _of_chain(stage, chain_inputs(context, stage, case, precision))
    else:
        for variant in variants(context, case, stage, precision):
            yield from _of_variant(variant)


def _of_variant(variant: Variant) -> Iterator[Outcome]:
    """What round-off makes of one call, measured as its check measures."""
    # What is kept in float64 whatever the precision is not rounded, and an ulp would part what lies equally far.
    kept = {field.name for field in BY_NAME[variant.stage].inputs if field.double}
    moved = _one_ulp_up(variant.arguments, kept)
    for other in (consult(variant.stage, variant.arguments, "float32"), consult(variant.stage, moved)):
        yield from compare(variant, other, variant.expected)


def _of_chain(name: str, inputs: Mapping[str, Any]) -> Iterator[Outcome]:
    want = chain_of_oracle(name, inputs)
    for other in (chain_of_oracle(name, inputs, "float32"), chain_of_oracle(name, _one_ulp_up(inputs))):
        for output in want:
            yield deviation(output, other[output], want[output])


def _one_ulp_up(inputs: Mapping[str, Any], kept: Collection[str] = ()) -> dict[str, Any]:
    return {name: value if name in kept else _up(value) for name, value in inputs.items()}


def _up(value: Any) -> Any:
    if isinstance(value, np.ndarray) and value.dtype.kind in "fc":
        return value * value.real.dtype.type(1 + np.finfo(value.dtype).eps)
    return value
