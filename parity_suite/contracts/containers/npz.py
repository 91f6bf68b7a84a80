"""NPZ archives: members streamed and decompressed block by block, never unpickled, never written anywhere."""

from __future__ import annotations

import zipfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
from numpy.typing import NDArray

from parity_suite.contracts.containers.archive import open_archive
from parity_suite.contracts.holding import OpenContainer, plain
from parity_suite.contracts.limits import Limits
from parity_suite.contracts.stored import Stored, Unreadable, blocks_of, require_possible, size_of
from parity_suite.contracts.violation import Violation

Array = NDArray[Any]

_INTACT: Final = "an intact array without Python objects"
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_MOST_HEADER: Final = 10_000
_LAST_POINT: Final = 0x10FFFF
_SURROGATES: Final = (0xD800, 0xDFFF)


@contextmanager
def open_npz(path: Path, wanted: Collection[str] | None, limits: Limits) -> Iterator[OpenContainer]:
    """The members of an NPZ archive, by their names without ``.npy``; those that are not wanted are not opened.

    None wants all of them.
    """
    with open_archive(path, limits) as archive:
        members = {info.filename: info for info in archive.infolist()}
        arrays = {name.removesuffix(".npy"): info for name, info in members.items() if name.endswith(".npy")}
        values = {
            name: _member(archive, name, info, limits)
            for name, info in arrays.items()
            if wanted is None or name in wanted
        }
        yield OpenContainer(values, tuple(map(plain, arrays)))


def _member(archive: zipfile.ZipFile, name: str, info: zipfile.ZipInfo, limits: Limits) -> Stored | Violation:
    try:
        if info.compress_type not in _METHODS:
            raise Unreadable(f"compression method {info.compress_type}")
        with archive.open(info) as stream:
            shape, fortran, dtype = _header(stream)
            start = stream.tell()
        if dtype.itemsize > limits.max_text:
            raise Unreadable(f"elements of {dtype.itemsize} bytes, at most {limits.max_text} are read")
        if dtype.kind in "US" and (size_of(shape) > limits.max_texts or info.file_size > 4 * limits.max_text):
            raise Unreadable(f"{size_of(shape)} texts in {info.file_size} bytes, at most {limits.max_texts} are read")
        _require_size(shape, dtype, info.file_size - start)
        require_possible(shape, dtype.itemsize)
    except Exception as error:
        return Violation(name, "readable", str(error)[:200] or type(error).__name__, _INTACT)
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
    declared = size_of(shape) * dtype.itemsize
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
                block = np.frombuffer(data, dtype)
                if dtype.kind == "U":
                    _require_text(block)
                yield block
            # The checksum is compared only once the end of the member is reached.
            stream.read(1)
    except Unreadable:
        raise
    except Exception as error:
        raise Unreadable(str(error) or type(error).__name__) from error


def _require_text(block: Array) -> None:
    """NumPy takes any 32 bits for a character; what is none cannot be printed, compared or written."""
    points = block.view(block.dtype.byteorder.replace("|", "=") + "u4")
    if np.any((points > _LAST_POINT) | ((points >= _SURROGATES[0]) & (points <= _SURROGATES[1]))):
        raise Unreadable("text with what is no character of Unicode")


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
