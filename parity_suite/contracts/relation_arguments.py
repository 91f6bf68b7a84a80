"""Which arguments of a relation name fields of its contract."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from parity_suite.contracts.model import Relation

#: By rule: its arguments that are the name of a field, or a list of such names.
FIELD_ARGUMENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "on_canvas": ("positions", "canvas"),
    "photons_measured": ("amplitude", "photons"),
    "photons_counted": ("counts", "photons"),
    "normalised_power": ("amplitude",),
    "together": ("fields",),
    "exactly_one": ("fields",),
    "at_least_one": ("fields",),
    "needs": ("field", "fields"),
    "ordered": ("fields",),
    "equal": ("fields",),
    "square": ("field", "root"),
    "count": ("number", "of"),
    "corresponds": ("field", "to"),
    "quotient": ("field", "numerator", "denominator", "status"),
    "not_before": ("field", "than"),
    "refers": ("field", "to"),
    "axis_order": ("array", "stated"),
    "whole_counts": ("array",),
}


def field_names(relation: Relation) -> tuple[str, ...]:
    """The fields that a relation reads, its condition left out."""
    names: list[str] = []
    for key in FIELD_ARGUMENTS[relation.rule]:
        value = relation.arguments[key]
        names += [value] if isinstance(value, str) else list(value)
    return tuple(names)
