"""Relations that only a scan has: positions on a canvas, photons, power, and the order of the axes."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parity_suite.contracts.contents import Contents, Found
from parity_suite.contracts.expressions import layout, parse_pattern
from parity_suite.contracts.model import Relation
from parity_suite.contracts.shapes import bound_sizes
from parity_suite.contracts.values import Offenders, is_ordered, offenders
from parity_suite.contracts.violation import Violation


def mean_power(amplitude: NDArray[Any]) -> float:
    """Mean over patterns of ``sum(amplitude^2)``, in float64, for amplitudes of shape (M, N, N)."""
    return float(np.mean(np.einsum("mij,mij->m", amplitude, amplitude, dtype=np.float64)))


def on_canvas(relation: Relation, contents: Contents) -> Found:
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


def photons_measured(relation: Relation, contents: Contents) -> Found:
    """The number of photons is the mean over patterns of the summed squares of the amplitudes."""
    amplitude = relation.text("amplitude")
    power = _power(contents, amplitude)
    if power is not None:
        yield _other_photons(relation, contents, power, f"sum({amplitude}^2)")


def photons_counted(relation: Relation, contents: Contents) -> Found:
    """The number of photons is the mean over patterns of the summed counts, which takes a pass over them."""
    name = relation.text("counts")
    content = contents.content(name)
    if content is None or content.dtype.kind not in "iuf" or not content.shape or not content.shape[0]:
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


def normalised_power(relation: Relation, contents: Contents) -> Found:
    """The mean power of the amplitudes is (N/2)^2."""
    name = relation.text("amplitude")
    power, shape = _power(contents, name), contents.shape(name)
    if power is None or shape is None:
        return
    goal = (shape[-1] / 2) ** 2
    if abs(power - goal) > relation.number("rtol") * goal:
        wanted = f"{goal:g} = (N/2)^2 within a factor 1 +- {relation.number('rtol'):g}"
        yield Violation(name, "normalised_power", f"a mean of sum({name}^2) of {power:.6g}", wanted)


def whole_counts(relation: Relation, contents: Contents) -> Found:
    """A pass of its own over the elements, since the condition on it is known only when all fields are."""
    name = relation.text("array")
    content = contents.content(name)
    if content is None or content.dtype.kind != "f":
        return
    found, start = Offenders("whole_counts", "whole numbers"), 0
    for block in content.blocks():
        # What is not finite is another rule's business.
        found.add(start, block, np.isfinite(block) & (block != np.rint(block)))
        start += block.size
    yield found.violation(name, content.shape)


def _power(contents: Contents, name: str) -> float | None:
    """Mean over the first axis of the summed squares, or None where the field has no such number."""
    shape, total = contents.shape(name), contents.powers.get(name)
    if shape is None or total is None or len(shape) != 3 or not all(shape):
        return None
    power = total / shape[0]
    return power if np.isfinite(power) else None


def axis_order(relation: Relation, contents: Contents) -> Found:
    """Equal sizes hide the order of the axes: then the file itself must say it."""
    name, stated = relation.text("array"), relation.text("stated")
    shape = contents.shape(name)
    if shape is None or stated in contents:
        return
    field = contents.contract.fields[name]
    pattern = next((one for one in field.shapes if len(parse_pattern(one)) == len(shape)), "")
    axes = [axis.name for axis in parse_pattern(pattern)]
    sizes = bound_sizes(contents.shapes, contents.contract)
    if not axes or not all(axes) or len(set(axes)) == 1:
        return
    fitting = [order for order in dict.fromkeys(permutations(axes)) if tuple(sizes[axis] for axis in order) == shape]
    if len(fitting) > 1:
        orders = " and ".join(layout(" ".join(order)) for order in fitting)
        wanted = f"{stated} to say which, since the sizes do not"
        yield Violation(name, "axis_order", f"shape {shape}, which fits {orders}", wanted)
