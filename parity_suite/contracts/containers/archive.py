"""ZIP archives that are what they say: refused whole where a member is hostile or two readers could see two things.

A ZIP file says everything twice, in the directory at its end and in a header before each member. Python's reader goes
by the directory, others by the headers; here both have to agree, and no two members may share a byte.
"""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from parity_suite.contracts.holding import plain, refusal
from parity_suite.contracts.limits import Limits

#: Signature, version, flags, method, time, date, checksum, two sizes, lengths of the name and of the extra field.
_HEADER: Final = struct.Struct("<4s5H3L2H")
_SIGNATURE: Final = b"PK\x03\x04"
_ENCRYPTED: Final = 1
#: The checksum and the sizes follow the data, and the header has zeros for them.
_SIZES_FOLLOW: Final = 8
#: The sizes are in the extra field.
_IN_EXTRA: Final = 0xFFFFFFFF
#: Of an entry in the directory, with its name, on average.
_ENTRY_BYTES: Final = 256


@contextmanager
def open_archive(path: Path, limits: Limits) -> Iterator[zipfile.ZipFile]:
    """The archive at ``path``; ContractError where it is none, damaged, hostile or larger than the limits allow."""
    try:
        file = _Bounded(path, limits.max_members * _ENTRY_BYTES)
    except (OSError, ValueError) as error:
        raise refusal(path, "readable", str(error), "a complete NPZ archive") from error
    with file:
        try:
            archive = zipfile.ZipFile(file)
        # zipfile raises some ten unrelated types on damaged bytes.
        except Exception as error:
            found = str(error) or type(error).__name__
            raise refusal(path, "readable", found, "a complete NPZ archive") from error
        file.most = None
        with archive:
            _refuse_hostile(path, archive, limits)
            _refuse_disagreement(path, archive, file)
            yield archive


class _Bounded(io.BufferedReader):
    """A file of which no more than ``most`` bytes are read at once: zipfile reads a whole directory unseen."""

    def __init__(self, path: Path, most: int) -> None:
        super().__init__(io.FileIO(path))
        self.most: int | None = most

    def read(self, size: int | None = -1) -> bytes:
        """As of any file; BadZipFile where ``size`` is over the bound."""
        if self.most is not None and size is not None and size > self.most:
            raise zipfile.BadZipFile(f"a directory of {size} bytes, at most {self.most} are read")
        return super().read(size)


def _refuse_hostile(path: Path, archive: zipfile.ZipFile, limits: Limits) -> None:
    members = archive.infolist()
    if len(members) > limits.max_members:
        raise refusal(path, "members", f"{len(members)} members", f"at most {limits.max_members}")
    for info in members:
        bad = _badly_named(info.orig_filename) or _bad_member(info, limits)
        if bad:
            raise refusal(path, "member", f"{plain(info.orig_filename)!r}, {bad[0]}", bad[1])
    name, times = max(Counter(info.filename for info in members).items(), key=lambda one: one[1], default=("", 0))
    if times > 1:
        raise refusal(path, "member", f"{plain(name)!r} {times} times", "each name once")
    declared = sum(info.file_size for info in members)
    if declared > limits.max_bytes:
        raise refusal(path, "size", f"{declared} bytes declared", f"at most {limits.max_bytes}")


def _badly_named(name: str) -> tuple[str, str] | None:
    parts = name.replace("\\", "/").split("/")
    outside = name.startswith(("/", "\\")) or ".." in parts or (len(name) > 1 and name[1] == ":")
    if outside or "\\" in name or "\0" in name:
        return "a name that leads out of the archive", "plain names of members"
    return None


def _bad_member(info: zipfile.ZipInfo, limits: Limits) -> tuple[str, str] | None:
    if info.flag_bits & _ENCRYPTED:
        return "an encrypted member", "members that anyone can read"
    if stat.S_ISLNK(info.external_attr >> 16):
        return "a symbolic link", "members that are arrays"
    ratio = info.file_size / max(info.compress_size, 1)
    if info.file_size > limits.big_member and ratio > limits.max_ratio:
        found = f"{info.file_size} bytes out of {info.compress_size}, {ratio:.0f} times as many"
        return found, f"at most {limits.max_ratio:g} times for a member over {limits.big_member} bytes"
    return None


def _refuse_disagreement(path: Path, archive: zipfile.ZipFile, file: _Bounded) -> None:
    """Members that share bytes let a small file declare any number of large ones."""
    members = sorted(archive.infolist(), key=lambda info: info.header_offset)
    starts = [info.header_offset for info in members[1:]] + [archive.start_dir]
    for info, following in zip(members, starts, strict=True):
        name = plain(info.filename)
        # A damaged entry may lead before the start of the file.
        file.seek(max(info.header_offset, 0))
        raw = file.read(_HEADER.size)
        if info.header_offset < 0 or len(raw) < _HEADER.size or not raw.startswith(_SIGNATURE):
            raise refusal(path, "member", f"{name!r} without a header", "a complete NPZ archive")
        _, _, flags, method, _, _, crc, packed, size, name_length, extra_length = _HEADER.unpack(raw)
        if info.header_offset + _HEADER.size + name_length + extra_length + info.compress_size > following:
            raise refusal(path, "member", f"{name!r}, which overlaps what follows", "members side by side")
        said = (method, crc, packed, size)
        known = (info.compress_type, info.CRC, info.compress_size, info.file_size)
        if not _agree(said, known, bool(flags & _SIZES_FOLLOW)):
            found = f"{name!r} with one size, checksum or method in the directory and another before the member"
            raise refusal(path, "member", found, "an archive that says one thing")


def _agree(said: tuple[int, ...], known: tuple[int, ...], follow: bool) -> bool:
    """Whether method, checksum and both sizes of the header are those of the directory, as far as it has them."""
    if said[0] != known[0]:
        return False
    if follow and not any(said[1:]):
        return True
    return said[1] == known[1] and all(
        one in (other, _IN_EXTRA) for one, other in zip(said[2:], known[2:], strict=True)
    )
