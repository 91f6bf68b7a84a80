"""A pack's contracts, in the folder of its resources, are listed, shown, sampled and held to as those that ship are."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from parity_suite.backends.registry import parse_spec
from parity_suite.cli.main import main
from parity_suite.contracts import contract_names, finders, load_contract
from parity_suite.contracts.load import parse_contract
from parity_suite.contracts.resources import OWN, resource_folder
from parity_suite.contracts.violation import ContractError
from parity_suite.core.case import Case
from parity_suite.core.packs import contract_relations, name_pack
from parity_suite.snapshots.baselines import Baselines

PACK: Final = """
from parity_suite import Field, Pack, Stage

_X = Field("x", "real", ("T",))
PACK = Pack("tides", (Stage("ebb", (_X,), (_X,), ""),), "tides", resources="tides")
"""
CONTRACT: Final = """
name = "gauge"
version = 1
container = "npz"
doc = "Levels of the sea."

[dims.T]
doc = "times"
min = 1

[fields.levels]
doc = "above the mark"
units = "m"
dtypes = ["float64"]
shapes = ["T"]
"""


RELATIONS: Final = """
import numpy as np
from parity_suite import RelationRule
from parity_suite.contracts.violation import Violation

def _falls(relation, contents):
    levels = contents.numbers(relation.text("levels"))
    if levels is not None and (np.diff(levels) > 0).any():
        yield Violation(relation.text("levels"), "falls", "a rise", "levels that fall")

def _sorted(relation, drawn, rng):
    drawn[relation.text("levels")].sort()
    drawn[relation.text("levels")][:] = drawn[relation.text("levels")][::-1]

_FIELD = {"type": "string"}
RELATIONS = {"falls": RelationRule(_falls, ("levels",), _sorted, arguments={"levels": _FIELD})}
"""
FALLS: Final = """
[[relations]]
rule = "falls"
doc = "the tide goes out"
levels = "levels"
"""


@pytest.fixture
def tides(unnamed: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    place = unnamed(
        **{
            "tides/__init__.py": PACK,
            "tides/contracts/gauge.toml": CONTRACT,
            # Another one of a name that ships: what the suite itself writes is held to its own.
            "tides/contracts/record.toml": CONTRACT.replace('"gauge"', '"record"'),
        }
    )
    monkeypatch.chdir(place)
    name_pack("tides:PACK")
    return place


def test_a_file_is_held_to_the_contract_of_a_pack(tides: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["contracts", "list"]) == 0
    assert "Levels of the sea." in capsys.readouterr().out
    assert main(["contracts", "sample", "gauge", "low.npz"]) == 0
    assert main(["check", "low.npz"]) == 0
    assert capsys.readouterr().out.endswith("low.npz: keeps gauge 1\n")
    assert main(["check", "low.npz", "--contract", "raw"]) == 1


def test_a_pack_brings_relations_of_its_own(
    unnamed: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {
        "__init__": PACK.replace("resources=", 'relations="tides.relations:RELATIONS", resources='),
        "relations": RELATIONS,
    }
    place = unnamed(
        **{f"tides/{name}.py": text for name, text in files.items()}, **{"tides/contracts/gauge.toml": CONTRACT + FALLS}
    )
    monkeypatch.chdir(place)
    name_pack("tides:PACK")
    assert main(["contracts", "sample", "gauge", "low.npz"]) == 0
    assert main(["check", "low.npz"]) == 0
    np.savez("high.npz", levels=[1.0, 2.0])
    assert main(["check", "high.npz"]) == 1
    assert " levels  falls         a rise  levels that fall" in capsys.readouterr().out
    for wrong, said in (
        ("levels", "relations[0].levels: required"),
        ("rule", "relations[0].rule: one_of: found 'fells'"),
    ):
        text = FALLS.replace('levels = "levels"\n', "") if wrong == "levels" else FALLS.replace("falls", "fells")
        with pytest.raises(ContractError) as caught:
            parse_contract((CONTRACT + text).encode(), "gauge.toml")
        assert said in str(caught.value)
    assert main(["contracts", "schema"]) == 0
    assert json.loads(capsys.readouterr().out)["$defs"]["falls"]["required"] == ["rule", "doc", "levels"]


def test_a_relation_that_there_is_already_is_refused(unnamed: Callable[..., Path]) -> None:
    unnamed(
        **{
            "tides/__init__.py": PACK.replace("resources=", 'relations="tides.relations:RELATIONS", resources='),
            "tides/relations.py": RELATIONS.replace('{"falls"', '{"equal"'),
        }
    )
    name_pack("tides:PACK")
    with pytest.raises(ValueError, match="pack tides: there is another relation 'equal'"):
        contract_relations()


def test_a_contract_that_ships_is_not_replaced(tides: Path) -> None:
    assert load_contract("record").container == "json"
    assert "gauge" in contract_names()


def test_a_backend_that_comes_with_a_pack_has_the_baselines_that_do(tides: Path) -> None:
    stored = tides / "tides" / "snapshots" / "baselines"
    stored.mkdir(parents=True)
    (stored / "ebb.low.right.json").write_text("stored")
    known, case = Baselines(tides / "own"), Case("low")
    assert known.stored(parse_spec("right=tides.backends:Right"), "ebb", case) == "stored"
    assert known.stored(parse_spec("right=tides_of_another:Right"), "ebb", case) == ""
    (tides / "own" / "baselines").mkdir(parents=True)
    (tides / "own" / "baselines" / "ebb.low.right.json").write_text("the user's own")
    assert known.stored(parse_spec("right=tides.backends:Right"), "ebb", case) == "the user's own"


def test_without_the_pack_there_is_no_such_contract() -> None:
    assert "gauge" not in contract_names()
    with pytest.raises(FileNotFoundError, match="no contract 'gauge'"):
        load_contract("gauge")


def test_the_suite_has_its_own_contracts_and_the_others_are_those_of_packs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the folder that ships the pack of ptychography hands in what is not the suite's own."""
    every = {path.stem for path in resource_folder("contracts").glob("*.toml")} - {"guards"}
    assert every == set(contract_names()) > set(OWN)
    monkeypatch.setattr(finders, "_FOLDERS", [])
    assert contract_names() == OWN
    assert not any("ptychography" in load_contract(name).writer + load_contract(name).reader for name in OWN)
    with pytest.raises(FileNotFoundError, match="no contract 'raw'; there is anchor, differences, ledger, record, rep"):
        load_contract("raw")


def test_a_contract_of_a_pack_is_found_by_who_imports_contracts_alone() -> None:
    code = "from parity_suite.contracts import load_contract; print(load_contract('raw').name)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "raw\n"
