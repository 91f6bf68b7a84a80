"""How far round-off alone moves what the oracle says: the evidence beside a backend that has no float64."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from parity_suite.cases.catalogue import Case
from parity_suite.cases.variants import ANSWERED, Variant, consult, variants
from parity_suite.checks import Check
from parity_suite.compare.deviation import Deviation, Outcome, deviation
from parity_suite.laws.outputs import compare
from parity_suite.laws.reference import forward_inputs, forward_of_oracle
from parity_suite.pipeline import BY_NAME


def ulp_errors(check: Check, outputs: Iterable[str]) -> dict[str, float]:
    """The error that float32 arithmetic, or one ulp of the inputs, makes in the oracle itself: of each output that a
    law measured, by its label, and under an empty one the greatest of the stage.

    Labels of what is no output of the stage are left out. Where the oracle does not compute the stage, nothing is told.
    """
    known = _greatest(_moved(check.case, check.stage, check.precision))
    if not known:
        return {}
    found = {label: max(those) for label in outputs if (those := _of_label(label, known))}
    return {**found, "": max(known.values())}


def ulp_of(variant: Variant) -> dict[str, float]:
    """Such errors of the outputs of one call, by their labels."""
    return _greatest(_of_variant(variant))


def _of_label(label: str, known: Mapping[str, float]) -> list[float]:
    """The errors of the variant that a label names, in whatever mode and implementation; else of the output in all."""
    of_variant = [v for name, v in known.items() if label == name or label.startswith((f"{name},", f"{name[:-1]},"))]
    return of_variant or [v for name, v in known.items() if label.split(" (")[0] == name.split(" (")[0]]


def _greatest(outcomes: Iterable[Outcome]) -> dict[str, float]:
    found: dict[str, float] = {}
    for one in outcomes:
        if isinstance(one, Deviation) and not one.exact:
            found[one.output] = max(one.error, found.get(one.output, 0.0))
    return found


def _moved(case: Case, stage: str, precision: str) -> Iterator[Outcome]:
    if stage == "forward":
        yield from _of_forward(case, precision)
    elif stage in ANSWERED:
        for variant in variants(case, stage, precision):
            yield from _of_variant(variant)


def _of_variant(variant: Variant) -> Iterator[Outcome]:
    """What round-off makes of one call, measured as its check measures."""
    # What is kept in float64 whatever the precision is not rounded, and an ulp would part what lies equally far.
    kept = {field.name for field in BY_NAME[variant.stage].inputs if field.double}
    moved = _one_ulp_up(variant.inputs, kept)
    for other in (consult(variant.stage, variant.inputs, "float32"), consult(variant.stage, moved)):
        yield from compare(variant, other, variant.expected)


def _of_forward(case: Case, precision: str) -> Iterator[Outcome]:
    inputs = forward_inputs(case, precision)
    want = forward_of_oracle(inputs)
    for other in (forward_of_oracle(inputs, "float32"), forward_of_oracle(_one_ulp_up(inputs))):
        yield deviation("amplitude", other, want)


def _one_ulp_up(inputs: Mapping[str, Any], kept: Collection[str] = ()) -> dict[str, Any]:
    return {name: value if name in kept else _up(value) for name, value in inputs.items()}


def _up(value: Any) -> Any:
    if isinstance(value, np.ndarray) and value.dtype.kind in "fc":
        return value * value.real.dtype.type(1 + np.finfo(value.dtype).eps)
    return value
