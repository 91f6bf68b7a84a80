"""Files and folders that are written whole or not at all, and never through a symbolic link.

What is written lies beside its place first, is flushed, and is then moved over what is there: a process that is killed
at any moment leaves the old or the new. Unix only: locks and ``fsync`` on a folder have no portable form.
"""

from __future__ import annotations

import contextlib
import ctypes
import glob
import os
import re
import secrets
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

#: ``renameat2`` of Linux: paths as from the working directory, and both names change places at once.
_FROM_HERE: Final = -100
_EXCHANGE: Final = 2

#: Seconds between two looks whether another writer has done: most files are written in some milliseconds.
_POLL_S: Final = 0.005

#: The end of a name that only this module gives: the process that fills it, and a number of its own.
_PART: Final = re.compile(r"\.([0-9a-f]{8})[0-9a-f]{8}\.part")


class NotWritten(OSError):
    """A file or folder that could not be written, with the reason; what was there before is there still."""


def write_whole(path: Path, content: str | bytes, *, within: Path | None = None) -> None:
    """The file ``path`` has this content, text as UTF-8, or is as it was and NotWritten is raised.

    Missing folders are made. The mode of a file that is there stays. Links are followed up to the folder ``within``,
    which a person named, and not below it; by default that is the folder of the file.
    """
    update_whole(path, lambda _: content, within=within)


def update_whole(path: Path, change: Callable[[bytes], str | bytes], *, within: Path | None = None) -> None:
    """As :func:`write_whole`, with content made from what is there: of two writers the second sees the first.

    ``change`` is given no bytes where there is no file, writes nothing into the same folder, and what it raises leaves
    the file as it was.
    """
    _make_folder(path, within)
    with _said(path), locked(path.parent):
        content = change(path.read_bytes() if path.exists() else b"")
        with replaced(path, within=within) as part, part.open("wb") as stream:
            stream.write(content.encode("utf-8") if isinstance(content, str) else content)


@contextlib.contextmanager
def replaced(path: Path, *, within: Path | None = None) -> Iterator[Path]:
    """An empty file to fill, which takes the place of ``path`` at the end; NotWritten, as :func:`write_whole`."""
    _make_folder(path, within)
    part = _part(path)
    try:
        with _said(path):
            part.touch(exist_ok=False)
            yield part
            if path.exists():
                part.chmod(stat.S_IMODE(path.stat().st_mode))
            sync(part)
            part.replace(path)
            sync(path.parent)
    finally:
        _discard(part)


@contextlib.contextmanager
def replaced_folder(path: Path, *, within: Path | None = None) -> Iterator[Path]:
    """The same of a folder: an empty one to fill, which takes the place of ``path`` at the end."""
    _make_folder(path, within, stat.S_ISDIR)
    part = _part(path)
    try:
        with _said(path):
            part.mkdir()
            yield part
            for entry in sorted(part.iterdir()):
                sync(entry)
            sync(part)
            _move_folder(part, path)
            sync(path.parent)
    finally:
        _discard(part)


def append_to(path: Path, head: str, *, within: Path) -> BinaryIO:
    """A file that begins with ``head`` and takes lines as they come, each at once; NotWritten.

    For what tells how far something came: whoever reads it expects a last line that is cut.
    """
    write_whole(path, head, within=within)
    with _said(path):
        return path.open("ab", buffering=0)


def move_aside(path: Path, other: Path, *, within: Path | None = None) -> None:
    """Gives a file another name in its folder; NotWritten."""
    require_no_link(path, within)
    with _said(path):
        path.replace(other)
        sync(path.parent)


def remove_whole(path: Path, *, within: Path | None = None) -> None:
    """No file and no folder ``path`` is there afterwards, nor was ever half of one; NotWritten where it stays."""
    require_no_link(path, within)
    if not path.exists():
        return
    part = _part(path)
    with _said(path):
        path.rename(part)
        sync(path.parent)
        _discard(part)


def require_no_link(path: Path, within: Path | None = None) -> None:
    """NotWritten where ``path``, or a folder between it and ``within``, is a symbolic link."""
    top = path.parent if within is None else within
    for place in (path, *path.parents):
        if place == top:
            return
        if place.is_symlink():
            raise NotWritten(f"could not write {path}: {place} is a symbolic link, which nothing is written through")


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """No other writer in this folder meanwhile. The lock is on the folder, so that it leaves no file behind."""
    from filelock import lock_descriptor

    handle = os.open(folder, os.O_RDONLY)
    try:
        # Some network file systems have no locks; each write is whole there, two at once are the user's to avoid.
        with contextlib.suppress(OSError):
            lock_descriptor(handle, poll_interval=_POLL_S)
        yield
    finally:
        os.close(handle)


def _make_folder(path: Path, within: Path | None, kind: Callable[[int], bool] = stat.S_ISREG) -> None:
    """Makes the folder of ``path``, and takes away what a killed writer of this name left in it."""
    require_no_link(path, within)
    if not path.parent.is_dir():
        with _said(path):
            path.parent.mkdir(parents=True, exist_ok=True)
    # A pipe would be waited for, and a device is not ours to take away.
    if path.exists() and not kind(path.stat().st_mode):
        raise NotWritten(f"could not write {path}: something else is there")
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.part"):
        found = _PART.fullmatch(left.name, len(path.name) + 1)
        if found and not _alive(int(found[1], 16)):
            _discard(left)


def _part(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid():08x}{secrets.token_hex(4)}.part")


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        pass
    return True


def _discard(part: Path) -> None:
    """Takes away what was never finished, or what another took the place of."""
    if part.is_dir() and not part.is_symlink():
        shutil.rmtree(part, ignore_errors=True)
    elif part.exists():
        part.unlink()


@contextlib.contextmanager
def _said(path: Path) -> Iterator[None]:
    try:
        yield
    except NotWritten:
        raise
    except OSError as error:
        raise NotWritten(f"could not write {path}: {error.strerror or error}") from error


def sync(path: Path) -> None:
    """Puts a file, or the names in a folder, on disk: else a crash may undo a rename, or let it overtake another."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _move_folder(part: Path, path: Path) -> None:
    """The new folder takes the old one's name at once; the old one is left under the name ``part``, if there is one."""
    if not path.exists():
        part.rename(path)
    elif not _exchange(part, path):
        # No such call here, or not on this file system: for a moment there is no folder of the name.
        old = _part(path)
        path.rename(old)
        try:
            part.rename(path)
        except OSError:
            old.rename(path)
            raise
        _discard(old)


def _exchange(one: Path, other: Path) -> bool:
    call = getattr(ctypes.CDLL(None), "renameat2", None)
    return call is not None and call(_FROM_HERE, os.fsencode(one), _FROM_HERE, os.fsencode(other), _EXCHANGE) == 0
