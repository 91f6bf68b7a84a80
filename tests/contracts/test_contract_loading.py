"""A contract file is read strictly: what the language does not know is refused by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from parity_suite.contracts import ContractError, load_contract, validate
from parity_suite.contracts.resources import resource_folder

GOOD = """
name = "profile"
version = 3
container = "npz"
doc = "counts against time"

[dims.T]
doc = "samples"
min = 2

[fields.kind]
doc = "what is counted"
units = "1"
dtypes = ["str"]
shapes = [""]
one_of = ["x", "y"]
default = "x"
required = false

[fields.rate]
doc = "rate"
units = "1/s"
dtypes = ["float64"]
shapes = ["T", "T T"]
rules = ["finite"]
min = -1
required_when = { kind = "x" }
required = false

[[relations]]
rule = "normalised_power"
doc = "power is one"
amplitude = "rate"
rtol = 0.5
when = { kind = "y" }
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "profile.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_contract_is_read_whole(tmp_path: Path) -> None:
    contract = load_contract(written(tmp_path, GOOD))
    assert (contract.name, contract.version, contract.container) == ("profile", 3, "npz")
    assert list(contract.fields) == ["kind", "rate"]
    rate = contract.fields["rate"]
    assert (rate.units, rate.dtypes, rate.minimum, rate.maximum) == ("1/s", ("float64",), -1, None)
    assert rate.layout() == "(T,) or (T, T)"
    assert (rate.required, rate.required_when) == (False, {"kind": ("x",)})
    assert contract.dims["T"].minimum == 2
    assert contract.relations[0].arguments == {"amplitude": "rate", "rtol": 0.5}
    assert contract.relations[0].when == {"kind": ("y",)}


def test_a_default_decides_what_is_required(tmp_path: Path) -> None:
    contract = load_contract(written(tmp_path, GOOD))
    assert [str(violation) for violation in validate({}, contract)] == [
        "rate: required: found no keys at all, wanted float64 of shape (T,) or (T, T) when kind is 'x'"
    ]
    assert validate({"kind": "y"}, contract) == []
    assert validate({"rate": np.array([0.0, -1.0])}, contract) == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            'doc = "samples"',
            'doc = "samples"\nmaximum = 3',
            "dims.T.maximum: unknown_key: found the key 'maximum'",
        ),
        ('dtypes = ["float64"]', 'dtype = ["float64"]', "fields.rate.dtype: unknown_key"),
        ('dtypes = ["float64"]', 'dtypes = ["float"]', "fields.rate.dtypes: one_of: found 'float'"),
        ('rules = ["finite"]', 'rules = ["fine"]', "fields.rate.rules: one_of: found 'fine'"),
        ("version = 3", "version = true", "version: type: found True, wanted a value of type integer"),
        ("version = 3", "", "version: required: found no such key"),
        ("version = 3", 'version = 3\nauthor = "me"', "author: unknown_key: found the key 'author'"),
        (
            'container = "npz"',
            'container = "zarr"',
            "container: one_of: found 'zarr', wanted npz or hdf5 or",
        ),
        ('units = "1/s"', "", "fields.rate.units: required"),
        ('"T T"', '"T U"', "fields.rate.shapes: undefined: found U"),
        ('"T T"', "2", "fields.rate.shapes: type: found 2"),
        ('"T T"', '"T ; T"', "fields.rate.shapes: pattern: found ';' in ';'"),
        ('shapes = [""]', "shapes = []", "fields.kind.shapes: required: found nothing, wanted at least one"),
        ("min = -1", 'min = "low"', "fields.rate.min: type: found 'low', wanted a value of type number"),
        (
            "required_when = { kind",
            "required_when = { sort",
            "fields.rate.required_when: undefined: found 'sort'",
        ),
        ('when = { kind = "y" }', "when = { kind = 2 }", "relations[0].when.kind: type: found 2"),
        ("normalised_power", "unit_power", "relations[0].rule: one_of: found 'unit_power'"),
        ('amplitude = "rate"', 'amplitude = "rats"', "relations[0]: undefined: found 'rats'"),
        ("rtol = 0.5", "", "relations[0].rtol: required"),
        ("rtol = 0.5", "rtol = 0.5\natol = 1.0", "relations[0].atol: unknown_key"),
        ("[dims.T]", "[dims.T", "file: toml: found"),
    ],
)
def test_what_the_language_does_not_know_is_refused_by_name(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert load_contract(written(tmp_path, GOOD)).name == "profile"
    assert old in GOOD
    path = written(tmp_path, GOOD.replace(old, new))
    with pytest.raises(ContractError) as refusal:
        load_contract(path)
    assert str(path) in str(refusal.value)
    assert any(line.strip().startswith(says) for line in str(refusal.value).splitlines()), str(refusal.value)


def test_everything_wrong_in_a_contract_is_said_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("version = 3", "").replace("min = 2", "least = 2").replace("rtol = 0.5", 'rtol = "a"')
    with pytest.raises(ContractError) as refusal:
        load_contract(written(tmp_path, text))
    assert [(violation.field, violation.rule) for violation in refusal.value.violations] == [
        ("version", "required"),
        ("dims.T.least", "unknown_key"),
        ("relations[0].rtol", "type"),
    ]


def test_a_name_is_looked_up_in_the_contracts_folder() -> None:
    assert load_contract("raw") == load_contract(resource_folder("contracts") / "raw.toml")
    with pytest.raises(FileNotFoundError, match=r"no contract 'row'; there is .*raw"):
        load_contract("row")


def test_the_raw_contract_documents_every_field_and_symbol() -> None:
    contract = load_contract("raw")
    assert contract.name == "raw"
    required = [name for name, field in contract.fields.items() if field.required]
    assert required == ["xcoords", "ycoords", "probeGuess"]
    assert all(field.doc and field.units for field in contract.fields.values())
    assert all(dim.doc for dim in contract.dims.values())
    assert (contract.dims["N"].minimum, contract.dims["N"].one_of) == (8, ())
