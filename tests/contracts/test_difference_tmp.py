"""No change is called harmless that is not: random contracts, random edits of them, and data that keep the one side.

The data use the names of the contract that they are made for and names that neither side knows, as the meaning of
"compatible" has it (:mod:`parity_suite.contracts.difference`).
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterator, Mapping
from typing import Any

import hypothesis
import numpy as np
from hypothesis import strategies as st

from parity_suite.contracts.difference import differences
from parity_suite.contracts.expressions import parse_pattern
from parity_suite.contracts.face import face_bytes, parse_face
from parity_suite.contracts.language import undefined_names
from parity_suite.contracts.lookup import Column
from parity_suite.contracts.model import Contract, Dim, Field, Relation
from parity_suite.contracts.relation_arguments import field_names
from parity_suite.contracts.validate import validate

NUMBERS, TEXTS, SIZES = ("a", "b", "c"), ("kind", "sort"), ("M", "N", "K")
#: Data sets made for each pair of contracts and each of the three promises.
DATA = 12


def some(values: list[Any], most: int = 2, least: int = 0) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(st.sampled_from(values), min_size=least, max_size=most, unique=True).map(tuple)


def seldom(value: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), st.none(), value)


CONDITION = st.dictionaries(st.sampled_from(TEXTS), some(["x", "y"], least=1), min_size=1, max_size=2)
PRESENCE: dict[str, st.SearchStrategy[Any]] = {
    "required": st.booleans(),
    "required_when": seldom(CONDITION),
    "written": st.booleans(),
    "aliases": some(["old", "older", *NUMBERS]),
}
NUMBER: dict[str, st.SearchStrategy[Any]] = PRESENCE | {
    "dtypes": some(["float64", "int64", "float32", "int32", "json"], 3, 1),
    "shapes": some(["", "M", "N", "2", "M N", "N M", "2 M", "1 M", "(M N)", "K", "K M", "(M - 1)"], 3, 1),
    "nullable": st.booleans(),
    "rules": some(["finite", "positive", "non_negative", "increasing", "unique", "not_constant", "unit_norm"]),
    "minimum": seldom(st.sampled_from([-1, 0, 1])),
    "maximum": seldom(st.sampled_from([0, 1.5, 2])),
    "one_of": st.one_of(st.just(()), some([1, 2, "x"], 3)),
    "default": seldom(st.sampled_from([1, 2])),
}
TEXT: dict[str, st.SearchStrategy[Any]] = PRESENCE | {
    "aliases": some(["old", "older", *TEXTS], 1),
    "dtypes": st.sampled_from([("str",), ("str", "int64")]),
    "shapes": st.sampled_from([("",), ("", "M")]),
    "one_of": some(["x", "y", "xx", 1], 3),
    "pattern": seldom(st.sampled_from(["x+", "[xy]"])),
    "default": seldom(st.sampled_from(["x", "y"])),
}
DIM: dict[str, st.SearchStrategy[Any]] = {
    "minimum": st.integers(0, 2),
    "maximum": seldom(st.integers(1, 3)),
    "one_of": some([0, 1, 2, 3]),
    "equals": seldom(st.sampled_from(["a", "b*2", "M + 1", "a + N"])),
}
BETWEEN: dict[str, st.SearchStrategy[Mapping[str, Any]]] = {
    rule: st.fixed_dictionaries({"fields": some(list(NUMBERS), 3, 2).map(list)})
    for rule in ("together", "exactly_one", "at_least_one", "ordered")
} | {
    "equal": st.fixed_dictionaries({"fields": st.just(["a", "b"]), "rtol": st.sampled_from([0.1, 0.6])}),
    "square": st.fixed_dictionaries(
        {"field": st.sampled_from(NUMBERS), "root": st.just("a"), "rtol": st.sampled_from([0.1, 0.6])}
    ),
    "count": st.fixed_dictionaries({"number": st.sampled_from(NUMBERS), "of": st.sampled_from(NUMBERS)}),
    "refers": st.fixed_dictionaries({"field": st.sampled_from(TEXTS), "to": st.sampled_from(TEXTS)}),
    "axis_order": st.fixed_dictionaries({"array": st.sampled_from(NUMBERS), "stated": st.sampled_from(TEXTS)}),
}
RELATION = st.sampled_from(sorted(BETWEEN)).flatmap(
    lambda rule: st.builds(Relation, st.just(rule), st.just(""), BETWEEN[rule], st.one_of(st.just({}), CONDITION))
)


def attributes(name: str) -> dict[str, st.SearchStrategy[Any]]:
    return TEXT if name in TEXTS else NUMBER


def one_field(name: str) -> st.SearchStrategy[Field]:
    """A field with a few attributes away from their defaults: one with all of them has no valid data."""
    keys = attributes(name)
    plain = {"dtypes": ("str",) if name in TEXTS else ("float64",), "shapes": ("",), "required": False}
    chosen = st.lists(st.sampled_from(sorted(keys)), max_size=4, unique=True)
    drawn = chosen.flatmap(lambda some_keys: st.fixed_dictionaries({key: keys[key] for key in some_keys}))
    return drawn.map(lambda values: Field(name, "", "1", **{**plain, **values}))


def one_dim(name: str) -> st.SearchStrategy[Dim]:
    chosen = st.lists(st.sampled_from(sorted(DIM)), max_size=2, unique=True)
    drawn = chosen.flatmap(lambda keys: st.fixed_dictionaries({key: DIM[key] for key in keys}))
    return drawn.map(lambda values: Dim(name, "", **values))


def sound(contract: Contract) -> Contract:
    """The contract without what refers to a field that it does not have, and without names given twice."""
    names, taken, fields = set(contract.fields), set(contract.fields), {}
    for name, field in contract.fields.items():
        aliases = tuple(alias for alias in field.aliases if alias not in taken)
        taken |= set(aliases)
        when = {key: values for key, values in (field.required_when or {}).items() if key in names}
        fields[name] = dataclasses.replace(field, aliases=aliases, required_when=when or None)
    relations = tuple(one for one in contract.relations if {*field_names(one), *one.when} <= names)
    dims = {
        name: dim
        if dim.equals is None or not {"a", "b"} & set(dim.equals) - names
        else dataclasses.replace(dim, equals=None)
        for name, dim in contract.dims.items()
    }
    return dataclasses.replace(contract, fields=fields, relations=relations, dims=dims)


@st.composite
def contracts(draw: st.DrawFn) -> Contract:
    names = draw(st.lists(st.sampled_from([*NUMBERS, *TEXTS]), min_size=1, max_size=4, unique=True))
    return sound(
        Contract(
            "small",
            1,
            "npz",
            "",
            closed=draw(st.integers(0, 3)) == 0,
            dims={name: draw(one_dim(name)) for name in SIZES},
            fields={name: draw(one_field(name)) for name in names},
            relations=tuple(draw(st.lists(RELATION, max_size=2))),
        )
    )


@st.composite
def edited(draw: st.DrawFn, contract: Contract) -> Contract:
    """The contract after one to three edits."""
    for _ in range(draw(st.integers(1, 3))):
        edit = draw(st.sampled_from(["attribute"] * 4 + ["add", "drop", "rename", "dim", "relations", "closed"]))
        fields = dict(contract.fields)
        name = draw(st.sampled_from(sorted(fields))) if fields else ""
        other = draw(st.sampled_from([*NUMBERS, *TEXTS]))
        if edit == "attribute" and name:
            key = draw(st.sampled_from(sorted(attributes(name))))
            fields[name] = dataclasses.replace(fields[name], **{key: draw(attributes(name)[key])})
        elif edit == "add":
            fields[other] = draw(one_field(other))
        elif edit == "drop" and name:
            del fields[name]
        elif edit == "rename" and name:
            other = draw(st.sampled_from([*NUMBERS, *fields[name].aliases])) if name not in TEXTS else other
            if other in fields or (name in TEXTS) != (other in TEXTS):
                continue
            aliases = draw(st.sampled_from([(), (name,)]))
            fields[other] = dataclasses.replace(fields.pop(name), name=other, aliases=aliases)
        elif edit == "dim":
            size = draw(st.sampled_from(SIZES))
            contract = dataclasses.replace(contract, dims={**contract.dims, size: draw(one_dim(size))})
        elif edit == "relations":
            relation = draw(RELATION)
            kept = contract.relations[draw(st.integers(0, 1)) :]
            contract = dataclasses.replace(contract, relations=(*kept, relation))
        elif edit == "closed":
            contract = dataclasses.replace(contract, closed=not contract.closed)
        contract = sound(dataclasses.replace(contract, fields=fields))
    return contract


PAIRS = st.one_of(
    contracts().flatmap(lambda one: st.tuples(st.just(one), edited(one))), st.tuples(contracts(), contracts())
)


def value_of(field: Field, sizes: Mapping[str, int], chance: random.Random) -> Any:
    """Elements of which most keep the usual rules."""
    dtype = chance.choice(field.dtypes)
    axes = parse_pattern(chance.choice(field.shapes))
    shape = tuple(max(axis.value(sizes) or 0, 0) for axis in axes)
    count = int(np.prod(shape))
    if dtype == "str":
        pool: list[Any] = [one for one in field.one_of if isinstance(one, str)] or ["x", "y", "xx"]
        return np.array(chance.choices(pool, k=count), dtype="U4").reshape(shape)
    pool = [one for one in field.one_of if isinstance(one, int)] or [1, 2, 3]
    if chance.random() < 0.3:
        pool = [*pool, -1, 0, 0.5] + ([np.nan, np.inf] if "int" not in dtype else [])
    values = chance.choices(pool, k=count)
    values = sorted(values) if chance.random() < 0.5 else values
    array = np.array(values).astype("float64" if dtype == "json" else dtype).reshape(shape)
    if chance.random() < 0.5:
        return array
    if not field.nullable or not count:
        return array.tolist()
    nulls = np.arange(count).reshape(shape) == chance.randrange(count)
    return Column(np.where(nulls, np.nan, array), nulls)


def data_for(contract: Contract, role: str, chance: random.Random) -> dict[str, Any]:
    sizes = {name: chance.choice(dim.one_of or (1, 2, 3)) for name, dim in contract.dims.items()}
    data: dict[str, Any] = {}
    for field in contract.fields.values():
        needed = field.required or (role == "writer" and field.written)
        if needed or chance.random() < 0.6:
            known = (field.name, *field.aliases) if role == "reader" else (field.name,)
            data[chance.choice(known)] = value_of(field, sizes, chance)
    if not contract.closed and chance.random() < 0.2:
        data["own"] = np.arange(3)
    return data


def valid_data(contract: Contract, role: Any, seed: int) -> Iterator[dict[str, Any]]:
    chance = random.Random(seed)
    for _ in range(DATA):
        data = data_for(contract, role, chance)
        if not validate(data, contract, role=role):
            yield data


def in_the_names_of(contract: Contract, data: Mapping[str, Any]) -> dict[str, Any]:
    """An alias counts as the field's name where a writer of the old contract is held against the new one."""
    names = {alias: field.name for field in contract.fields.values() for alias in field.aliases}
    return {names.get(name, name): value for name, value in data.items()}


@hypothesis.settings(max_examples=1500, deadline=None, suppress_health_check=list(hypothesis.HealthCheck))
@hypothesis.given(PAIRS, st.integers(0, 2**32))
def test_what_is_called_compatible_is(pair: tuple[Contract, Contract], seed: int) -> None:
    old, new = pair
    changes = differences(old, new)
    if not any(change.breaks_readers for change in changes):
        for data in valid_data(new, "writer", seed):
            assert validate(data, old, role="reader") == [], (data, "new files that an old reader cannot read")
    if not any(change.breaks_writers for change in changes):
        for data in valid_data(old, "reader", seed):
            assert validate(data, new, role="reader") == [], (data, "old files that cannot be read any more")
        for data in valid_data(old, "writer", seed):
            held = in_the_names_of(new, data)
            assert validate(held, new, role="writer") == [], (data, "an old writer that is no longer one")


@hypothesis.settings(max_examples=4000, deadline=None, suppress_health_check=list(hypothesis.HealthCheck))
@hypothesis.given(contracts(), st.integers(0, 2**32))
def test_a_face_binds_as_its_contract_does(contract: Contract, seed: int) -> None:
    hypothesis.assume(not list(undefined_names(contract)))
    again = parse_face(face_bytes(contract), "face")
    assert differences(contract, again) == []
    chance = random.Random(seed)
    for _ in range(DATA):
        data = data_for(contract, "reader", chance)
        # Which field is blamed for a size may hang on their order, and whether one is must not.
        assert (validate(data, again) == []) == (validate(data, contract) == []), data


def test_the_data_above_are_often_valid() -> None:
    """Else the promises would hold for want of anything that could break them."""
    held = {True: 0, False: 0}

    @hypothesis.settings(max_examples=200, deadline=None, database=None, derandomize=True)
    @hypothesis.given(PAIRS, st.integers(0, 2**32))
    def count(pair: tuple[Contract, Contract], seed: int) -> None:
        changes = differences(*pair)
        told = bool(changes) and not any(change.breaks_writers for change in changes)
        held[told] += sum(1 for _ in valid_data(pair[0], "reader", seed))

    count()
    assert held[True] > 200
