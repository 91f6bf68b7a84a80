"""The backends of a project, found without importing anything: classes with a method that takes what a stage takes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

#: Folders in which no backend is looked for, beside hidden ones.
_ELSEWHERE: Final = frozenset(
    {"tests", "test", "build", "dist", "docs", "node_modules", "site-packages", "__pycache__"}
)
#: A project with more files than that is given its backends by name.
_MOST_FILES: Final = 2000


def found_backends(root: Path) -> dict[str, Path]:
    """``module:Class`` of each, and the folder from which its module is imported."""
    found: dict[str, Path] = {}
    for path in _sources(root):
        try:
            tree = ast.parse(path.read_bytes())
        except (SyntaxError, ValueError):
            continue
        classes = [one for one in tree.body if isinstance(one, ast.ClassDef)]
        # A base that others stand on is not a backend itself.
        bases = {base.id for one in classes for base in one.bases if isinstance(base, ast.Name)}
        home = _home(root, path)
        for one in classes:
            if one.name[0] != "_" and one.name not in bases and _defines_stage(one):
                module = ".".join(path.relative_to(home).with_suffix("").parts).removesuffix(".__init__")
                found[f"{module}:{one.name}"] = home.relative_to(root)
    return found


def _sources(root: Path) -> Iterator[Path]:
    folders = [root]
    left = _MOST_FILES
    while folders and left:
        for path in sorted(folders.pop(0).iterdir()):
            if path.name[0] == "." or path.is_symlink():
                continue
            if path.is_dir() and path.name not in _ELSEWHERE and not (path / "pyvenv.cfg").exists():
                folders.append(path)
            elif path.suffix == ".py" and not path.name.startswith(("test_", "conftest")) and left:
                left -= 1
                yield path


def _home(root: Path, path: Path) -> Path:
    """The folder above the outermost package that a file is in."""
    home = path.parent
    while home != root and (home / "__init__.py").exists():
        home = home.parent
    return home


def _defines_stage(one: ast.ClassDef) -> bool:
    """Whether a method has the name of a stage and takes what the stage needs."""
    from parity_suite.core.packs import BY_NAME

    for method in (part for part in one.body if isinstance(part, ast.FunctionDef)):
        stage = BY_NAME.get(method.name)
        if stage is None or not stage.is_method or not stage.inputs:
            continue
        taken = {argument.arg for argument in (*method.args.args, *method.args.kwonlyargs)}
        if {field.name for field in stage.inputs if not field.optional} <= taken:
            return True
    return False
