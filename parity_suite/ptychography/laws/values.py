"""The law of values: arrays whose numbers are all real, negative, a million times as large or as small, or nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.backends.subject import Subject
from parity_suite.cases.variants import Variant, variants
from parity_suite.compare.deviation import Outcome
from parity_suite.core.case import Case
from parity_suite.core.context import RunContext, remembered
from parity_suite.laws.registry import law
from parity_suite.ptychography.laws.asked import as_the_oracle

#: The array of each stage that is made of other numbers.
_FIELDS: Final[Mapping[str, str]] = {
    "probe": "probe",
    "extract": "object",
    "illuminate": "patches",
    "diffract": "psi",
    "scale": "psi",
    "translate": "images",
    "reassemble": "patches",
    "loss": "patches",
    "stats": "patches",
}
#: A power of two, so that nothing is rounded.
_MUCH: Final = 2.0**20


@law(stages=tuple(_FIELDS), cases="single", precisions=("float32",))
def values(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """Numbers without imaginary part, below zero, a million times as large or as small, no counts: as the oracle has
    it.
    """
    for variant in variants(subject.context, case, stage, subject.rounding):
        yield from as_the_oracle(subject, _with_other_values(subject.context, variant))


@remembered(maxsize=64)
def _with_other_values(_: RunContext, variant: Variant) -> tuple[Variant, ...]:
    return tuple(variant.another(f"{variant.name}, {what}", given) for what, given in _changed(variant))


def _changed(variant: Variant) -> Iterator[tuple[str, dict[str, Any]]]:
    name, inputs = _FIELDS[variant.stage], variant.inputs
    # A closed form has no exit waves.
    if inputs[name] is None:
        return
    array: Array = inputs[name]
    made = {
        "all real": array.real,
        "below zero": -np.abs(array),
        "a million times": array * _MUCH,
        "a millionth": array / _MUCH,
    }
    for what, value in made.items():
        yield what, {**inputs, name: value.astype(array.dtype)}
    if "counts" in inputs:
        yield "no counts", {**inputs, "counts": np.zeros_like(inputs["counts"])}
