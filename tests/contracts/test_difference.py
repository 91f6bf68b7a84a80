"""Every class of change of a contract is told, with whom it breaks."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from parity_suite.contracts.changes import Change, Effect, unstepped
from parity_suite.contracts.difference import all_differences, differences
from parity_suite.contracts.model import Contract, Dim, Field, Part, Relation

FINE, READERS, WRITERS, BOTH = Effect.COMPATIBLE, Effect.READERS, Effect.WRITERS, Effect.BOTH
#: What explains and does not bind.
PROSE = {"doc", "examples", "writer", "reader", "example"}

WAVE = Field("wave", "", "m", ("float32", "float64"), ("M N", "N"))
KIND = Field("kind", "", "1", ("str",), ("",), required=False)
ROOT = Field("root", "", "1", ("int64",), ("",))
ITEM = Field("item", "", "1", ("float64",), ("M",))


def contract(*fields: Field, **others: Any) -> Contract:
    dims = {"M": Dim("M", ""), "N": Dim("N", ""), "C": Dim("C", "")}
    named = {one.name: one for one in (fields or (WAVE, KIND, ROOT, ITEM))}
    return Contract("wave", 1, "npz", "", **{"dims": dims, "fields": named} | others)


def effects(old: Contract, new: Contract) -> dict[str, Effect]:
    found = differences(old, new)
    assert len({change.place for change in found}) == len(found)
    return {change.place: change.effect for change in found}


@pytest.mark.parametrize(
    ("key", "before", "after", "there", "back"),
    [
        ("units", "m", "cm", BOTH, BOTH),
        ("dtypes", ("float32",), ("float32", "float64"), READERS, WRITERS),
        ("dtypes", ("float32",), ("float64",), BOTH, BOTH),
        ("dtypes", ("float64",), ("float64", "int64"), READERS, WRITERS),
        ("dtypes", ("float64", "json"), ("float64", "float32", "json"), READERS, WRITERS),
        ("shapes", ("M",), ("M", "M N"), READERS, WRITERS),
        ("shapes", ("M",), ("N",), BOTH, BOTH),
        ("shapes", ("M N",), ("N M",), BOTH, BOTH),
        ("shapes", ("M N",), ("M N", "N M"), READERS, WRITERS),
        ("shapes", ("M N",), ("N M", "M N"), BOTH, BOTH),
        ("shapes", ("M", "M N"), ("M N", "M"), FINE, FINE),
        ("shapes", ("M C*N",), ("M (C N)",), FINE, FINE),
        ("shapes", ("1 N",), ("2 N",), BOTH, BOTH),
        ("shapes", ("M",), ("M (",), BOTH, BOTH),
        ("required", True, False, READERS, WRITERS),
        ("required_when", None, {"kind": ("x",)}, FINE, FINE),
        ("written", False, True, FINE, FINE),
        ("nullable", False, True, READERS, WRITERS),
        ("rules", (), ("finite",), WRITERS, READERS),
        ("rules", ("positive",), ("finite",), BOTH, BOTH),
        ("rules", ("positive", "finite"), ("finite",), READERS, WRITERS),
        ("minimum", None, 0, WRITERS, READERS),
        ("minimum", 0, -1, READERS, WRITERS),
        ("maximum", None, 0, WRITERS, READERS),
        ("maximum", 0, 1, READERS, WRITERS),
        ("one_of", (), ("a",), WRITERS, READERS),
        ("one_of", ("a",), ("a", "b"), READERS, WRITERS),
        ("one_of", ("a",), ("b",), BOTH, BOTH),
        ("one_of", ("a",), ("a", 1), BOTH, BOTH),
        ("pattern", None, "a+", WRITERS, READERS),
        ("pattern", "a+", "a*", BOTH, BOTH),
        ("default", None, "a", BOTH, BOTH),
        ("default", "a", "b", BOTH, BOTH),
        ("default", 1, True, BOTH, BOTH),
        ("aliases", (), ("old",), FINE, WRITERS),
    ],
)
def test_a_change_of_one_attribute(key: str, before: Any, after: Any, there: Effect, back: Effect) -> None:
    old, new = (contract(dataclasses.replace(WAVE, **{key: value}), KIND) for value in (before, after))
    place = {
        "minimum": "fields.wave.min",
        "maximum": "fields.wave.max",
        "required_when": "fields.wave.required",
        "written": "fields.wave.required",
    }.get(key, f"fields.wave.{key}")
    assert effects(old, new) == {place: there}
    assert effects(new, old) == {place: back}
    assert effects(old, old) == effects(new, new) == {}


ALWAYS = {"required": True}
NEVER = {"required": False}
WHEN_X = {"required": False, "required_when": {"kind": ("x",)}}
WHEN_XY = {"required": False, "required_when": {"kind": ("x", "y")}}
WHEN_Z = {"required": False, "required_when": {"kind": ("z",)}}
WRITTEN = {"required": False, "written": True}


@pytest.mark.parametrize(
    ("before", "after", "there", "back"),
    [
        (NEVER, WRITTEN, WRITERS, FINE),
        (ALWAYS, WRITTEN, FINE, WRITERS),
        (NEVER, WHEN_X, WRITERS, READERS),
        (ALWAYS, WHEN_X, READERS, WRITERS),
        (WHEN_X, WHEN_XY, WRITERS, READERS),
        (WHEN_X, WHEN_Z, BOTH, BOTH),
        (WHEN_X, WHEN_X | {"required_when": {"kind": ("x",), "sort": ("s",)}}, READERS, WRITERS),
        (WHEN_X, WRITTEN, WRITERS, WRITERS),
        (WHEN_X, WHEN_X | {"written": True}, WRITERS, FINE),
    ],
)
def test_what_must_be_there(before: dict[str, Any], after: dict[str, Any], there: Effect, back: Effect) -> None:
    sort = dataclasses.replace(KIND, name="sort")
    old, new = (contract(dataclasses.replace(WAVE, **keys), KIND, sort) for keys in (before, after))
    assert effects(old, new) == {"fields.wave.required": there}
    assert effects(new, old) == {"fields.wave.required": back}


@pytest.mark.parametrize(
    ("before", "after", "choices"),
    [
        # A 3 in a JSON file is a float where no whole number may stand, and then no choice is held against it.
        (("float64",), ("float64", "int64"), (1, 2)),
        # It is read as int64, which is not among these.
        (("float64",), ("float64", "int32"), ()),
        # It is not looked into, and to relations it is not there.
        (("float64",), ("float64", "json"), ()),
    ],
)
def test_a_type_more_that_changes_how_a_plain_value_is_read(
    before: tuple[str, ...], after: tuple[str, ...], choices: tuple[int, ...]
) -> None:
    old, new = (contract(dataclasses.replace(WAVE, dtypes=types, one_of=choices)) for types in (before, after))
    assert effects(old, new) == {"fields.wave.dtypes": BOTH}
    assert effects(new, old) == {"fields.wave.dtypes": BOTH}


@pytest.mark.parametrize(
    ("before", "after", "there", "back"),
    [
        ({}, {"minimum": 1}, WRITERS, READERS),
        ({}, {"maximum": 5}, WRITERS, READERS),
        ({"maximum": 5}, {"minimum": 1, "maximum": 5}, WRITERS, READERS),
        ({"maximum": 5}, {"minimum": 1, "maximum": 9}, BOTH, BOTH),
        ({}, {"one_of": (64, 128)}, WRITERS, READERS),
        ({"one_of": (64, 128)}, {"one_of": (64,)}, WRITERS, READERS),
        ({"one_of": (64, 128)}, {"one_of": (64, 256)}, BOTH, BOTH),
        ({"one_of": (64, 128)}, {"one_of": (64, 128), "minimum": 2}, FINE, FINE),
        ({"minimum": 2, "maximum": 3}, {"one_of": (3, 2)}, FINE, FINE),
        ({"minimum": 2, "maximum": 4}, {"one_of": (3, 2)}, WRITERS, READERS),
        ({"minimum": 2, "maximum": 10**12}, {"one_of": (3, 2)}, WRITERS, READERS),
    ],
)
def test_sizes_of_a_symbol(before: dict[str, Any], after: dict[str, Any], there: Effect, back: Effect) -> None:
    old, new = (contract(dims={"N": Dim("N", "", **keys)}) for keys in (before, after))
    assert effects(old, new) == {"dims.N": there}
    assert effects(new, old) == {"dims.N": back}


@pytest.mark.parametrize(
    ("before", "after", "there", "back"),
    [
        (None, "root**2", WRITERS, READERS),
        ("root**2", "root*2", BOTH, BOTH),
        ("root**2", "root ** 2", None, None),
    ],
)
def test_where_a_size_comes_from(
    before: str | None, after: str | None, there: Effect | None, back: Effect | None
) -> None:
    old, new = (contract(dims={"N": Dim("N", "", equals=text)}) for text in (before, after))
    assert effects(old, new) == ({} if there is None else {"dims.N.equals": there})
    assert effects(new, old) == ({} if back is None else {"dims.N.equals": back})


def test_a_name_that_becomes_a_symbol_changes_the_sizes_it_stands_in() -> None:
    old = contract(dims={"N": Dim("N", "", equals="root")})
    new = contract(dims={"N": Dim("N", "", equals="root"), "root": Dim("root", "")})
    assert effects(old, new) == {"dims.N.equals": BOTH, "dims.root": FINE}
    whole, other = (
        contract(dataclasses.replace(ROOT, dtypes=types), dims=old.dims) for types in (("int64",), ("float64",))
    )
    assert effects(whole, other) == {"dims.N.equals": BOTH, "fields.root.dtypes": BOTH}


def relation(rule: str = "equal", when: dict[str, tuple[str, ...]] | None = None, **arguments: Any) -> Relation:
    return Relation(rule, "", arguments or {"fields": ["wave", "item"], "rtol": 0.1}, when or {})


@pytest.mark.parametrize(
    ("before", "after", "place", "there", "back"),
    [
        ([], [relation()], "relations", WRITERS, READERS),
        ([relation()], [relation(fields=["wave", "item"], rtol=0.2)], "relations.equal.rtol", READERS, WRITERS),
        ([relation()], [relation(fields=["wave", "root"], rtol=0.1)], "relations.equal", BOTH, BOTH),
        ([relation()], [relation(fields=["wave", "item"])], "relations.equal.rtol", BOTH, BOTH),
        ([relation()], [relation(when={"kind": ("x",)})], "relations.equal.when", READERS, WRITERS),
        ([relation(when={"kind": ("x",)})], [relation(when={"kind": ("y",)})], "relations.equal.when", BOTH, BOTH),
        ([relation()], [relation(), relation(fields=["item", "root"], rtol=0.3)], "relations", WRITERS, READERS),
        (
            [relation("together", fields=["wave", "item"])],
            [relation("together", fields=["item", "wave"])],
            "",
            FINE,
            FINE,
        ),
        (
            [relation("ordered", fields=["wave", "item"])],
            [relation("ordered", fields=["item", "wave"])],
            "relations.ordered",
            BOTH,
            BOTH,
        ),
    ],
)
def test_relations(before: list[Relation], after: list[Relation], place: str, there: Effect, back: Effect) -> None:
    old, new = (contract(relations=tuple(one)) for one in (before, after))
    assert effects(old, new) == ({place: there} if place else {})
    assert effects(new, old) == ({place: back} if place else {})
    assert effects(old, contract(relations=tuple(reversed(before)))) == {}


def test_another_rule_is_one_relation_less_and_one_more() -> None:
    old, new = contract(relations=(relation(),)), contract(relations=(relation("refers", field="wave", to="item"),))
    assert [(change.what, change.effect) for change in differences(old, new)] == [
        ("equal(fields = ['wave', 'item'], rtol = 0.1) always dropped", READERS),
        ("refers(field = 'wave', to = 'item') always added", WRITERS),
    ]


@pytest.mark.parametrize(
    ("closed", "keys", "added", "dropped"),
    [
        (False, NEVER, FINE, FINE),
        (False, ALWAYS, WRITERS, READERS),
        (False, WRITTEN, WRITERS, FINE),
        (False, WHEN_X, WRITERS, READERS),
        (True, NEVER, READERS, WRITERS),
        (True, ALWAYS, BOTH, BOTH),
    ],
)
def test_a_field_added_and_dropped(closed: bool, keys: dict[str, Any], added: Effect, dropped: Effect) -> None:
    old = contract(WAVE, KIND, closed=closed)
    new = contract(WAVE, KIND, dataclasses.replace(ITEM, **keys), closed=closed)
    assert effects(old, new) == {"fields.item": added}
    assert effects(new, old) == {"fields.item": dropped}


@pytest.mark.parametrize(
    ("there", "added", "shares"),
    [
        ("tensors.a.dtype", "tensors.*.dtype", True),
        ("tensors.*.dtype", "tensors.a.dtype", True),
        ("tensors.*.dtype", "tensors.*@key", True),
        ("tensors.*.dtype", "tensors.*.shape", False),
        ("meta", "meta.x", True),
        ("rows", "rows[].x", True),
        ("meta", "metal", False),
    ],
)
def test_a_field_whose_place_another_may_have_already(there: str, added: str, shares: bool) -> None:
    held = Field(there, "", "1", ("json",) if there in ("meta", "rows") else ("str",), ("",))
    old, new = contract(held), contract(held, dataclasses.replace(ITEM, name=added, required=False))
    assert effects(old, new) == {f"fields.{added}": WRITERS if shares else FINE}
    assert effects(new, old) == {f"fields.{added}": READERS if shares else FINE}


def test_an_attribute_beside_its_dataset_shares_no_place_with_it() -> None:
    probe, width = (dataclasses.replace(ITEM, name=name, required=False) for name in ("probe", "probe@width"))
    assert effects(contract(probe), contract(probe, width)) == {"fields.probe@width": FINE}


def renamed(field: Field, name: str, *aliases: str) -> Field:
    return dataclasses.replace(field, name=name, aliases=aliases)


def test_renaming() -> None:
    item, with_alias = contract(ITEM), contract(renamed(ITEM, "item", "thing"))
    thing, still_known = contract(renamed(ITEM, "thing")), contract(renamed(ITEM, "thing", "item"))
    assert effects(item, still_known) == {"fields.thing": READERS}
    assert effects(with_alias, still_known) == {"fields.thing": FINE}
    assert effects(with_alias, thing) == {"fields.thing": WRITERS}
    assert effects(item, thing) == {"fields.item": READERS, "fields.thing": WRITERS}
    wider = contract(dataclasses.replace(renamed(ITEM, "thing", "item"), units="cm"))
    assert effects(item, wider) == {"fields.thing": READERS, "fields.thing.units": BOTH}


def test_renaming_is_followed_where_the_name_is_used() -> None:
    def using(name: str, *aliases: str) -> Contract:
        kind = renamed(KIND, name, *aliases)
        wave = dataclasses.replace(WAVE, required=False, required_when={name: ("x",)})
        root = renamed(ROOT, f"{name}_root", *(f"{alias}_root" for alias in aliases))
        equal = relation(fields=["wave", root.name], rtol=0.1, when={name: ("x",)})
        refers = relation("refers", field=name, to=name)
        dims = {"N": Dim("N", "", equals=f"{root.name}**2")}
        return contract(wave, kind, root, dims=dims, relations=(equal, refers))

    assert effects(using("kind"), using("sort", "kind")) == {"fields.sort": READERS, "fields.sort_root": READERS}


@pytest.mark.parametrize(
    ("before", "after", "owner"),
    [
        ([renamed(ITEM, "item", "z"), WAVE], [renamed(ITEM, "item"), renamed(WAVE, "wave", "z")], "wave"),
        ([renamed(ITEM, "item", "z")], [ITEM, renamed(ITEM, "z")], "z"),
        ([ITEM, WAVE], [renamed(ITEM, "item", "wave")], "item"),
        ([renamed(ITEM, "item", "z")], [renamed(ITEM, "thing", "z")], "thing"),
    ],
)
def test_a_name_that_is_taken_over_breaks_both(before: list[Field], after: list[Field], owner: str) -> None:
    found = differences(contract(*before), contract(*after))
    assert [(one.place, one.effect) for one in found if "was one of" in one.what] == [(f"fields.{owner}", BOTH)]


PLAIN, HELD = Part("a.json", ""), Part("a.json", "", "stats")


@pytest.mark.parametrize(
    ("closed", "before", "after", "place", "there", "back"),
    [
        (False, [], [PLAIN], "", WRITERS, READERS),
        (True, [], [PLAIN], "", BOTH, BOTH),
        (False, [], [Part("a.json", "", required=False)], "", FINE, FINE),
        (True, [], [Part("a.json", "", required=False)], "", READERS, WRITERS),
        (False, [PLAIN], [Part("a.json", "", required=False)], ".required", READERS, WRITERS),
        (False, [PLAIN], [HELD], ".contract", WRITERS, READERS),
        (False, [Part("a.json", "", "other")], [HELD], ".contract", BOTH, BOTH),
        (False, [Part("*.json", "")], [Part("*.json", ""), Part("a.json", "", required=False)], "", BOTH, BOTH),
        (False, [Part("b.json", "")], [Part("b.json", ""), Part("a.json", "", required=False)], "", FINE, FINE),
        (
            False,
            [Part("b*.json", "")],
            [Part("b*.json", ""), Part("*x.json", "", required=False)],
            "",
            BOTH,
            BOTH,
        ),
        (False, [Part("b?.json", "")], [Part("b?.json", ""), Part("[ab]1.*", "", required=False)], "", BOTH, BOTH),
        (False, [Part("b*.json", "")], [Part("b*.json", ""), Part("a*", "", required=False)], "", FINE, FINE),
    ],
)
def test_files_of_a_folder(
    closed: bool, before: list[Part], after: list[Part], place: str, there: Effect, back: Effect
) -> None:
    old, new = (
        dataclasses.replace(contract(), container="folder", closed=closed, files={one.name: one for one in parts})
        for parts in (before, after)
    )
    name = next(one.name for one in after if one not in before)
    assert effects(old, new) == {f"files.{name}{place}": there}
    assert effects(new, old) == {f"files.{name}{place}": back}


@pytest.mark.parametrize(
    ("before", "after", "moved"),
    [
        ("a b", "b a", True),
        ("a b", "a b c", False),
        ("a b", "a c b", True),
        ("a b c", "a c", True),
        ("t.x t.y b", "t.y t.x b", False),
        ("t.x b t.y", "t.x t.y b", False),
    ],
)
def test_items_of_a_sequence_that_stands_for_a_mapping(before: str, after: str, moved: bool) -> None:
    old, new = (contract(*(renamed(KIND, name) for name in names.split())) for names in (before, after))
    assert "fields" not in effects(old, new)
    old, new = (dataclasses.replace(one, container="mapping") for one in (old, new))
    assert effects(old, new).get("fields") == (BOTH if moved else None)
    assert effects(new, old).get("fields") == (BOTH if moved else None)


def test_an_item_that_is_renamed_stays_in_its_place() -> None:
    old = dataclasses.replace(contract(ITEM, KIND), container="mapping")
    new = dataclasses.replace(contract(renamed(ITEM, "thing", "item"), KIND), container="mapping")
    assert effects(old, new) == {"fields.thing": READERS}


def test_the_heading() -> None:
    old = contract()
    assert effects(old, dataclasses.replace(old, name="other")) == {"name": BOTH}
    assert effects(old, dataclasses.replace(old, version=2)) == {"version": FINE}
    assert effects(old, dataclasses.replace(old, container="hdf5")) == {"container": BOTH}
    assert effects(old, dataclasses.replace(old, closed=True)) == {"closed": WRITERS}
    assert effects(dataclasses.replace(old, closed=True), old) == {"closed": READERS}
    prose = dataclasses.replace(
        old,
        doc="other",
        writer="me",
        reader="you",
        fields={
            name: dataclasses.replace(one, doc="other", examples=("x",)) for name, one in reversed(old.fields.items())
        },
    )
    assert effects(old, prose) == {}


#: For every attribute of the model, another value than that of the examples here.
OTHER: dict[type, dict[str, Any]] = {
    Contract: {
        "name": "other",
        "version": 2,
        "container": "hdf5",
        "closed": True,
        "dims": {},
        "fields": {},
        "relations": (relation(),),
        "files": {"a": Part("a", "")},
    },
    Dim: {"name": "K", "minimum": 1, "maximum": 5, "one_of": (1, 2), "equals": "root"},
    Field: {
        "name": "other",
        "units": "cm",
        "dtypes": ("float64",),
        "shapes": ("M",),
        "required": False,
        "required_when": {"kind": ("x",)},
        "written": True,
        "nullable": True,
        "rules": ("finite",),
        "minimum": 0.0,
        "maximum": 1.0,
        "one_of": ("a",),
        "pattern": "a",
        "default": 1.0,
        "aliases": ("old",),
    },
    Relation: {
        "rule": "ordered",
        "arguments": {"fields": ["item", "wave"], "rtol": 0.1},
        "when": {"kind": ("x",)},
    },
    Part: {"name": "other", "contract": "stats", "required": False},
}


def with_one(thing: Any) -> Contract:
    """A contract that holds one example of a class of the model."""
    if isinstance(thing, Contract):
        return thing
    if isinstance(thing, Relation):
        return contract(relations=(thing,))
    key = {Dim: "dims", Field: "fields", Part: "files"}[type(thing)]
    return dataclasses.replace(contract(), **{key: {thing.name: thing}})


@pytest.mark.parametrize(
    "example", [contract(), Dim("N", ""), WAVE, relation(), PLAIN], ids=lambda one: type(one).__name__
)
def test_no_attribute_of_the_model_changes_unseen(example: Any) -> None:
    names = {one.name for one in dataclasses.fields(example)} - PROSE
    assert names == set(OTHER[type(example)])
    for name in names:
        changed = dataclasses.replace(example, **{name: OTHER[type(example)][name]})
        assert differences(with_one(example), with_one(changed)), name
        assert differences(with_one(changed), with_one(example)), name


def test_a_change_is_one_line_with_its_reason() -> None:
    new = contract(dataclasses.replace(WAVE, units="cm", dtypes=("float64",)), KIND, ROOT, ITEM)
    assert [str(change) for change in differences(contract(), new)] == [
        "wave fields.wave.units: 'm' became 'cm': breaks both, the same numbers mean something else",
        "wave fields.wave.dtypes: 'float32' dropped: breaks writers, what an old writer writes may no longer be valid",
    ]
    assert differences(contract(), new)[0].to_json() == {
        "contract": "wave",
        "place": "fields.wave.units",
        "what": "'m' became 'cm'",
        "effect": "breaks both",
        "reason": "the same numbers mean something else",
    }


def test_contracts_come_and_go() -> None:
    one, other = contract(), dataclasses.replace(contract(), name="other")
    assert [str(change) for change in all_differences({"wave": one}, {"other": other})] == [
        "other: contract added: compatible, no file was held against it before",
        "wave: contract removed: breaks both, nobody knows any more what such a file holds",
    ]
    stepped = dataclasses.replace(one, version=2)
    assert [change.place for change in all_differences({"wave": one}, {"wave": stepped})] == ["version"]


def refusals(old: Contract, new: Contract | None) -> list[str]:
    sides = {old.name: old}, ({} if new is None else {new.name: new})
    return [str(one) for one in unstepped(*sides, all_differences(*sides))]


def test_a_breaking_change_asks_for_a_greater_version() -> None:
    old = contract()
    breaking = dataclasses.replace(old, container="hdf5", closed=True)
    harmless = dataclasses.replace(old, fields={**old.fields, "more": renamed(KIND, "more")})
    assert refusals(old, breaking) == [
        "wave: still version 1, wanted at least 2, since container breaks both; closed breaks writers"
    ]
    assert refusals(old, dataclasses.replace(breaking, version=2)) == []
    assert refusals(old, harmless) == []
    assert refusals(old, dataclasses.replace(old, version=7)) == []
    assert refusals(dataclasses.replace(old, version=2), old) == ["wave: version 2 went down to 1"]
    assert refusals(dataclasses.replace(old, version=2), breaking) == ["wave: version 2 went down to 1"]
    assert refusals(old, None) == ["wave: version 1 was removed, and what is gone has no greater version"]
    assert unstepped({}, {"wave": old}, all_differences({}, {"wave": old})) == []


def test_what_breaks_anyone_is_breaking() -> None:
    breaking = {effect: Change("wave", "", "", effect, "").breaking for effect in Effect}
    assert breaking == {FINE: False, READERS: True, WRITERS: True, BOTH: True}
