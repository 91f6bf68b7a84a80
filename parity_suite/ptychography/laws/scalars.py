"""The law of scalars: numbers below and above one, whole and fractional, and beyond 31 bits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from parity_suite.backends.subject import Subject
from parity_suite.cases.variants import Variant, variants
from parity_suite.compare.deviation import Outcome
from parity_suite.core.case import Case
from parity_suite.core.context import RunContext, remembered
from parity_suite.core.law_traits import LawTraits
from parity_suite.laws.registry import law
from parity_suite.ptychography.laws.asked import as_the_oracle

#: Values of each scalar of a stage, some of them Python's whole numbers.
_VALUES: Final[Mapping[str, Mapping[str, tuple[float, ...]]]] = {
    "probe": {"probe_scale": (1e-5, 0.037, 1.0, 3, 412.5, 70_000)},
    "scale": {
        "nphotons": (1e-4, 0.5, 1.0, 1234.567, 2**31 + 5, 2.0**31 + 0.5, 1e15),
        "learned": (1e-6, 1e-3, 0.37, 1.0, 3, 2.0**31 + 5),
    },
    "network": {"scale": (1e-3, 0.37, 1, 41.5, 4321.5)},
    "loss": {"scale": (1e-4, 0.037, 0.37, 1, 41.5, 4321.5)},
    "objective": {"scale": (0.037, 1), "power": (0.75, 5_000_000_000)},
}
#: Of patches whose scale is that of the closed form.
_SIDES: Final = (1, 30, 1023)
#: Of counts, which are kept in float64: what is taken times them, and added.
_FRACTION: Final = 0.375
_COUNTS: Final = ((1.0, _FRACTION), (2.0**31, 0.0), (2.0**31, 0.5))


@law(stages=tuple(_VALUES), cases="single", traits=LawTraits(budget_of="statelessness"))
def scalars(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """Scales below and above one, photons that are no whole number or more than 31 bits hold, counts alike."""
    for variant in variants(subject.context, case, stage, subject.rounding):
        yield from as_the_oracle(subject, _with_values(subject.context, variant))


@remembered(maxsize=64)
def _with_values(_: RunContext, variant: Variant) -> tuple[Variant, ...]:
    return tuple(variant.another(f"{variant.name}, {what}", given) for what, given in _changed(variant))


def _changed(variant: Variant) -> Iterator[tuple[str, dict[str, Any]]]:
    inputs = variant.inputs
    for name, values in _VALUES[variant.stage].items():
        # What a variant is without is an option of another one, but for the power, which any probe can be held to.
        for value in values if inputs[name] is not None or name == "power" else ():
            yield f"{name} {value:.12g}", {**inputs, **_with_it(variant, name, value), name: value}
    if variant.stage == "scale" and inputs["psi"] is None and inputs["learned"] is None:
        for size in _SIDES:
            yield f"size {size}", {**inputs, "size": size}
    if variant.stage == "objective":
        yield f"{_FRACTION:g} more counts", {**inputs, "counts": inputs["counts"] + _FRACTION}
    if variant.stage == "loss":
        for factor, more in _COUNTS:
            scale = inputs["scale"] * float(np.sqrt(factor))
            what = f"{factor:.12g} times the counts, and {more:g}"
            yield what, {**inputs, "counts": inputs["counts"] * factor + more, "scale": scale}


def _with_it(variant: Variant, name: str, value: float) -> dict[str, Any]:
    """The amplitude that leaves what the network or the loss is about as it was."""
    if name != "scale" or "amplitude" not in variant.inputs:
        return {}
    factor = value / variant.inputs["scale"]
    amplitude = variant.inputs["amplitude"] * (factor if variant.stage == "network" else 1 / factor)
    return {"amplitude": amplitude.astype(variant.inputs["amplitude"].dtype)}
