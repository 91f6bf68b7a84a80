"""Where a run keeps what it makes for itself, where the checkout cannot be written to."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path


def writable(folder: Path) -> bool:
    """Whether files can be made in a folder, or in the one that it would be made in."""
    there = next((one for one in (folder, *folder.parents) if one.exists()), folder)
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)


def personal_folder(root: Path) -> Path | None:
    """A folder for what belongs to a checkout, in the user's own cache; None where that cannot be written to either."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path(os.environ.get("HOME", ""), ".cache"))
    folder = cache / "parity-suite" / f"{root.name}-{hashlib.sha256(os.fsencode(root)).hexdigest()[:12]}"
    return folder if cache.is_absolute() and writable(folder) else None
