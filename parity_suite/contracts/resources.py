"""Where contracts, recipes, anchors and the jobs to copy lie: inside an installed wheel, or beside the package in a
checkout.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parents[1]


def resource_folder(name: str) -> Path:
    """The folder of that name, such as ``contracts`` or ``fixtures``; FileNotFoundError where there is none."""
    for folder in (_PACKAGE / "_data" / name, _PACKAGE.parent / name):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"parity_suite was installed without its folder {name!r}")


def in_checkout() -> bool:
    """Whether the package runs from its own repository, the only place where anchors may be written."""
    return not (_PACKAGE / "_data").is_dir() and (_PACKAGE.parent / "pyproject.toml").is_file()
