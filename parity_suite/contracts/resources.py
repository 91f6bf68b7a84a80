"""Where contracts, recipes, anchors and the jobs to copy lie: inside an installed wheel, or beside the package in a
checkout.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

_PACKAGE = Path(__file__).parents[1]


def resource_folder(name: str) -> Path:
    """The folder of that name, such as ``contracts`` or ``fixtures``; FileNotFoundError where there is none."""
    for folder in (_PACKAGE / "_data" / name, _PACKAGE.parent / name):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"parity_suite was installed without its folder {name!r}")


#: What the suite itself writes and reads, whatever the field. The contracts beside them in the folder are those of the
#: pack that ships with it, which hands it in as any pack does its own.
OWN: Final = ("anchor", "differences", "ledger", "record", "replay")


def own_contracts() -> Mapping[str, Path]:
    """The files of the suite's own contracts by name."""
    return {name: resource_folder("contracts") / f"{name}.toml" for name in OWN}


def in_checkout() -> bool:
    """Whether the package runs from its own repository, the only place where anchors may be written."""
    return not (_PACKAGE / "_data").is_dir() and (_PACKAGE.parent / "pyproject.toml").is_file()
