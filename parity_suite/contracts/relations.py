"""Rules between fields, each applied only where the fields it reads are there and can be computed with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from parity_suite.contracts.model import Relation
from parity_suite.contracts.values import is_ordered, offenders
from parity_suite.contracts.violation import Violation

Arrays = Mapping[str, NDArray[Any]]


class RelationRule(NamedTuple):
    """A kind of relation: the arguments a contract must give it (a ``str`` names a field) and its test."""

    arguments: Mapping[str, type]
    check: Callable[[Relation, Arrays], Violation | None]


def _on_canvas(relation: Relation, arrays: Arrays) -> Violation | None:
    name, canvas_name = relation.text("positions"), relation.text("canvas")
    positions, canvas = arrays.get(name), arrays.get(canvas_name)
    axis = int(relation.number("axis"))
    if positions is None or canvas is None or canvas.ndim != 2 or not is_ordered(positions):
        return None
    last = canvas.shape[axis] - 1
    # Where a position is not finite, that is another rule's business.
    outside = np.isfinite(positions) & ((positions < 0) | (positions > last))
    wanted = f"a patch centre within 0 .. {last}, axis {axis} of {canvas_name}"
    return offenders(name, "on_canvas", positions, outside, wanted)


def _photons_measured(relation: Relation, arrays: Arrays) -> Violation | None:
    name, amplitude = relation.text("photons"), relation.text("amplitude")
    power, photons = _power(arrays, amplitude), arrays.get(name)
    if power is None or photons is None or photons.ndim != 0 or not is_ordered(photons):
        return None
    if not np.isfinite(photons):
        return None
    if abs(float(photons) - power) <= relation.number("rtol") * power:
        return None
    wanted = f"{power:.6g}, the mean of sum({amplitude}^2), within a factor 1 +- {relation.number('rtol'):g}"
    return Violation(name, "photons_measured", f"{float(photons):.6g}", wanted)


def _normalised_power(relation: Relation, arrays: Arrays) -> Violation | None:
    name = relation.text("amplitude")
    power = _power(arrays, name)
    if power is None:
        return None
    goal = (arrays[name].shape[-1] / 2) ** 2
    if abs(power - goal) <= relation.number("rtol") * goal:
        return None
    wanted = f"{goal:g} = (N/2)^2 within a factor 1 +- {relation.number('rtol'):g}"
    return Violation(name, "normalised_power", f"a mean of sum({name}^2) of {power:.6g}", wanted)


def _power(arrays: Arrays, name: str) -> float | None:
    """Mean over the first axis of the summed squares, or None where the array has no such number."""
    amplitude = arrays.get(name)
    if amplitude is None or amplitude.ndim != 3 or amplitude.size == 0 or not is_ordered(amplitude):
        return None
    with np.errstate(all="ignore"):
        power = mean_power(amplitude)
    return power if np.isfinite(power) else None


def mean_power(amplitude: NDArray[Any]) -> float:
    """Mean over patterns of ``sum(amplitude^2)``, in float64, for amplitudes of shape (M, N, N)."""
    return float(np.mean(np.einsum("mij,mij->m", amplitude, amplitude, dtype=np.float64)))


RELATION_RULES: Final[Mapping[str, RelationRule]] = {
    "on_canvas": RelationRule({"positions": str, "canvas": str, "axis": int}, _on_canvas),
    "photons_measured": RelationRule({"amplitude": str, "photons": str, "rtol": float}, _photons_measured),
    "normalised_power": RelationRule({"amplitude": str, "rtol": float}, _normalised_power),
}
