"""What the folder of a failure names is imported only where it cannot have come with the folder."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from parity_suite.ptychography.sizes import PROBING
from parity_suite.replay.folder import UnfitFolder
from parity_suite.replay.trust import refuse_code_around

MODULE = "class Mine: pass\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose root Python searches, with the folder of a failure ``failures/one``."""
    root = tmp_path / "project"
    (root / "failures" / "one").mkdir(parents=True)
    monkeypatch.syspath_prepend(str(root))
    return root


@pytest.mark.parametrize(
    ("module", "file", "link"),
    [
        ("in_it", "failures/one/in_it.py", "in_it.py"),
        ("package.in_it", "failures/one/in_it.py", "package/in_it.py"),
        ("package.in_it", "failures/one/package/in_it.py", "package"),
        ("beside", "failures/beside.py", "beside.py"),
        ("package.beside", "failures/package/beside.py", "package"),
        ("failures.one.in_it", "failures/one/in_it.py", None),
        ("failures.beside", "failures/beside.py", None),
    ],
)
def test_a_module_in_the_folder_or_beside_it_is_refused_by_whatever_way(
    project: Path, module: str, file: str, link: str | None
) -> None:
    path = project / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("raise SystemExit('imported')\n", "utf-8")
    if link:
        place = project / link
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(path if link.endswith(".py") else path.parent)
    with pytest.raises(UnfitFolder, match="lies in it or beside it"):
        refuse_code_around(project / "failures" / "one", [module])


def test_a_module_of_the_project_and_an_installed_one_are_not(project: Path, tmp_path: Path) -> None:
    (project / "mine.py").write_text("raise SystemExit('imported')\n", "utf-8")
    modules = ["mine", "parity_suite.ptychography.torch", "json", "no.such.module"]
    refuse_code_around(project / "failures" / "one", modules)
    (tmp_path / "link").symlink_to(project / "failures" / "one")
    refuse_code_around(tmp_path / "link", modules)


def test_a_folder_that_python_searches_is_refused(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(project / "failures" / "one"))
    with pytest.raises(UnfitFolder, match="Python looks for modules in it"):
        refuse_code_around(project / "failures" / "one", [])


@pytest.mark.parametrize("named", ["backend", "pack"])
def test_the_command_runs_no_payload_unless_it_is_trusted(tmp_path: Path, failure_of: Any, named: str) -> None:
    """A link beside a folder that was sent, to a module in it, whose name stands in the folder."""
    folder = failure_of(tmp_path, **{named: "lnk_payload"})
    (folder / "payload.py").write_text("print('RAN')\n" + MODULE, "utf-8")
    (tmp_path / "lnk_payload.py").symlink_to(folder / "payload.py")
    command = [sys.executable, "-m", "parity_suite.cli.main", "replay", folder.name]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "RAN" not in done.stdout
    done = subprocess.run([*command, "--trust"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "RAN" in done.stdout


@pytest.fixture
def failure_of(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Writes a folder ``sent`` that names a member ``Mine`` of a module as its backend, or as a pack."""
    from parity_suite.contracts.load import load_contract
    from parity_suite.contracts.sample import sample
    from parity_suite.contracts.sample_file import as_document
    from parity_suite.replay.folder import write_folder

    def write(place: Path, backend: str = "mine", pack: str = "") -> Path:
        facts: dict[str, Any] = as_document(sample(load_contract("replay"), 1, optional=0))
        for name in ("format", "digests"):
            facts.pop(name, None)
        case = asdict(next(one for one in PROBING if one.name == "n16.g2.b5"))
        facts |= {"stage": "illuminate", "law": "oracle", "case": case, "calls": [], "baseline": {}, "thresholds": {}}
        facts |= {"backends": [f"mine={backend}:Mine"], "device": "cpu", "precision": "float32"}
        facts["environment"] = {"packs": [f"{pack}:Mine"] if pack else []}
        write_folder(place / "sent", facts, {}, "")
        return place / "sent"

    return write
