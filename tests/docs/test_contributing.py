"""The page for contributors names what is there, and all of it."""

from __future__ import annotations

import re
from pathlib import Path

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
