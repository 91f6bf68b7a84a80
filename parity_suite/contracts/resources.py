"""Where contracts, recipes, anchors and the jobs to copy lie: inside an installed wheel, or beside the package in a
checkout.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

_PACKAGE = Path(__file__).parents[1]


def resource_folder(name: str) -> Path:
    """The folder of that name, such as ``contracts`` or ``fixtures``; FileNotFoundError where there is none."""
    for folder in (_PACKAGE / "_data" / name, _PACKAGE.parent / name):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"parity_suite was installed without its folder {name!r}")


#: What finds folders of contracts that are handed in, each asked once a contract is wanted.
_HANDED_IN: Final[list[Callable[[], Path]]] = []


def add_contracts(folder: Callable[[], Path]) -> None:
    """Makes the contracts of a folder known, where it is there."""
    _HANDED_IN.append(folder)


def contract_folders() -> tuple[Path, ...]:
    """The folders of contracts: that which ships with the package, and those that were handed in."""
    return (resource_folder("contracts"), *(folder() for folder in _HANDED_IN))


def in_checkout() -> bool:
    """Whether the package runs from its own repository, the only place where anchors may be written."""
    return not (_PACKAGE / "_data").is_dir() and (_PACKAGE.parent / "pyproject.toml").is_file()
