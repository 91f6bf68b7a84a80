"""NPZ archives: members streamed and decompressed block by block, never unpickled, never written anywhere."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
from numpy.typing import NDArray

from parity_suite.contracts.holding import Holding, refusal
from parity_suite.contracts.limits import Limits
from parity_suite.contracts.stored import Stored, Unreadable, blocks_of
from parity_suite.contracts.violation import Violation

Array = NDArray[Any]

_INTACT: Final = "an intact array without Python objects"
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
#: A local header without its name: no two members can be closer than this.
_LOCAL_HEADER: Final = 30
_ENCRYPTED: Final = 1
_MOST_HEADER: Final = 10_000


@contextmanager
def open_npz(path: Path, wanted: Collection[str], limits: Limits) -> Iterator[Holding]:
    """The members of an NPZ archive, by their names without ``.npy``; those that are not wanted are not opened."""
    try:
        archive = zipfile.ZipFile(path)
    # zipfile raises some ten unrelated types on damaged bytes.
    except Exception as error:
        found = str(error) or type(error).__name__
        raise refusal(path, "readable", found, "a complete NPZ archive") from error
    with archive:
        _refuse_hostile(path, archive, limits)
        members = {info.filename: info for info in archive.infolist()}
        arrays = {name.removesuffix(".npy"): info for name, info in members.items() if name.endswith(".npy")}
        values = {name: _member(archive, name, info, limits) for name, info in arrays.items() if name in wanted}
        yield Holding(values, tuple(arrays))


def _refuse_hostile(path: Path, archive: zipfile.ZipFile, limits: Limits) -> None:
    members = archive.infolist()
    if len(members) > limits.max_members:
        raise refusal(path, "members", f"{len(members)} members", f"at most {limits.max_members}")
    names = [info.filename for info in members]
    for info in members:
        bad = _badly_named(info.orig_filename) or _bad_member(info, limits)
        if bad:
            raise refusal(path, "member", f"{info.orig_filename!r}, {bad[0]}", bad[1])
    twice = sorted(name for name in set(names) if names.count(name) > 1) if len(set(names)) < len(names) else []
    if twice:
        raise refusal(path, "member", f"{twice[0]!r} {names.count(twice[0])} times", "each name once")
    declared = sum(info.file_size for info in members)
    if declared > limits.max_bytes:
        raise refusal(path, "size", f"{declared} bytes declared", f"at most {limits.max_bytes}")
    _refuse_overlap(path, archive)


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


def _refuse_overlap(path: Path, archive: zipfile.ZipFile) -> None:
    """Members that share bytes let a small file declare any number of large ones."""
    members = sorted(archive.infolist(), key=lambda info: info.header_offset)
    starts = [info.header_offset for info in members[1:]] + [archive.start_dir]
    for info, following in zip(members, starts, strict=True):
        if info.header_offset + _LOCAL_HEADER + info.compress_size > following:
            raise refusal(path, "member", f"{info.filename!r}, which overlaps what follows", "members side by side")


def _member(archive: zipfile.ZipFile, name: str, info: zipfile.ZipInfo, limits: Limits) -> Stored | Violation:
    try:
        if info.compress_type not in _METHODS:
            raise Unreadable(f"compression method {info.compress_type}")
        with archive.open(info) as stream:
            shape, fortran, dtype = _header(stream)
            start = stream.tell()
        _require_size(shape, dtype, info.file_size - start)
    except Exception as error:
        return Violation(name, "readable", str(error) or type(error).__name__, _INTACT)
    if fortran and len(shape) > 1:
        if info.file_size > limits.max_whole:
            return Violation(name, "order", f"Fortran order of {info.file_size} bytes", "C order")
        return Stored(dtype, shape, lambda: _transposed(archive, info, start, dtype, shape, limits))
    return Stored(dtype, shape, lambda: _blocks(archive, info, start, dtype, limits.block_bytes))


def _header(stream: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Shape, order and type; the header is a literal, which NumPy's parser reads without running anything."""
    version = np.lib.format.read_magic(stream)
    readers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    if version not in readers:
        raise Unreadable(f"format version {version[0]}.{version[1]} of an array")
    try:
        shape, fortran, dtype = readers[version](stream, max_header_size=_MOST_HEADER)
    except ValueError as error:
        size = f"over {_MOST_HEADER} bytes" if "large" in str(error) else "another kind"
        raise Unreadable(f"a header of {size}, which is no dictionary of literals") from error
    if dtype.hasobject:
        raise Unreadable("Object arrays, whose elements are pickled programs")
    if dtype.names is not None or dtype.subdtype is not None or dtype.kind not in "biufcUS" or not dtype.itemsize:
        raise Unreadable(f"elements of type {dtype}"[:80])
    if not all(isinstance(size, int) and size >= 0 for size in shape):
        raise Unreadable(f"shape {shape}"[:80])
    return shape, fortran, dtype


def _require_size(shape: tuple[int, ...], dtype: np.dtype[Any], size: int) -> None:
    # Python's whole numbers: a declared shape may not fit into any other.
    declared = dtype.itemsize
    for length in shape:
        declared *= length
    if size < declared:
        raise Unreadable(f"{size} bytes for shape {shape} of {dtype}, which takes {declared}"[:200])
    if size > declared:
        raise Unreadable(f"data after the end of the array: {size} bytes for {declared}")


def _blocks(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, start: int, dtype: np.dtype[Any], block_bytes: int
) -> Iterator[Array]:
    step = max(block_bytes // max(dtype.itemsize, 1), 1) * dtype.itemsize
    left = info.file_size - start
    try:
        with archive.open(info) as stream:
            stream.read(start)
            while left:
                data = stream.read(min(step, left))
                if not data or len(data) % dtype.itemsize:
                    raise Unreadable("a member that ends early")
                left -= len(data)
                yield np.frombuffer(data, dtype)
            # The checksum is compared only once the end of the member is reached.
            stream.read(1)
    except Unreadable:
        raise
    except Exception as error:
        raise Unreadable(str(error) or type(error).__name__) from error


def _transposed(
    archive: zipfile.ZipFile,
    info: zipfile.ZipInfo,
    start: int,
    dtype: np.dtype[Any],
    shape: tuple[int, ...],
    limits: Limits,
) -> Iterator[Array]:
    """The elements of an array in Fortran order, in C order: that takes all of it."""
    whole = Stored(dtype, shape[::-1], lambda: _blocks(archive, info, start, dtype, limits.block_bytes)).load()
    yield from blocks_of(whole.T, limits.block_bytes)
