"""What the tests of forked processes ask there."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from numpy import random as numpy_random

#: What was asked of this process before.
ASKED: list[str] = []
IMPORTED_IN = os.getpid()
IMPORTED_UNDER = os.environ.get("PARITY_TEST_SWITCH", "")


def state(given: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """What this process is, and what it has been asked."""
    ASKED.append(str(folder))
    print("this is not an answer")
    return {
        "given": dict(given),
        "asked": len(ASKED),
        "process": os.getpid(),
        "parent": os.getppid(),
        "imported in": IMPORTED_IN,
        "imported under": IMPORTED_UNDER,
        "switch": os.environ.get("PARITY_TEST_SWITCH", ""),
        "directory": str(Path.cwd()),
        "path": sys.path,
        "random": [random.random(), float(numpy_random.random())],
        "input": sys.stdin.read(),
    }


def fail(given: Mapping[str, Any], folder: Path) -> None:
    """Fails as a function does."""
    raise LookupError(f"nothing under {given['key']}")


def leave(given: Mapping[str, Any], folder: Path) -> None:
    """Ends the process as a program does."""
    sys.exit(given["status"])


def die(given: Mapping[str, Any], folder: Path) -> None:
    """Ends the process, and says why on the way."""
    print("out of luck", file=sys.stderr, flush=True)
    os._exit(given["status"])


def linger(given: Mapping[str, Any], folder: Path) -> None:
    """Takes long, and so does a process that it starts."""
    own = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    (folder / "lingering").write_text(f"{os.getpid()} {own.pid}")
    time.sleep(600)


def end_server(given: Mapping[str, Any], folder: Path) -> str:
    """Ends the process that it was forked from, where it was."""
    if given["server"] != os.getppid():
        return "answered by another"
    os.kill(os.getppid(), 9)
    time.sleep(600)
    return "never"
