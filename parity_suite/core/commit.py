"""The commit of a working tree, and what git says of it."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

#: Seconds for one call of git.
_PATIENCE: Final = 60

#: Behind the commit of a tree with changes that are in none.
CHANGED: Final = "+changes"


def commit_of(root: Path) -> str:
    """The commit of the tree under test, with ``+changes`` where a file that it has differs; empty outside a
    repository. What a run leaves in a tree, its record among it, is no change of it.
    """
    head = git(root, "rev-parse", "HEAD")
    if not head:
        return ""
    return head + (CHANGED if git(root, "status", "--porcelain", "--untracked-files=no") else "")


def git(root: Path, *arguments: str) -> str:
    """What git prints, without space around it; empty where it refuses, or is not here."""
    return (git_bytes(root, *arguments) or b"").decode("utf-8", "surrogateescape").strip()


def git_bytes(root: Path, *arguments: str) -> bytes | None:
    """What git prints; None where it refuses, or is not here."""
    try:
        done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, timeout=_PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
