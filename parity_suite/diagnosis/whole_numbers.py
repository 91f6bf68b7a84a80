"""Mistakes in whole numbers on the way in: indices and counts that are read otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from parity_suite.cases.hypotheses import InputHypothesis, Inputs
from parity_suite.core.kinds import Kind
from parity_suite.core.packs import BY_NAME
from parity_suite.core.stage import Field
from parity_suite.diagnosis.inputs import changed_input


def miscounted(stage: str) -> Iterator[InputHypothesis]:
    """All ways to misread an array of indices, or a whole number, of a stage."""
    for field in BY_NAME[stage].inputs:
        if field.is_array and field.kind == "index":
            yield from _of_indices(field)
        elif field.kind == "integer":
            for step, words in ((1, "one too many"), (-1, "one too few")):
                yield InputHypothesis(Kind.COUNTED, f"{field.name} {words}", partial(_stepped, field.name, step))


def _of_indices(field: Field) -> Iterator[InputHypothesis]:
    for step, words in ((1, "one too high"), (-1, "one too low")):
        change = changed_input(field.name, partial(np.add, step))
        yield InputHypothesis(Kind.COUNTED, f"{field.name} {words}", change)
    for k, axis in enumerate(field.axes):
        if axis != "1":
            along = "with what belongs together in the opposite order" if axis.isdigit() else f"in reverse along {axis}"
            change = changed_input(field.name, partial(np.flip, axis=k))
            yield InputHypothesis(Kind.ORDER, f"{field.name} {along}", change)


def _stepped(name: str, step: int, inputs: Inputs) -> Inputs | None:
    return None if inputs.get(name) is None else {**inputs, name: inputs[name] + step}
