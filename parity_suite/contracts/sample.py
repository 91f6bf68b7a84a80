"""Valid data for any contract, drawn by a seed: for examples in the documentation, and for tests of those who read it.

Sizes are the smallest that the contract allows, or a little more.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from parity_suite.contracts.expressions import parse_expression, parse_pattern
from parity_suite.contracts.model import Condition, Contract, Field
from parity_suite.contracts.relations import settle
from parity_suite.contracts.sample_values import draw_values

Array = NDArray[Any]

#: Beside the sizes of symbols, which alternative of its shapes a field takes; no symbol has this name.
_CHOICE: Final = "|"


def sample(contract: Contract, seed: int = 0, *, optional: float = 0.5, least: int = 0) -> dict[str, Array]:
    """Arrays by field name that keep ``contract``; each optional field is there with probability ``optional``.

    An axis has at least so many elements where the contract lets it.

    Raises ValueError where a field has a pattern and no examples: nothing else says what text may stand there.
    """
    rng = np.random.default_rng(seed)
    there = _present(contract, rng, optional)
    numbers = {name: _whole_number(field, rng) for name, field in there.items() if _is_whole_number(field)}
    sizes = _sizes(contract, {**_default_numbers(contract), **numbers}, rng, least)
    drawn = {name: _drawn(field, sizes, rng) for name, field in there.items()}
    for name, number in numbers.items():
        drawn[name] = np.array(number, drawn[name].dtype)
    drawn = settle(contract, drawn, rng)
    # What other values make necessary is known only now.
    for name in list(_missing(contract, drawn)):
        drawn[name] = _drawn(contract.fields[name], sizes, rng)
    drawn = settle(contract, drawn, rng)
    return {name: drawn[name] for name in contract.fields if name in drawn}


def _needed(contract: Contract, chosen: set[str]) -> set[str]:
    """What fields that are there need besides, whatever their values; more than they are there by chance."""
    needs = (one for one in contract.relations if one.rule == "needs" and not one.when)
    return {name for one in needs if one.text("field") in chosen for name in one.texts("fields")}


def _missing(contract: Contract, drawn: dict[str, Array]) -> Iterator[str]:
    for name, field in contract.fields.items():
        if name not in drawn and field.required_when and _holds(field.required_when, drawn, contract):
            yield name
    for relation in contract.relations:
        if relation.rule == "needs" and relation.text("field") in drawn and _holds(relation.when, drawn, contract):
            yield from (name for name in relation.texts("fields") if name not in drawn)


def _present(contract: Contract, rng: np.random.Generator, optional: float) -> dict[str, Field]:
    demanded = {name for name, field in contract.fields.items() if field.required or field.written}
    chosen = {name for name in contract.fields if name in demanded or rng.random() < optional}
    # Twice, since what one relation brings in may bring in more.
    for relation in (*contract.relations, *contract.relations):
        names = set(relation.arguments.get("fields", ()))
        if relation.rule == "together" and names & chosen:
            chosen |= names
        elif relation.rule == "exactly_one" and len(names & chosen) != 1:
            wanted = sorted(names & _needed(contract, chosen)) or sorted(names)
            chosen = (chosen - names) | {wanted[rng.integers(len(wanted))]}
        elif relation.rule == "at_least_one" and not names & chosen:
            chosen.add(sorted(names)[0])
        elif relation.rule == "needs" and not relation.when and relation.text("field") in chosen:
            chosen |= names
        elif relation.rule == "axis_order":
            chosen.add(relation.text("stated"))
    return {name: field for name, field in contract.fields.items() if name in chosen}


def _is_whole_number(field: Field) -> bool:
    return field.shapes == ("",) and all("int" in dtype for dtype in field.dtypes)


def _whole_number(field: Field, rng: np.random.Generator) -> int:
    whole = [choice for choice in field.one_of if isinstance(choice, int)]
    if whole:
        return int(whole[rng.integers(len(whole))])
    low = int(field.minimum if field.minimum is not None else 0)
    high = min(low + 2, int(field.maximum) if field.maximum is not None else low + 2)
    return int(rng.integers(low, high + 1))


def _default_numbers(contract: Contract) -> dict[str, int]:
    defaults = {name: field.default for name, field in contract.fields.items()}
    return {name: value for name, value in defaults.items() if type(value) is int}


def _sizes(contract: Contract, numbers: dict[str, int], rng: np.random.Generator, least: int) -> dict[str, int]:
    sizes = {_CHOICE: int(rng.integers(12))}
    for name, dim in contract.dims.items():
        if dim.example is not None:
            sizes[name] = dim.example
        elif dim.one_of:
            sizes[name] = min(dim.one_of)
        elif dim.equals is None:
            low = max(dim.minimum, 1) if rng.random() < 0.9 else dim.minimum
            low = max(low, least if dim.maximum is None else min(least, dim.maximum))
            most = low + 2 if dim.maximum is None else min(low + 2, dim.maximum)
            sizes[name] = int(rng.integers(low, most + 1))
    for name, dim in contract.dims.items():
        if dim.equals is not None:
            value = parse_expression(dim.equals).value({**numbers, **sizes})
            sizes[name] = max(dim.minimum, 1) if value is None else value
    return sizes


def _drawn(field: Field, sizes: dict[str, int], rng: np.random.Generator) -> Array:
    # One choice for all fields that have it: those of one kind come in one shape.
    pattern = field.shapes[sizes[_CHOICE] % len(field.shapes)]
    shape = tuple(int(axis.value(sizes) or 0) for axis in parse_pattern(pattern))
    dtype = field.dtypes[rng.integers(len(field.dtypes))]
    return draw_values(field, dtype, shape, rng)


def _holds(condition: Condition, drawn: dict[str, Array], contract: Contract) -> bool:
    values = {name: drawn.get(name, contract.fields[name].default) for name in condition}
    return all(str(values[name]) in wanted for name, wanted in condition.items())
