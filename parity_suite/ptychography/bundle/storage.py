"""Files of a bundle on disk: replaced as a whole or not at all, and read within limits.

Unix only where it writes: a lock and ``fsync`` on a folder have no portable form.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from parity_suite.contracts import Violation
from parity_suite.core.writing import locked, replaced, sync

from .manifest import MANIFEST_NAME
from .model import BundleError

#: A manifest is small: some hundred bytes a tensor.
MAX_MANIFEST_BYTES: Final = 4 * 2**20
#: Over five times a network of 100 million weights in float64.
MAX_WEIGHTS_BYTES: Final = 4 * 2**30

_WEIGHTS_NAME: Final = r"weights-[0-9a-f]{64}\.safetensors"
#: Names that only this module gives: weights files, and parts of files that were never finished.
_OURS: Final = re.compile(rf"{_WEIGHTS_NAME}|\.({_WEIGHTS_NAME}|{re.escape(MANIFEST_NAME)})\.[0-9a-f]{{16}}\.part")


def publish(folder: Path, weights_name: str, weights: bytes, manifest: bytes) -> None:
    """Make these the bundle in ``folder``, which is made if need be; what holds for the old one holds until the end.

    The manifest is replaced last, when the weights it names are on disk, and only then the old weights go. Two
    writers of one folder wait for each other where the file system has locks. OSError where the disk refuses.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder):
        for name, content in ((weights_name, weights), (MANIFEST_NAME, manifest)):
            with replaced(folder / name) as part:
                part.write_bytes(content)
        for entry in sorted(folder.iterdir()):
            if entry.name != weights_name and _OURS.fullmatch(entry.name):
                entry.unlink()
    # The entry of the folder itself, should it be new.
    sync(folder.parent)


def read_file(path: Path, limit: int, size: int | None = None) -> bytes:
    """The content of a regular file of at most ``limit`` bytes, or of exactly ``size``, held against its size first.

    Raises BundleError naming the file where it is missing, a link, no file, too large or of another size.
    """
    try:
        if not path.parent.is_dir():
            raise BundleError([Violation("folder", "missing", "no folder", "a folder with a bundle")])
        status = path.lstat()
        violations = list(_file_violations(path.name, status, limit, size))
        if violations:
            raise BundleError(violations)
        with path.open("rb") as stream:
            return stream.read(status.st_size)
    except FileNotFoundError as error:
        raise BundleError([Violation(path.name, "missing", "nothing", "a file in the folder")]) from error
    except OSError as error:
        found = error.strerror or type(error).__name__
        raise BundleError([Violation(path.name, "readable", found, "a readable file")]) from error


def _file_violations(name: str, status: os.stat_result, limit: int, size: int | None) -> Iterator[Violation]:
    # A link could lead out of the folder, a pipe would be waited for.
    if not stat.S_ISREG(status.st_mode):
        kind = "a symbolic link" if stat.S_ISLNK(status.st_mode) else "no regular file"
        yield Violation(name, "file", kind, "a regular file in the folder itself")
    elif status.st_size > limit:
        yield Violation(name, "size", f"{status.st_size} bytes", f"at most {limit} bytes")
    elif size is not None and status.st_size != size:
        yield Violation(name, "size", f"{status.st_size} bytes", f"{size} bytes")
