"""Hold data against a contract and collect everything that is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from parity_suite.contracts.model import Condition, Contract, Field
from parity_suite.contracts.relations import RELATION_RULES
from parity_suite.contracts.shapes import check_shapes
from parity_suite.contracts.values import check_dtype, check_values
from parity_suite.contracts.violation import Violation

Arrays = Mapping[str, NDArray[Any]]

_KEYS_LISTED: Final = 12


def validate(data: Mapping[str, object], contract: Contract) -> list[Violation]:
    """Every violation of ``contract`` by ``data``, in the order of the contract's fields; empty if none.

    Values are arrays, or what ``numpy.asarray`` takes. Keys that the contract does not list are left alone.
    """
    arrays, violations = _arrays(data, contract)
    violations += _missing(data, arrays, contract)
    for name, array in arrays.items():
        violations += check_dtype(contract.fields[name], array)
    violations += check_shapes({name: array.shape for name, array in arrays.items()}, contract)
    for name, array in arrays.items():
        violations += check_values(contract.fields[name], array)
    for relation in contract.relations:
        if _holds(relation.when, arrays, contract):
            found = RELATION_RULES[relation.rule].check(relation, arrays)
            violations += [found] if found else []
    return in_field_order(violations, contract)


def in_field_order(violations: Iterable[Violation], contract: Contract) -> list[Violation]:
    """Sorted by the contract's fields, keeping the order within a field; names that are no field first."""
    place = {name: index for index, name in enumerate(contract.fields)}
    return sorted(violations, key=lambda violation: place.get(violation.field, -1))


def text_value(name: str, arrays: Arrays, contract: Contract) -> str | None:
    """The value of a scalar text field, or its default where the field is absent."""
    array = arrays.get(name)
    return contract.fields[name].default if array is None else str(array)


def _arrays(data: Mapping[str, object], contract: Contract) -> tuple[dict[str, NDArray[Any]], list[Violation]]:
    arrays: dict[str, NDArray[Any]] = {}
    violations = []
    for name, field in contract.fields.items():
        if name in data:
            try:
                arrays[name] = np.asarray(data[name])
            except (ValueError, TypeError) as error:
                wanted = f"an array of {' or '.join(field.dtypes)}"
                violations.append(Violation(name, "dtype", f"what is no array ({error})", wanted))
    return arrays, violations


def _missing(data: Mapping[str, object], arrays: Arrays, contract: Contract) -> list[Violation]:
    keys = sorted(data)
    listed = ", ".join(keys[:_KEYS_LISTED]) + (", ..." if len(keys) > _KEYS_LISTED else "")
    violations = []
    for name, field in contract.fields.items():
        reason = _why_required(field, arrays, contract)
        if name not in data and reason:
            found = f"no such key among {listed}" if keys else "no keys at all"
            violations.append(Violation(name, "required", found, reason))
    return violations


def _why_required(field: Field, arrays: Arrays, contract: Contract) -> str:
    shape = f"{' or '.join(field.dtypes)} of shape {field.layout()}"
    if field.required:
        return shape
    if field.required_when is not None and _holds(field.required_when, arrays, contract):
        when = " and ".join(f"{key} is {value!r}" for key, value in field.required_when.items())
        return f"{shape} when {when}"
    return ""


def _holds(condition: Condition, arrays: Arrays, contract: Contract) -> bool:
    return all(text_value(name, arrays, contract) == value for name, value in condition.items())
