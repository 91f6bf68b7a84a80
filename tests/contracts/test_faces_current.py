"""The snapshot of every contract's public face, and the gate that compares with it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from parity_suite.cli.main import main
from parity_suite.contracts import contract_names, load_contract
from parity_suite.contracts.face import face_bytes
from parity_suite.contracts.resources import resource_folder

FACES = resource_folder("snapshots") / "contracts"


def test_every_contract_has_its_face() -> None:
    """Otherwise: parity contracts faces snapshots/contracts."""
    assert sorted(path.stem for path in FACES.glob("*.json")) == list(contract_names())
    for name in contract_names():
        assert (FACES / f"{name}.json").read_bytes() == face_bytes(load_contract(name)), name


@pytest.fixture
def contracts(tmp_path: Path) -> Path:
    return Path(shutil.copytree(resource_folder("contracts"), tmp_path / "contracts"))


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def test_a_breaking_change_without_a_version_is_refused(contracts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sides = [str(FACES.resolve()), str(contracts)]
    assert main(["contracts", "diff", *sides]) == 0
    assert capsys.readouterr().out == "no change\n"
    edit(contracts / "raw.toml", 'units = "pixel"', 'units = "m"')
    assert main(["contracts", "diff", *sides]) == 1
    out = capsys.readouterr().out
    assert "fields.xcoords.units" in out
    assert "refused: raw: still version 3, wanted at least 4" in out
    assert main(["contracts", "diff", *sides, "--format", "github"]) == 1
    assert capsys.readouterr().out.startswith("::error title=contract changed without a version::raw: still version 3")
    edit(contracts / "raw.toml", "version = 3", "version = 4")
    assert main(["contracts", "diff", *sides]) == 0


def test_a_compatible_change_needs_no_version(contracts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (contracts / "raw.toml").open("a", encoding="utf-8") as stream:
        stream.write(
            '\n[fields.note]\ndoc = "of the user"\nunits = "1"\ndtypes = ["str"]\nshapes = [""]\nrequired = false\n'
        )
    assert main(["contracts", "diff", str(FACES.resolve()), str(contracts)]) == 0
    assert "compatible" in capsys.readouterr().out
