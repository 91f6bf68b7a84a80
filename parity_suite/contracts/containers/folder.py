"""The files of a folder, none of them a link."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from parity_suite.contracts.holding import refusal
from parity_suite.contracts.limits import Limits


def files_in(path: Path, limits: Limits) -> dict[str, Path]:
    """Files and folders by name, one level deep.

    ContractError where one is a link, which may lead out of the folder, or no file, which may block; where there are
    too many; and where the folder cannot be read.
    """
    found: dict[str, Path] = {}
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                if len(found) >= limits.max_members:
                    raise refusal(path, "members", f"over {limits.max_members} files", "a folder with fewer")
                mode = entry.stat(follow_symlinks=False).st_mode
                if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                    kind = "a symbolic link" if stat.S_ISLNK(mode) else "no regular file"
                    raise refusal(path, "file", f"{entry.name!r}, {kind}", "regular files in the folder itself")
                found[entry.name] = Path(entry.path)
    except OSError as error:
        raise refusal(path, "readable", error.strerror or type(error).__name__, "a readable folder") from error
    return dict(sorted(found.items()))
