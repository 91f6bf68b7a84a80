"""ZIP archives that are what they say: refused whole where a member is hostile or two readers could see two things.

A ZIP file says everything twice, in the directory at its end and in a header before each member. Python's reader goes
by the directory, others by the headers; here both have to agree, and every byte of the file belongs to one member, to
the directory or to its end. So there is one archive in a file, and nothing before, between or after its members.
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
#: The last bytes of a file: signature, disks and entries, size of the directory and its place, length of a comment.
_END: Final = struct.Struct("<4s4H2LH")
#: Where a number needs eight bytes, a longer one stands before it, of 56 bytes, and 20 that lead to that.
_LONG_END: Final = b"PK\x06\x06"
_LONG_END_SIZE: Final = 76
#: Behind a member whose sizes follow: a signature or none, then the checksum and two sizes of four or eight bytes.
_FOLLOWING: Final = b"PK\x07\x08"
_SIZES: Final = (struct.Struct("<3L"), struct.Struct("<L2Q"))
_MOST_FOLLOWING: Final = len(_FOLLOWING) + _SIZES[-1].size
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
            _refuse_strange_end(path, archive, file)
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
    if tight := limits.too_tight((info.file_size, info.compress_size) for info in members):
        found = f"{tight} bytes in members packed over {limits.max_ratio_of_huge:g} times"
        raise refusal(path, "size", found, f"at most {limits.huge_member}")


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
    ratio, times = info.file_size / max(info.compress_size, 1), limits.most_times(info.file_size)
    if ratio > times:
        found = f"{info.file_size} bytes out of {info.compress_size}, {ratio:.0f} times as many"
        over = limits.huge_member if info.file_size > limits.huge_member else limits.big_member
        return found, f"at most {times:g} times for a member over {over} bytes"
    return None


def _refuse_disagreement(path: Path, archive: zipfile.ZipFile, file: _Bounded) -> None:
    """Members that share bytes let a small file declare any number of large ones; bytes between them may be others."""
    members = sorted(archive.infolist(), key=lambda info: info.header_offset)
    starts = [info.header_offset for info in members] + [archive.start_dir]
    if starts[0] > 0:
        raise refusal(path, "member", f"{starts[0]} bytes before the first member", "an archive and nothing else")
    for info, following in zip(members, starts[1:], strict=True):
        name = plain(info.filename)
        # A damaged entry may lead before the start of the file.
        file.seek(max(info.header_offset, 0))
        raw = file.read(_HEADER.size)
        if info.header_offset < 0 or len(raw) < _HEADER.size or not raw.startswith(_SIGNATURE):
            raise refusal(path, "member", f"{name!r} without a header", "a complete NPZ archive")
        _, _, flags, method, _, _, crc, packed, size, name_length, extra_length = _HEADER.unpack(raw)
        end = info.header_offset + _HEADER.size + name_length + extra_length + info.compress_size
        if end > following:
            raise refusal(path, "member", f"{name!r}, which overlaps what follows", "members side by side")
        said = (method, crc, packed, size)
        known = (info.compress_type, info.CRC, info.compress_size, info.file_size)
        if not _agree(said, known, bool(flags & _SIZES_FOLLOW)):
            found = f"{name!r} with one size, checksum or method in the directory and another before the member"
            raise refusal(path, "member", found, "an archive that says one thing")
        file.seek(end)
        between = file.read(min(following - end, _MOST_FOLLOWING + 1))
        if between and not (flags & _SIZES_FOLLOW and _follows(between, known[1:])):
            found = f"{following - end} bytes after {name!r} that are of no member"
            raise refusal(path, "member", found, "an archive and nothing else")


def _follows(between: bytes, known: tuple[int, ...]) -> bool:
    """Whether these bytes are the checksum and the sizes of the member before them."""
    said = between.removeprefix(_FOLLOWING)
    return any(len(said) == form.size and form.unpack(said) == known for form in _SIZES)


def _refuse_strange_end(path: Path, archive: zipfile.ZipFile, file: _Bounded) -> None:
    """The directory ends where the file does, without a comment, which may hold an archive of its own."""
    whole = file.seek(0, io.SEEK_END)
    file.seek(max(whole - _LONG_END_SIZE - _END.size, 0))
    tail = file.read()
    signature, *_, size, _, comment = _END.unpack(tail[-_END.size :])
    start = whole - _END.size - size
    if tail.startswith(_LONG_END):
        start -= _LONG_END_SIZE
    if signature != b"PK\x05\x06" or comment or start != archive.start_dir:
        found = "bytes after the directory of the archive, or a comment"
        raise refusal(path, "member", found, "an archive and nothing else")


def _agree(said: tuple[int, ...], known: tuple[int, ...], follow: bool) -> bool:
    """Whether method, checksum and both sizes of the header are those of the directory, as far as it has them."""
    if said[0] != known[0]:
        return False
    if follow and not said[1] and {0, _IN_EXTRA}.issuperset(said[2:]):
        return True
    return said[1] == known[1] and all(
        one in (other, _IN_EXTRA) for one, other in zip(said[2:], known[2:], strict=True)
    )
