"""The page for contributors names what is there, and all of it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from parity_suite.laws.registry import all_laws
from parity_suite.ptychography.pipeline import STAGES

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "contributing.md").read_text("utf-8")


def named(text: str) -> set[str]:
    return set(re.findall(r"`(parity_suite/[\w/.]+)`", text))


def section(title: str) -> str:
    return PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]


def test_every_path_is_there() -> None:
    assert len(named(PAGE)) > 20
    assert [path for path in sorted(named(PAGE)) if not (ROOT / path).exists()] == []


def test_every_room_has_a_line() -> None:
    rooms = {path.name for path in (ROOT / "parity_suite").iterdir() if (path / "__init__.py").is_file()}
    assert rooms == {path.split("/")[1] for path in named(PAGE.partition("\n## ")[0])}


def test_a_stage_is_written_where_the_page_says_and_nowhere_else_in_the_pack() -> None:
    """Every module of the pack that tells of each of three stages by its name is named, or lies in a folder that is."""
    wanted = {"illuminate", "stats", "probe"}
    assert wanted < {stage.name for stage in STAGES}
    found = set()
    for path in (ROOT / "parity_suite" / "ptychography").rglob("*.py"):
        text = path.read_text("utf-8")
        if all(re.search(rf'"{name}"|def {name}\(|class {name.title()}\b', text) for name in wanted):
            found.add(path.relative_to(ROOT).as_posix())
    listed = named(section("A stage of ptychography"))
    assert {path for path in found if not any(path.startswith(one) for one in listed)} == set()
    assert len(found) >= 4


def lists_of_laws(package: Path) -> Iterator[str]:
    """The files, but for those of packs, that hold a list of two laws' names or more and nothing else."""
    laws = {"pair", *(law.name for law in all_laws())}
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            every = node.elts if isinstance(node, ast.Set | ast.Tuple | ast.List) else ()
            names = {getattr(one, "value", None) for one in every}
            if len(names) > 1 and names <= laws and "ptychography" not in path.parts:
                yield path.relative_to(package).as_posix()


def test_no_list_of_laws_is_kept() -> None:
    assert list(lists_of_laws(ROOT / "parity_suite")) == []


@pytest.mark.parametrize("text", ["_RELATIVE = {'pair', 'mode'}", "def of(law):\n    return law in ('form', 'many')"])
def test_a_list_of_laws_is_found(tmp_path: Path, text: str) -> None:
    (tmp_path / "allowance.py").write_text(text)
    assert list(lists_of_laws(tmp_path)) == ["allowance.py"]
