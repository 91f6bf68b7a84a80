"""The face of a contract holds what binds and nothing else, comes back as it went in, and has stable bytes."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from parity_suite.contracts.face import contract_of, face_bytes, face_of, parse_face
from parity_suite.contracts.model import Contract, Dim, Field, Part, Relation
from parity_suite.contracts.violation import ContractError
from parity_suite.snapshots.contract_files import write_faces

RATE = Field(
    "rate",
    "what is counted",
    "1/s",
    ("float64", "int64"),
    ("T", "T T"),
    required=False,
    required_when={"kind": ("x", "y")},
    written=True,
    nullable=True,
    rules=("finite",),
    minimum=0,
    maximum=1e6,
    default=0.5,
    aliases=("speed",),
)
KIND = Field("kind", "which", "1", ("str",), ("",), one_of=("x", "y"), pattern="[xy]", examples=("y",), default="x")
FULL = Contract(
    "profile",
    3,
    "hdf5",
    "counts against time, in Å",
    writer="the beamline",
    reader="the suite",
    closed=True,
    dims={"T": Dim("T", "samples", 2, 9, (2, 4), "n**2", 4), "n": Dim("n", "root")},
    fields={"rate": RATE, "kind": KIND},
    relations=(Relation("equal", "the same", {"fields": ["rate", "kind"], "rtol": 0.1}, {"kind": ("x",)}),),
    files={"stats.json": Part("stats.json", "numbers", "stats", False), "*.txt": Part("*.txt", "notes")},
)


def without_prose(contract: Contract) -> Contract:
    return dataclasses.replace(
        contract,
        doc="",
        writer="",
        reader="",
        dims={name: dataclasses.replace(one, doc="", example=None) for name, one in contract.dims.items()},
        fields={name: dataclasses.replace(one, doc="", examples=()) for name, one in contract.fields.items()},
        relations=tuple(dataclasses.replace(one, doc="") for one in contract.relations),
        files={name: dataclasses.replace(one, doc="") for name, one in contract.files.items()},
    )


def test_a_face_says_all_that_binds_in_the_keys_of_the_language() -> None:
    assert face_of(FULL) == {
        "name": "profile",
        "version": 3,
        "container": "hdf5",
        "closed": True,
        "dims": {"T": {"min": 2, "max": 9, "one_of": [2, 4], "equals": "n**2"}, "n": {}},
        "fields": {
            "rate": {
                "units": "1/s",
                "dtypes": ["float64", "int64"],
                "shapes": ["T", "T T"],
                "required": False,
                "required_when": {"kind": ["x", "y"]},
                "written": True,
                "nullable": True,
                "rules": ["finite"],
                "min": 0,
                "max": 1e6,
                "default": 0.5,
                "aliases": ["speed"],
            },
            "kind": {
                "units": "1",
                "dtypes": ["str"],
                "shapes": [""],
                "one_of": ["x", "y"],
                "pattern": "[xy]",
                "default": "x",
            },
        },
        "relations": [{"rule": "equal", "fields": ["rate", "kind"], "rtol": 0.1, "when": {"kind": ["x"]}}],
        "files": {"stats.json": {"contract": "stats", "required": False}, "*.txt": {}},
    }


def test_a_contract_comes_back_from_its_face_without_its_prose() -> None:
    assert contract_of(face_of(FULL)) == without_prose(FULL)
    assert parse_face(face_bytes(FULL), "here") == without_prose(FULL)


@pytest.mark.parametrize("kind", [Contract, Field, Dim, Relation, Part])
def test_the_example_has_every_attribute_away_from_its_default(kind: type) -> None:
    """Else an attribute that the face forgets would not be seen above."""
    things = [FULL, *FULL.fields.values(), *FULL.dims.values(), *FULL.relations, *FULL.files.values()]
    for one in dataclasses.fields(kind):
        default = one.default if one.default_factory is dataclasses.MISSING else one.default_factory()
        assert any(getattr(thing, one.name) != default for thing in things if isinstance(thing, kind)), one.name


def test_prose_and_the_order_of_fields_leave_the_bytes_as_they_are() -> None:
    other = dataclasses.replace(FULL, doc="other", reader="you", fields={"kind": KIND, "rate": RATE})
    assert face_bytes(other) == face_bytes(FULL)
    assert face_bytes(dataclasses.replace(FULL, version=4)) != face_bytes(FULL)
    text = face_bytes(dataclasses.replace(FULL, fields={"kind": dataclasses.replace(KIND, units="Å")})).decode("utf-8")
    assert '"units": "Å"' in text
    assert text.endswith("}\n")


def test_a_mapping_keeps_the_order_that_a_sequence_has() -> None:
    fields = {name: dataclasses.replace(KIND, name=name) for name in ("t.b", "probe", "t.a", "scale")}
    batch = Contract("batch", 1, "mapping", "", fields=fields)
    assert face_of(batch)["order"] == ["t", "probe", "scale"]
    assert list(parse_face(face_bytes(batch), "here").fields) == ["t.a", "t.b", "probe", "scale"]
    for wrong in (["t", "probe"], ["t", "probe", "scale", "x"], 3, []):
        with pytest.raises(ContractError, match=r"order: names: found .*, wanted the first parts of the fields' names"):
            contract_of(face_of(batch) | {"order": wrong})
    with pytest.raises(ContractError, match="order: names"):
        contract_of(face_of(FULL) | {"order": ["rate", "kind"]})


def test_faces_are_written_by_name_and_read(tmp_path: Path) -> None:
    other = dataclasses.replace(FULL, name="other", relations=(), fields={}, dims={})
    paths = write_faces(tmp_path / "contracts", [FULL, other])
    assert [path.name for path in paths] == ["profile.json", "other.json"]
    assert list(json.loads(paths[0].read_bytes())) == sorted(face_of(FULL))
    assert [parse_face(path.read_bytes(), "") for path in paths] == [without_prose(FULL), without_prose(other)]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[]", "here: found a list, wanted the face of a contract"),
        ("{", "here: no JSON that can be read"),
        ('{"name": "a", "name": "b"}', "here: no JSON that can be read: duplicate key 'name'"),
        ('{"version": NaN}', "here: no JSON that can be read: NaN is no JSON number"),
        ("[" * 100_000, "here: no JSON that can be read"),
    ],
)
def test_what_is_no_face_is_refused(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        parse_face(text.encode(), "here")


def test_a_face_is_held_to_the_language() -> None:
    face = face_of(FULL)
    face["fields"]["rate"] |= {"dtypes": ["float16"], "doc": "prose"}
    face |= {"roles": {"writer": "a", "reader": "b"}, "colour": "red"}
    with pytest.raises(ContractError) as caught:
        contract_of(face, "here")
    found = {(one.field, one.rule) for one in caught.value.violations}
    assert {
        ("roles", "unknown_key"),
        ("fields.rate.doc", "unknown_key"),
        ("colour", "unknown_key"),
        ("fields.rate.dtypes", "one_of"),
    } == found
    face = face_of(FULL)
    face["fields"]["rate"]["shapes"] = ["T U"]
    with pytest.raises(ContractError, match=r"fields\.rate\.shapes: undefined: found U"):
        contract_of(face)
    for broken in ({"fields": []}, {"relations": {}}, {"dims": {"T": 3}}, {"relations": [3]}):
        with pytest.raises(ContractError, match=f"{next(iter(broken))}.*type"):
            contract_of(face_of(FULL) | broken)
