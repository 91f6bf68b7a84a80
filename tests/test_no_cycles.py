"""No module of the package needs itself, by whatever way: of two that need each other neither is read alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import parity_suite

PACKAGE = Path(parity_suite.__file__).parent


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
