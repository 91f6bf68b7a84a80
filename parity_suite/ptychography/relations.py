"""Relations of contracts that only a scan has: positions on a canvas, photons and power."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from parity_suite.contracts.contents import Contents, Found
from parity_suite.contracts.model import Relation
from parity_suite.contracts.relation_rule import FIELD, RTOL, Drawn, RelationRule
from parity_suite.contracts.values import is_ordered, offenders
from parity_suite.contracts.violation import Violation


def mean_power(amplitude: NDArray[Any]) -> float:
    """Mean over patterns of ``sum(amplitude^2)``, in float64, for amplitudes of shape (M, ...)."""
    rows = amplitude.reshape(len(amplitude), prod(amplitude.shape[1:]))
    return float(np.mean(np.einsum("mi,mi->m", rows, rows, dtype=np.float64)))


def _on_canvas(relation: Relation, contents: Contents) -> Found:
    """Positions lie on an axis of the canvas."""
    name, canvas = relation.text("positions"), relation.text("canvas")
    positions, shape = contents.numbers(name), contents.shape(canvas)
    axis = int(relation.number("axis"))
    if positions is None or shape is None or len(shape) != 2 or not is_ordered(positions):
        return
    last = shape[axis] - 1
    # Where a position is not finite, that is another rule's business.
    outside = np.isfinite(positions) & ((positions < 0) | (positions > last))
    wanted = f"a patch centre within 0 .. {last}, axis {axis} of {canvas}"
    yield offenders(name, "on_canvas", positions, outside, wanted)


def _photons_measured(relation: Relation, contents: Contents) -> Found:
    """The number of photons is the mean over patterns of the summed squares of the amplitudes."""
    amplitude = relation.text("amplitude")
    power = _power(contents, amplitude)
    if power is not None:
        yield _other_photons(relation, contents, power, f"sum({amplitude}^2)")


def _photons_counted(relation: Relation, contents: Contents) -> Found:
    """The number of photons is the mean over patterns of the summed counts, which takes a pass over them."""
    name = relation.text("counts")
    content = contents.content(name)
    if content is None or content.dtype.kind not in "iuf" or not content.shape or not content.shape[0]:
        return
    if relation.text("photons") not in contents:
        return
    total = sum(float(np.sum(block, dtype=np.float64)) for block in content.blocks())
    if np.isfinite(total):
        yield _other_photons(relation, contents, total / content.shape[0], f"sum({name})")


def _other_photons(relation: Relation, contents: Contents, measured: float, formula: str) -> Violation | None:
    name, rtol = relation.text("photons"), relation.number("rtol")
    photons = contents.numbers(name)
    if photons is None or photons.ndim != 0 or not is_ordered(photons) or not np.isfinite(photons):
        return None
    if abs(float(photons) - measured) <= rtol * measured:
        return None
    wanted = f"{measured:.6g}, the mean of {formula}, within a factor 1 +- {rtol:g}"
    return Violation(name, relation.rule, f"{float(photons):.6g}", wanted)


def _normalised_power(relation: Relation, contents: Contents) -> Found:
    """The mean power of the amplitudes is (N/2)^2."""
    name = relation.text("amplitude")
    power, shape = _power(contents, name), contents.shape(name)
    if power is None or shape is None:
        return
    goal = (shape[-1] / 2) ** 2
    if abs(power - goal) > relation.number("rtol") * goal:
        wanted = f"{goal:g} = (N/2)^2 within a factor 1 +- {relation.number('rtol'):g}"
        yield Violation(name, "normalised_power", f"a mean of sum({name}^2) of {power:.6g}", wanted)


def _power(contents: Contents, name: str) -> float | None:
    """Mean over the first axis of the summed squares, or None where the field has no such number."""
    shape, total = contents.shape(name), contents.powers.get(name)
    if shape is None or total is None or len(shape) != 3 or not all(shape):
        return None
    power = total / shape[0]
    return power if np.isfinite(power) else None


def _settle_on_canvas(relation: Relation, drawn: Drawn, rng: np.random.Generator) -> None:
    name, canvas = relation.text("positions"), drawn.get(relation.text("canvas"))
    if name in drawn and canvas is not None:
        last = canvas.shape[int(relation.number("axis"))] - 1
        drawn[name] = np.asarray(rng.uniform(0, last, drawn[name].shape), drawn[name].dtype)


def _settle_measured(relation: Relation, drawn: Drawn, rng: np.random.Generator) -> None:
    name, amplitude = relation.text("photons"), drawn.get(relation.text("amplitude"))
    if name in drawn and amplitude is not None:
        drawn[name] = np.asarray(np.rint(mean_power(amplitude)), drawn[name].dtype)


def _settle_counted(relation: Relation, drawn: Drawn, rng: np.random.Generator) -> None:
    name, counts = relation.text("photons"), drawn.get(relation.text("counts"))
    if name in drawn and counts is not None:
        drawn[name] = np.asarray(np.rint(counts.sum(dtype=np.float64) / counts.shape[0]), drawn[name].dtype)


def _settle_power(relation: Relation, drawn: Drawn, rng: np.random.Generator) -> None:
    name = relation.text("amplitude")
    if name in drawn:
        amplitude = drawn[name]
        goal = (amplitude.shape[-1] / 2) ** 2
        # Whole numbers would round the power away.
        wanted = amplitude.dtype if amplitude.dtype.kind == "f" else np.dtype(np.float32)
        drawn[name] = (amplitude * np.sqrt(goal / mean_power(amplitude))).astype(wanted)


RELATIONS: Final[Mapping[str, RelationRule]] = {
    "on_canvas": RelationRule(
        _on_canvas,
        ("positions", "canvas"),
        _settle_on_canvas,
        arguments={"positions": FIELD, "canvas": FIELD, "axis": {"type": "integer", "minimum": 0, "maximum": 1}},
    ),
    "photons_measured": RelationRule(
        _photons_measured,
        ("amplitude", "photons"),
        _settle_measured,
        squares="amplitude",
        arguments={"amplitude": FIELD, "photons": FIELD, "rtol": RTOL},
    ),
    "photons_counted": RelationRule(
        _photons_counted,
        ("counts", "photons"),
        _settle_counted,
        arguments={"counts": FIELD, "photons": FIELD, "rtol": RTOL},
    ),
    "normalised_power": RelationRule(
        _normalised_power,
        ("amplitude",),
        _settle_power,
        squares="amplitude",
        arguments={"amplitude": FIELD, "rtol": RTOL},
    ),
}
