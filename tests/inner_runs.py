"""What runs of pytest within this process take for granted."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Final

import pytest

import parity_suite

#: What the package imports of others within its functions, or they within theirs, to say the end of a run.
LATE: Final = ("email.parser", "filelock", "jinja2", "rich.console", "rich.table")


@pytest.fixture(scope="session", autouse=True)
def whole_package() -> None:
    """What an inner run is the first to import is forgotten at its end, and would be registered twice by the next.

    Whoever imports this fixture has all of it imported before its first test, and not when tests are collected.
    """
    import_package()


def import_package() -> None:
    """Imports all of the package but what needs a framework, and what it imports late, or every run would anew."""
    for late in LATE:
        importlib.import_module(late)
    package = Path(parity_suite.__path__[0])
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package.parent).with_suffix("").parts
        if not {"torch", "tensorflow", "jax"} & set(parts) and parts[-1] != "__init__":
            importlib.import_module(".".join(parts))


def write_module(path: Path, text: str) -> None:
    """Writes a file that an earlier run may have imported. Python takes what it compiled for that of another text of as
    many characters, written in the same second.
    """
    path.write_text(text, "utf-8")
    for compiled in (path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"):
        compiled.unlink()
