"""Names of a package that cost an import only once they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module


def getattr_of(package: str, homes: Mapping[str, str]) -> Callable[[str], object]:
    """The ``__getattr__`` of a ``package``, for its public names and the modules in it that they live in."""

    def lazy(name: str) -> object:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(f".{homes[name]}", package), name)

    return lazy
