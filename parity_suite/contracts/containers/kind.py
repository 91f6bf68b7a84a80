"""Which container a file is, by its content."""

from __future__ import annotations

import stat
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

from parity_suite.contracts.holding import OpenContainer, refusal
from parity_suite.contracts.limits import Limits
from parity_suite.contracts.violation import ContractError

_ZIP: Final = b"PK"
_HDF5: Final = b"\x89HDF\r\n\x1a\n"
#: An HDF5 file may start with a block of the user's own, of 512 bytes times a power of two.
_USER_BLOCKS: Final = (0, 512, 1024, 2048)

Opener = Callable[[Path, Collection[str] | None, Limits], AbstractContextManager[OpenContainer]]


def kind_of(path: Path) -> str:
    """``npz``, ``hdf5``, ``json``, ``toml`` or ``folder``; ContractError where a file is none of them.

    What is no regular file, such as a pipe or a device, is not opened.
    """
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise refusal(path, "missing", error.strerror or type(error).__name__, "a file or a folder") from error
    except ValueError as error:
        raise refusal(path, "missing", str(error), "a file or a folder") from error
    if stat.S_ISDIR(mode):
        return "folder"
    if not stat.S_ISREG(mode):
        raise _no_file(path)
    try:
        with path.open("rb") as stream:
            head = stream.read(_USER_BLOCKS[-1] + len(_HDF5))
    except OSError as error:
        raise refusal(path, "readable", error.strerror or type(error).__name__, "a readable file") from error
    return _kind_of_content(path, head)


def _kind_of_content(path: Path, head: bytes) -> str:
    if head.startswith(_ZIP):
        return "npz"
    if any(head[place:].startswith(_HDF5) for place in _USER_BLOCKS):
        return "hdf5"
    if path.suffix.lower() == ".toml":
        return "toml"
    if head.lstrip()[:1] in (b"{", b"["):
        return "json"
    # What is damaged at its start is told by its name, so that the message is about the damage.
    named = {".npz": "npz", ".h5": "hdf5", ".hdf5": "hdf5", ".json": "json"}.get(path.suffix.lower())
    if named and head:
        return named
    wanted = "NPZ, HDF5, JSON, TOML or a folder"
    raise refusal(path, "container", "an empty file" if not head else "a file of another kind", wanted)


def open_container(
    kind: str, path: Path, wanted: Collection[str] | None, limits: Limits
) -> AbstractContextManager[OpenContainer]:
    """A container of this kind, open for reading the names that are wanted, None for all; ContractError refuses it.

    A pipe would be waited for, so that it is refused here, too, where nobody asked for its kind.
    """
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        # Whoever opens it has the words for that.
        return _opener(kind)(path, wanted, limits)
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise _no_file(path)
    return _opener(kind)(path, wanted, limits)


def _no_file(path: Path) -> ContractError:
    return refusal(path, "file", "no regular file", "a file or a folder")


def _opener(kind: str) -> Opener:
    if kind == "npz":
        from parity_suite.contracts.containers.npz import open_npz

        return open_npz
    if kind == "hdf5":
        from parity_suite.contracts.containers.isolated import open_hdf5

        return open_hdf5
    from parity_suite.contracts.containers.documents import open_json, open_toml

    return {"json": open_json, "toml": open_toml}[kind]
