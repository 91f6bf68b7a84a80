"""Drawn fields changed so that the relations between them hold, in the order of the contract."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from parity_suite.contracts.model import Contract, Relation

Array = NDArray[Any]
Drawn = dict[str, Array]


def settle(contract: Contract, drawn: Drawn, rng: np.random.Generator) -> Drawn:
    """The same fields with values that keep the relations, as far as a relation is about values."""
    out = dict(drawn)
    # Twice, since one relation may move what an earlier one has settled.
    for relation in (*contract.relations, *contract.relations):
        repair = _REPAIRS.get(relation.rule)
        if repair is not None and _applies(relation, out, contract):
            repair(relation, out, rng)
    return out


def _applies(relation: Relation, drawn: Drawn, contract: Contract) -> bool:
    values = {name: drawn.get(name, contract.fields[name].default) for name in relation.when}
    return all(str(values[name]) in wanted for name, wanted in relation.when.items())


def _on_canvas(relation: Relation, drawn: Drawn, rng: np.random.Generator) -> None:
    name, canvas = relation.text("positions"), drawn.get(relation.text("canvas"))
    if name in drawn and canvas is not None:
        last = canvas.shape[int(relation.number("axis"))] - 1
        drawn[name] = np.asarray(rng.uniform(0, last, drawn[name].shape), drawn[name].dtype)


def _photons_measured(relation: Relation, drawn: Drawn, rng: np.random.Generator) -> None:
    name, amplitude = relation.text("photons"), drawn.get(relation.text("amplitude"))
    if name in drawn and amplitude is not None:
        drawn[name] = np.asarray(np.rint(_power(amplitude)), drawn[name].dtype)


def _photons_counted(relation: Relation, drawn: Drawn, rng: np.random.Generator) -> None:
    name, counts = relation.text("photons"), drawn.get(relation.text("counts"))
    if name in drawn and counts is not None:
        drawn[name] = np.asarray(np.rint(counts.sum(dtype=np.float64) / counts.shape[0]), drawn[name].dtype)


def _normalised_power(relation: Relation, drawn: Drawn, rng: np.random.Generator) -> None:
    name = relation.text("amplitude")
    if name in drawn:
        amplitude = drawn[name]
        goal = (amplitude.shape[-1] / 2) ** 2
        # Whole numbers would round the power away.
        wanted = amplitude.dtype if amplitude.dtype.kind == "f" else np.dtype(np.float32)
        drawn[name] = (amplitude * np.sqrt(goal / _power(amplitude))).astype(wanted)


def _power(amplitude: Array) -> float:
    return float(np.sum(amplitude.astype(np.float64) ** 2) / amplitude.shape[0])


def _ordered(relation: Relation, drawn: Drawn, rng: np.random.Generator) -> None:
    names = [name for name in relation.texts("fields") if name in drawn]
    for low, high in pairwise(names):
        least = drawn[low] if drawn[high].ndim or not drawn[low].size else drawn[low].max()
        if np.ndim(least) == 0 or least.shape == drawn[high].shape:
            drawn[high] = np.maximum(drawn[high], least).astype(drawn[high].dtype)


def _equal(relation: Relation, drawn: Drawn, rng: np.random.Generator) -> None:
    first, *others = (name for name in relation.texts("fields") if name in drawn)
    for name in others:
        if drawn[name].shape == drawn[first].shape:
            drawn[name] = drawn[first].astype(drawn[name].dtype)


def _square(relation: Relation, drawn: Drawn, rng: np.random.Generator) -> None:
    name, root = relation.text("field"), relation.text("root")
    if name in drawn and root in drawn:
        drawn[name] = np.square(drawn[root].astype(np.float64)).astype(drawn[name].dtype)


def _count(relation: Relation, drawn: Drawn, rng: np.random.Generator) -> None:
    name, of = relation.text("number"), drawn.get(relation.text("of"))
    if name in drawn:
        drawn[name] = np.asarray(0 if of is None else of.shape[0], drawn[name].dtype)


def _corresponds(relation: Relation, drawn: Drawn, rng: np.random.Generator) -> None:
    name, to = relation.text("field"), relation.text("to")
    pairs: Mapping[str, str] = relation.arguments["pairs"]
    if name in drawn and to in drawn:
        back = {value: key for key, value in pairs.items()}
        if str(drawn[to]) in back:
            drawn[name] = np.array(back[str(drawn[to])])


def _quotient(relation: Relation, drawn: Drawn, rng: np.random.Generator) -> None:
    keys = ("field", "numerator", "denominator", "status")
    names = [relation.text(key) for key in keys]
    if not all(name in drawn for name in names):
        return
    ratio, above, below, status = names
    blocked = relation.text("blocked")
    with np.errstate(all="ignore"):
        value = drawn[above] / drawn[below]
    drawn[ratio] = np.where(drawn[below] == 0, np.nan, value)
    drawn[status] = np.where(drawn[below] == 0, blocked, "ok")


def _not_before(relation: Relation, drawn: Drawn, rng: np.random.Generator) -> None:
    name, than = relation.text("field"), relation.text("than")
    if name in drawn and than in drawn and drawn[name].shape == drawn[than].shape:
        both = np.sort(np.stack([drawn[than], drawn[name]]), axis=0)
        drawn[than], drawn[name] = both[0], both[1]


def _refers(relation: Relation, drawn: Drawn, rng: np.random.Generator) -> None:
    name, to = relation.text("field"), relation.text("to")
    if name in drawn and to in drawn and drawn[to].size:
        drawn[name] = np.asarray(rng.choice(drawn[to].reshape(-1), drawn[name].shape))


def _whole_counts(relation: Relation, drawn: Drawn, rng: np.random.Generator) -> None:
    name = relation.text("array")
    if name in drawn:
        drawn[name] = np.ceil(drawn[name].real).astype(drawn[name].dtype)


_REPAIRS: Final[Mapping[str, Callable[[Relation, Drawn, np.random.Generator], None]]] = {
    "on_canvas": _on_canvas,
    "photons_measured": _photons_measured,
    "photons_counted": _photons_counted,
    "normalised_power": _normalised_power,
    "ordered": _ordered,
    "equal": _equal,
    "square": _square,
    "count": _count,
    "corresponds": _corresponds,
    "quotient": _quotient,
    "not_before": _not_before,
    "refers": _refers,
    "whole_counts": _whole_counts,
}
