"""Values of drawn fields changed so that a relation between them holds, as far as it is about values."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np

from parity_suite.contracts.model import Relation
from parity_suite.contracts.relation_rule import Drawn


def ordered(relation: Relation, drawn: Drawn, rng: np.random.Generator) -> None:
    names = [name for name in relation.texts("fields") if name in drawn]
    for low, high in pairwise(names):
        least = drawn[low] if drawn[high].ndim or not drawn[low].size else drawn[low].max()
        if np.ndim(least) == 0 or least.shape == drawn[high].shape:
            drawn[high] = np.maximum(drawn[high], least).astype(drawn[high].dtype)


def equal(relation: Relation, drawn: Drawn, rng: np.random.Generator) -> None:
    first, *others = (name for name in relation.texts("fields") if name in drawn)
    for name in others:
        if drawn[name].shape == drawn[first].shape:
            drawn[name] = drawn[first].astype(drawn[name].dtype)


def square(relation: Relation, drawn: Drawn, rng: np.random.Generator) -> None:
    name, root = relation.text("field"), relation.text("root")
    if name in drawn and root in drawn:
        drawn[name] = np.square(drawn[root].astype(np.float64)).astype(drawn[name].dtype)


def count(relation: Relation, drawn: Drawn, rng: np.random.Generator) -> None:
    name, of = relation.text("number"), drawn.get(relation.text("of"))
    if name in drawn:
        drawn[name] = np.asarray(0 if of is None else of.shape[0], drawn[name].dtype)


def corresponds(relation: Relation, drawn: Drawn, rng: np.random.Generator) -> None:
    name, to = relation.text("field"), relation.text("to")
    pairs: Mapping[str, str] = relation.arguments["pairs"]
    if name in drawn and to in drawn:
        back = {value: key for key, value in pairs.items()}
        if str(drawn[to]) in back:
            drawn[name] = np.array(back[str(drawn[to])])


def quotient(relation: Relation, drawn: Drawn, rng: np.random.Generator) -> None:
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


def not_before(relation: Relation, drawn: Drawn, rng: np.random.Generator) -> None:
    name, than = relation.text("field"), relation.text("than")
    if name in drawn and than in drawn and drawn[name].shape == drawn[than].shape:
        both = np.sort(np.stack([drawn[than], drawn[name]]), axis=0)
        drawn[than], drawn[name] = both[0], both[1]


def refers(relation: Relation, drawn: Drawn, rng: np.random.Generator) -> None:
    name, to = relation.text("field"), relation.text("to")
    if name in drawn and to in drawn and drawn[to].size:
        drawn[name] = np.asarray(rng.choice(drawn[to].reshape(-1), drawn[name].shape))


def whole_counts(relation: Relation, drawn: Drawn, rng: np.random.Generator) -> None:
    name = relation.text("array")
    if name in drawn:
        drawn[name] = np.ceil(drawn[name].real).astype(drawn[name].dtype)
