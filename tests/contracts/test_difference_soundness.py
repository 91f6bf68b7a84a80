"""No change is called harmless that is not: small contracts, every kind of edit of them, and data that keep one side.

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
import pytest
from hypothesis import strategies as st
from thinning import thinned

from parity_suite.contracts.changes import Effect
from parity_suite.contracts.difference import differences
from parity_suite.contracts.expressions import parse_expression, parse_pattern
from parity_suite.contracts.face import face_bytes, parse_face
from parity_suite.contracts.language import undefined_names
from parity_suite.contracts.lookup import Column
from parity_suite.contracts.model import Contract, Dim, Field, Relation
from parity_suite.contracts.relations import field_names
from parity_suite.contracts.validation import validate

#: Data sets made for each pair of contracts and each of the three promises.
DATA = 12
SETTINGS = hypothesis.settings(deadline=None, suppress_health_check=list(hypothesis.HealthCheck))
Attributes = dict[str, st.SearchStrategy[Any]]


def some(values: list[Any], most: int = 2, least: int = 0) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(st.sampled_from(values), min_size=least, max_size=most, unique=True).map(tuple)


def maybe(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from([None, *values])


CONDITION = st.fixed_dictionaries({"kind": some(["x", "y"], least=1)})
PRESENCE: Attributes = {
    "required": st.booleans(),
    "required_when": st.one_of(st.none(), CONDITION),
    "written": st.booleans(),
    "aliases": some(["old", "older"]),
}
TYPES = [
    ("float64",),
    ("int64", "float64"),
    ("int32", "float64"),
    ("float64", "json"),
    ("float32", "float64"),
    ("int64",),
]
SHAPES = [
    *[("M",), ("M", "M N"), ("M", "M N", "N M"), ("M", "N M", "M N"), ("M", "2"), ("2", "M")],
    *[("M", "1 M"), ("M", "1 M", "2 M"), ("(M - 1)", "M"), ("", "M"), ("(M N)",)],
]
NUMBER: Attributes = PRESENCE | {
    "dtypes": st.sampled_from(TYPES),
    "shapes": st.sampled_from(SHAPES),
    "nullable": st.booleans(),
    "rules": some(["finite", "positive", "non_negative", "increasing", "unique", "not_constant", "unit_norm"], 3),
    "minimum": maybe(-1, 0, 1),
    "maximum": maybe(0, 1.5, 2),
    "one_of": st.one_of(st.just(()), some([1, 2, "x"], 3)),
    "default": maybe(1, 2),
}
TEXT: Attributes = {key: PRESENCE[key] for key in ("required", "written", "aliases")} | {
    "dtypes": st.sampled_from([("str",), ("str", "int64")]),
    "shapes": st.sampled_from([("",), ("", "M")]),
    "one_of": some(["x", "y", "xx", 1], 3),
    "pattern": maybe("x+", "[xy]"),
    "default": maybe("x", "y"),
}
DIM: Attributes = {
    "minimum": st.integers(0, 2),
    "maximum": maybe(1, 2, 3),
    "one_of": some([0, 1, 2, 3], 3),
    "equals": maybe("c", "c*2", "c + 1"),
}
#: Attributes that say together what is allowed: where the one is edited the other is set as well.
KIN = {"required": "written", "written": "required", "dtypes": "one_of"}
PLAIN = {
    "a": Field("a", "", "1", ("float64",), ("M",), required=False),
    "b": Field("b", "", "1", ("float64",), ("M",), required=False),
    "c": Field("c", "", "1", ("int64",), ("",), required=False),
    "kind": Field("kind", "", "1", ("str",), ("",), required=False),
}
ARGUMENTS: list[tuple[str, dict[str, Any]]] = [
    ("together", {"fields": ["a", "b"]}),
    ("exactly_one", {"fields": ["a", "b", "c"]}),
    ("at_least_one", {"fields": ["b", "c"]}),
    ("ordered", {"fields": ["a", "b"]}),
    ("ordered", {"fields": ["b", "a"]}),
    ("equal", {"fields": ["a", "b"], "rtol": 0.1}),
    ("equal", {"fields": ["a", "b"], "rtol": 0.6}),
    ("square", {"field": "b", "root": "a", "rtol": 0.1}),
    ("square", {"field": "b", "root": "a", "rtol": 0.6}),
    ("count", {"number": "c", "of": "a"}),
]


def attributes(name: str) -> Attributes:
    return TEXT if name == "kind" else NUMBER


def relations() -> st.SearchStrategy[Relation]:
    when = st.one_of(st.just({}), CONDITION)
    return st.builds(lambda pair, held: Relation(pair[0], "", pair[1], held), st.sampled_from(ARGUMENTS), when)


def without_dangling(contract: Contract) -> Contract:
    """The contract without what names a field that it does not have."""
    names = set(contract.fields)
    fields = {
        name: dataclasses.replace(field, required_when=field.required_when if "kind" in names else None)
        for name, field in contract.fields.items()
    }
    dims = {name: dim if "c" in names else dataclasses.replace(dim, equals=None) for name, dim in contract.dims.items()}
    kept = tuple(one for one in contract.relations if {*field_names(one), *one.when} <= names)
    return dataclasses.replace(contract, fields=fields, dims=dims, relations=kept)


@st.composite
def contracts(draw: st.DrawFn) -> Contract:
    """The plain fields with a few attributes away from their defaults: with many of them nothing would be valid."""
    fields = dict(PLAIN)
    for _ in range(draw(st.integers(0, 2))):
        name = draw(st.sampled_from(sorted(fields)))
        key = draw(st.sampled_from(sorted(attributes(name))))
        fields[name] = dataclasses.replace(fields[name], **{key: draw(attributes(name)[key])})
    names = draw(st.sampled_from([tuple(fields)] * 3 + [("a", "kind"), ("a", "b", "c")]))
    dims = {"M": Dim("M", ""), "N": Dim("N", "", equals=draw(maybe("c")))}
    held = tuple(draw(st.lists(relations(), max_size=1)))
    closed = draw(st.sampled_from([False, False, True]))
    fields = {name: fields[name] for name in names}
    return without_dangling(Contract("small", 1, "npz", "", closed=closed, dims=dims, fields=fields, relations=held))


def edits() -> list[tuple[str, str]]:
    """What can be edited, and which attribute of it; another default always breaks both, and promises nothing."""
    fields = [(name, key) for name in ("a", "kind") for key in attributes(name) if key != "default"]
    return [
        *fields,
        *(("M", key) for key in DIM),
        *(("small", key) for key in ("closed", "field", "name", "relations", "degree", "when")),
    ]


def edited(draw: st.DrawFn, contract: Contract, what: str, key: str) -> Contract:
    """The contract with one attribute drawn anew."""
    if what == "M":
        dim = dataclasses.replace(contract.dims["M"], **{key: draw(DIM[key])})
        return dataclasses.replace(contract, dims={**contract.dims, "M": dim})
    fields = dict(contract.fields)
    if what in fields:
        fields[what] = dataclasses.replace(fields[what], **{key: draw(attributes(what)[key])})
    elif key == "closed":
        return dataclasses.replace(contract, closed=draw(st.booleans()))
    elif key == "relations":
        return dataclasses.replace(contract, relations=tuple(draw(st.lists(relations(), max_size=2))))
    elif key == "degree":
        rtol = draw(st.sampled_from([0.05, 0.6]))
        relation = Relation("equal", "", {"fields": ["a", "b"], "rtol": rtol})
        return dataclasses.replace(contract, relations=(relation,))
    elif key == "when":
        relation = Relation("ordered", "", {"fields": ["a", "b"]}, draw(st.one_of(st.just({}), CONDITION)))
        return dataclasses.replace(contract, relations=(relation,))
    elif key == "field" and draw(st.booleans()):
        del fields[draw(st.sampled_from(sorted(fields)))]
    elif key == "name":
        name = draw(st.sampled_from(["old", "z"]))
        alias = draw(st.sampled_from([("a",), (), ("old",)]))
        fields[name] = dataclasses.replace(fields.pop("a"), name=name, aliases=tuple(set(alias) - {name}))
    return dataclasses.replace(contract, fields=fields)


@st.composite
def pairs(draw: st.DrawFn, what: str, key: str) -> tuple[Contract, Contract]:
    """A contract with two values of the attribute."""
    contract = draw(contracts())
    if key in KIN and what in contract.fields:
        contract = edited(draw, contract, what, KIN[key])
    one, other = (without_dangling(edited(draw, contract, what, key)) for _ in range(2))
    pair = (contract, other) if key == "name" else (one, other)
    hypothesis.assume(not any(list(undefined_names(side)) for side in pair))
    return pair


def sizes_of(contract: Contract, number: int, chance: random.Random) -> dict[str, int]:
    sizes = {name: chance.choice(dim.one_of or (0, 1, 2, 3)) for name, dim in contract.dims.items()}
    for name, dim in contract.dims.items():
        size = None if dim.equals is None else parse_expression(dim.equals).value({"c": number, **sizes})
        if size is not None and chance.random() < 0.8:
            sizes[name] = size
    return sizes


def value_of(field: Field, sizes: Mapping[str, int], chance: random.Random) -> Any:
    """Elements of which most keep the usual rules."""
    dtype = chance.choice(field.dtypes)
    axes = parse_pattern(chance.choice(field.shapes))
    shape = tuple(max(axis.value(sizes) or 0, 0) for axis in axes)
    count = int(np.prod(shape))
    if dtype == "str":
        texts = [one for one in field.one_of if isinstance(one, str)] or ["x", "y", "xx"]
        return np.array(chance.choices(texts, k=count), dtype="U4").reshape(shape)
    pool: list[Any] = [one for one in field.one_of if isinstance(one, int)] or chance.choice([[1, 2], [1, 1.4], [1, 3]])
    if chance.random() < 0.4:
        pool = chance.choice([[*pool, 0, -1], [0], [-1, 0], [4], [0.5], [1.5], [*pool, np.nan, np.inf]])
    if "int" in dtype:
        pool = [int(one) for one in pool if np.isfinite(one)]
    values = chance.choices(pool, k=count)
    array = np.array(sorted(values) if chance.random() < 0.5 else values)
    array = array.astype("float64" if dtype == "json" else dtype).reshape(shape)
    if chance.random() < 0.4:
        return array
    if not field.nullable or not count:
        # A document may write a float without a point.
        whole = bool(np.all(np.isfinite(array) & (array == np.rint(array))))
        return array.astype("int64").tolist() if whole else array.tolist()
    nulls = np.arange(count).reshape(shape) == chance.randrange(count)
    return Column(np.where(nulls, np.nan, array), nulls)


def data_for(contract: Contract, role: str, chance: random.Random) -> dict[str, Any]:
    number = chance.choice([1, 2, 3])
    sizes = sizes_of(contract, number, chance)
    data: dict[str, Any] = {}
    share = chance.choice([0.3, 0.8])
    for field in contract.fields.values():
        needed = field.required or (role == "writer" and field.written)
        if needed or chance.random() < share:
            known = (field.name, *field.aliases) if role == "reader" else (field.name,)
            usual = field.name == "c" and "int64" in field.dtypes and chance.random() < 0.8
            data[chance.choice(known)] = number if usual else value_of(field, sizes, chance)
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


def promises_kept(old: Contract, new: Contract, seed: int) -> None:
    changes = differences(old, new)
    if not any(change.effect in (Effect.READERS, Effect.BOTH) for change in changes):
        for data in valid_data(new, "writer", seed):
            assert validate(data, old, role="reader") == [], (data, "new files that an old reader cannot read")
    if not any(change.effect in (Effect.WRITERS, Effect.BOTH) for change in changes):
        for data in valid_data(old, "reader", seed):
            assert validate(data, new, role="reader") == [], (data, "old files that cannot be read any more")
        for data in valid_data(old, "writer", seed):
            held = in_the_names_of(new, data)
            assert validate(held, new, role="writer") == [], (data, "an old writer that is no longer one")


@pytest.mark.parametrize(("what", "key"), thinned(edits(), 2))
def test_what_is_called_compatible_is(what: str, key: str) -> None:
    @hypothesis.settings(SETTINGS, max_examples=40)
    @hypothesis.given(pairs(what, key), st.integers(0, 2**32))
    def held(pair: tuple[Contract, Contract], seed: int) -> None:
        promises_kept(*pair, seed)
        promises_kept(*reversed(pair), seed)

    held()


@hypothesis.settings(SETTINGS, max_examples=100)
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


@pytest.mark.parametrize(("what", "key"), thinned(edits(), 3))
def test_the_data_above_are_often_valid(what: str, key: str) -> None:
    """Else the promises would hold for want of anything that could break them."""
    held: list[int] = []

    @hypothesis.settings(SETTINGS, max_examples=40, database=None, derandomize=True)
    @hypothesis.given(pairs(what, key), st.integers(0, 2**32))
    def count(pair: tuple[Contract, Contract], seed: int) -> None:
        for old, new in (pair, pair[::-1]):
            changes = differences(old, new)
            if changes and not any(change.effect in (Effect.READERS, Effect.BOTH) for change in changes):
                held.append(sum(1 for _ in valid_data(new, "writer", seed)))

    count()
    assert sum(held) > 20
