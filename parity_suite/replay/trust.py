"""Where Python would find the code that a failure names: nothing that came with its folder is imported."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec
from pathlib import Path

from parity_suite.replay.folder import UnfitFolder


def refuse_code_around(folder: Path, modules: Iterable[str]) -> None:
    """``UnfitFolder`` where a module, or anything it imports, would come out of the folder, or a module from beside it.

    Links count by where they lie and by where they lead. Nothing is imported to find out.
    """
    within = folder.resolve()
    if any(Path(entry).resolve().is_relative_to(within) for entry in sys.path):
        raise UnfitFolder("Python looks for modules in it: ask from the root of the project")
    for module in modules:
        for place in _places(module):
            for one in (place.parent.resolve() / place.name, place.resolve()):
                if one.is_relative_to(within) or one.parent == within.parent:
                    raise UnfitFolder(f"it names {module}, which lies in it or beside it: see --trust")


def _places(module: str) -> Iterator[Path]:
    """The files and folders of a module and of the packages that it lies in, as far as they are found."""
    name = ""
    path: list[str] | None = None
    for part in module.split("."):
        name = f"{name}.{part}" if name else part
        spec = _spec(name, path)
        # A folder without __init__.py would ask the package around it, which is not imported.
        folders = [str(Path(one, part)) for one in path or () if Path(one, part).is_dir()]
        path = folders if spec is None else list(spec.submodule_search_locations or ())
        yield from map(Path, path)
        if spec is not None and spec.has_location and spec.origin:
            yield Path(spec.origin)


def _spec(name: str, path: Sequence[str] | None) -> ModuleSpec | None:
    # The general search would import the packages on the way to a submodule. What lies where the command is started is
    # refused by name, though it is not searched there.
    try:
        if path is None:
            return find_spec(name) or PathFinder.find_spec(name, [str(Path.cwd())])
        return PathFinder.find_spec(name, path)
    except (ImportError, KeyError, ValueError):
        return None
