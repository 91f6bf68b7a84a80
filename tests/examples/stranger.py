"""An example in a folder of its own, and commands that are called there as a stranger does."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

#: Laws that came with the forms of arrays, many items and surroundings, which any stage has.
OF_ANY_STAGE: Final = frozenset({"form", "many", "repeats", "surroundings"})
EXAMPLES: Final = Path(__file__).resolve().parents[2] / "examples"
#: What would tell a command of the run that the tests are part of.
_OUTER: Final = ("PYTEST", "PARITY", "_PARITY", "CI")


def copied(example: str, place: Path) -> Path:
    """The files of an example in another folder, as if nothing were beside them."""
    shutil.copytree(EXAMPLES / example, place, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    return place


def called(place: Path, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """A module called in a folder, with its arguments and variables of the environment."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(_OUTER)} | variables
    # As an installed command, which does not have the folder in which it is called on its path.
    whole = [sys.executable, "-P", "-m", *command]
    return subprocess.run(whole, cwd=place, env=environment, capture_output=True, text=True, timeout=300, check=False)
