"""The kinds of relations that contracts have, the language's own and those of packs, and what is done with them all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from parity_suite.contracts import relation_checks as checks
from parity_suite.contracts import relation_settling as settling
from parity_suite.contracts.contents import Contents
from parity_suite.contracts.finders import relations_of_packs
from parity_suite.contracts.model import Contract, Relation
from parity_suite.contracts.relation_rule import Drawn, RelationRule
from parity_suite.contracts.stored import Unreadable
from parity_suite.contracts.violation import Violation, bounded

#: The language's own, which its JSON Schema describes: what breaks each, the arguments that name fields, and how drawn
#: fields are made to keep it.
OWN: Final[Mapping[str, RelationRule]] = {
    "together": RelationRule(checks.together, ("fields",)),
    "exactly_one": RelationRule(checks.exactly_one, ("fields",)),
    "at_least_one": RelationRule(checks.at_least_one, ("fields",)),
    "needs": RelationRule(checks.needs, ("field", "fields")),
    "ordered": RelationRule(checks.ordered, ("fields",), settling.ordered),
    "equal": RelationRule(checks.equal, ("fields",), settling.equal),
    "square": RelationRule(checks.square, ("field", "root"), settling.square),
    "count": RelationRule(checks.count, ("number", "of"), settling.count),
    "corresponds": RelationRule(checks.corresponds, ("field", "to"), settling.corresponds),
    "quotient": RelationRule(checks.quotient, ("field", "numerator", "denominator", "status"), settling.quotient),
    "not_before": RelationRule(checks.not_before, ("field", "than"), settling.not_before),
    "refers": RelationRule(checks.refers, ("field", "to"), settling.refers),
    "axis_order": RelationRule(checks.axis_order, ("array", "stated")),
    "whole_counts": RelationRule(checks.whole_counts, ("array",), settling.whole_counts),
}


def rule_of(relation: Relation) -> RelationRule:
    """That of a relation of a contract, which was read and has one that is known."""
    return OWN.get(relation.rule) or relations_of_packs()[relation.rule]


def field_names(relation: Relation) -> tuple[str, ...]:
    """The fields that a relation reads, its condition left out."""
    names: list[str] = []
    for key in rule_of(relation).fields:
        value = relation.arguments[key]
        names += [value] if isinstance(value, str) else list(value)
    return tuple(names)


def squared_fields(contract: Contract) -> set[str]:
    """The fields the sum of whose squares a relation wants."""
    return {relation.text(name) for relation in contract.relations if (name := rule_of(relation).squares)}


def check_relations(contents: Contents) -> list[Violation]:
    """Every violation of the contract's relations."""
    found: list[Violation] = []
    for relation in contents.contract.relations:
        if contents.holds(relation.when):
            try:
                found += bounded(one for one in rule_of(relation).broken(relation, contents) if one is not None)
            except Unreadable:
                # The pass over the values has said it.
                continue
            except OverflowError as error:
                found.append(Violation(relation.rule, "too_large", str(error), "a field that can be loaded"))
    return found


def settle(contract: Contract, drawn: Drawn, rng: np.random.Generator) -> Drawn:
    """The same fields with values that keep the relations, as far as a relation is about values."""
    out = dict(drawn)
    # Twice, since one relation may move what an earlier one has settled.
    for relation in (*contract.relations, *contract.relations):
        settled = rule_of(relation).settle
        if settled is not None and _applies(relation, out, contract):
            settled(relation, out, rng)
    return out


def _applies(relation: Relation, drawn: Drawn, contract: Contract) -> bool:
    values = {name: drawn.get(name, contract.fields[name].default) for name in relation.when}
    return all(str(values[name]) in wanted for name, wanted in relation.when.items())
