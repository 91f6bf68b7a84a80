"""Every module lies in a room, a room imports those below it alone, and no module needs itself by whatever way."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import parity_suite

PACKAGE = Path(parity_suite.__file__).parent

#: From below; rooms of one floor do not know of each other.
FLOORS = (
    {"contracts"},
    {"core"},
    {"compare", "cli.ending"},
    {"backends"},
    {"snapshots"},
    {"ledger"},
    {"cases"},
    {"faults", "laws"},
    {"ptychography"},
    {"diagnosis"},
    {"engine"},
    {"replay"},
    {"report"},
    {"selftest"},
    {"plugin", "cli"},
)
#: Found by what it is registered as: a room that imported it would know its field.
PACK = "ptychography"
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}


def modules_in(package: Path) -> dict[str, Path]:
    """Every module by its full name."""
    found = {}
    for path in package.rglob("*.py"):
        parts = path.relative_to(package.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports_of(name: str, modules: Mapping[str, Path]) -> Iterator[str]:
    """The modules that one imports: at its top, within functions, and for types alone."""
    home = name if modules[name].name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(modules[name].read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules)
        elif isinstance(node, ast.ImportFrom):
            above = ".".join(home.split(".")[: len(home.split(".")) + 1 - node.level]) if node.level else ""
            base = ".".join(part for part in (above, node.module) if part)
            for alias in node.names:
                member = f"{base}.{alias.name}"
                yield from (found for found in (member if member in modules else base,) if found in modules)


def cycle_in(package: Path) -> list[str]:
    """The names of modules of which each imports the one before, the first of them at both ends; empty for none."""
    modules = modules_in(package)
    try:
        TopologicalSorter({name: set(imports_of(name, modules)) - {name} for name in modules}).prepare()
    except CycleError as error:
        cycle: list[str] = error.args[1]
        return cycle
    return []


def room_of(module: str) -> str:
    """The narrowest room that holds a module."""
    parts = module.split(".")[1:]
    within = ".".join(parts[:2])
    return within if within in FLOOR else parts[0]


def imports_from_above(package: Path) -> list[str]:
    """Those imports, as text, that lead from a room to one that is not below it, or to a pack; what the package itself
    offers is outside of all rooms.
    """
    modules = modules_in(package)
    modules.pop(package.name, None)
    pairs = {(name, used) for name in modules for used in imports_of(name, modules)}
    rooms = ((name, room_of(name), used, room_of(used)) for name, used in sorted(pairs))
    return [
        f"{name} -> {used}"
        for name, room, used, other in rooms
        if room != other and (other == PACK or FLOOR[other] >= FLOOR[room])
    ]


def test_the_top_of_the_package_is_rooms() -> None:
    names = {path.name for path in PACKAGE.iterdir()} - {"__init__.py", "py.typed", "__pycache__", "_data"}
    assert names == {room.partition(".")[0] for room in FLOOR}


def test_a_room_imports_what_is_below_it() -> None:
    assert imports_from_above(PACKAGE) == []


@pytest.mark.parametrize(
    ("module", "text", "told"),
    [
        ("compare/errors", "from house.core import words", []),
        ("compare/errors", "from house.compare import more", []),
        ("compare/errors", "from house.laws import words", ["house.compare.errors -> house.laws.words"]),
        ("core/late", "def late():\n    import house.compare.more", ["house.core.late -> house.compare.more"]),
        ("plugin/hooks", "from house.cli import words", ["house.plugin.hooks -> house.cli.words"]),
        ("ptychography/oracle", "from house.cases import words", []),
        ("ptychography/oracle", "from house.cli import words", ["house.ptychography.oracle -> house.cli.words"]),
        (
            "cli/late",
            "def late():\n    import house.ptychography.torch",
            ["house.cli.late -> house.ptychography.torch"],
        ),
        ("ptychography/torch", "from house.ptychography import oracle", []),
        ("laws/truth", "from house.ptychography import torch", ["house.laws.truth -> house.ptychography.torch"]),
    ],
)
def test_an_import_from_above_is_told(tmp_path: Path, module: str, text: str, told: list[str]) -> None:
    package = tmp_path / "house"
    there = ("core/words", "cases/words", "laws/words", "cli/words", "compare/more")
    for name in (*there, "ptychography/oracle", "ptychography/torch"):
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / f"{name}.py").write_text("")
    (package / module).parent.mkdir(exist_ok=True)
    (package / f"{module}.py").write_text(text)
    assert imports_from_above(package) == told


def test_no_room_names_a_module_of_a_pack() -> None:
    """Not even as text that is imported later, or that a person reads."""
    named = [name for name, path in modules_in(PACKAGE).items() if f"{PACKAGE.name}.{PACK}" in path.read_text("utf-8")]
    assert named
    assert [name for name in named if name.split(".")[1] != PACK] == []


def test_no_module_needs_itself() -> None:
    assert len(modules_in(PACKAGE)) > 200
    assert cycle_in(PACKAGE) == []


@pytest.mark.parametrize(
    "text",
    [
        "import tangled.ends.b",
        "from tangled.ends import b",
        "from tangled.ends.b import thing",
        "from . import b",
        "from .b import thing",
        "from ..ends import b",
        "def late():\n    from tangled.ends.b import thing",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .b import thing",
    ],
)
def test_a_cycle_is_found_however_it_is_written(tmp_path: Path, text: str) -> None:
    package = tmp_path / "tangled"
    (package / "ends").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "ends" / "__init__.py").write_text("from .a import late")
    (package / "ends" / "a.py").write_text(text)
    (package / "ends" / "b.py").write_text("from tangled import other")
    (package / "other.py").write_text("thing = 1")
    assert cycle_in(package) == []
    (package / "other.py").write_text("from tangled.ends import a")
    cycle = [name.removeprefix("tangled.") for name in cycle_in(package)]
    assert sorted(set(cycle)) == ["ends.a", "ends.b", "other"]
    assert cycle[0] == cycle[-1]
