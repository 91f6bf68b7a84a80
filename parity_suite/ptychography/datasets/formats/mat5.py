"""MATLAB 5 files: arrays of numbers by name, streamed; cells, structures and objects are passed over.

A file is a header of 128 bytes and elements, each a type, a length and so many bytes; an array is an element of
elements (flags, sizes, name, real and imaginary part), as such or packed by zlib. Arrays lie in Fortran order.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from parity_suite.contracts.holding import refusal
from parity_suite.contracts.limits import Limits
from parity_suite.contracts.stored import Stored, Unreadable, require_possible, size_of

Array = NDArray[Any]

_HEADER: Final = 128
_TAG: Final = 8
_MATRIX, _PACKED = 14, 15
_STORED: Final = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
_CLASSES: Final = {6: "f8", 7: "f4", 8: "i1", 9: "u1", 10: "i2", 11: "u2", 12: "i4", 13: "u4", 14: "i8", 15: "u8"}
_COMPLEX: Final = 0x0800
_MOST_NAME: Final = 1024
_STEP: Final = 2**16


@dataclass(frozen=True, eq=False)
class Mat5Array:
    """An array of numbers, real or complex."""

    name: str
    #: as MATLAB says it
    shape: tuple[int, ...]
    dtype: str
    #: the real part, with the axes reversed, in C order
    real: Stored
    imaginary: Stored | None

    def load(self) -> Array:
        """All of it, with its axes as MATLAB has them. Raises Unreadable."""
        whole = self.real.load().T
        return whole if self.imaginary is None else whole + 1j * self.imaginary.load().T


def mat5_arrays(path: Path, limits: Limits) -> list[Mat5Array]:
    """The arrays of numbers in a file; ContractError where it is damaged, or holds more than the limits allow."""
    try:
        found = list(_arrays(path, limits))
    except (Unreadable, struct.error) as error:
        raise refusal(path, "readable", str(error), "a complete MATLAB 5 file") from error
    declared = sum(size_of(one.shape) * np.dtype(one.dtype).itemsize for one in found)
    if declared > limits.max_bytes:
        raise refusal(path, "size", f"{declared} bytes declared", f"at most {limits.max_bytes}")
    return found


def _arrays(path: Path, limits: Limits) -> Iterator[Mat5Array]:
    end = path.stat().st_size
    with path.open("rb") as file:
        order = {b"IM": "<", b"MI": ">"}.get(file.read(_HEADER)[-2:])
        if order is None:
            raise Unreadable("no sign of the order of its bytes")
        place = _HEADER
        for _ in range(limits.max_members):
            if place + _TAG > end:
                return
            file.seek(place)
            kind, size = struct.unpack(f"{order}2L", file.read(_TAG))
            if place + _TAG + size > end:
                raise Unreadable(f"an element of {size} bytes that ends after the file does")
            packed = kind == _PACKED
            if packed or kind == _MATRIX:
                one = _array(_Element(path, place if not packed else place + _TAG, size, packed, order), limits)
                if one is not None:
                    yield one
            # What is packed is not padded.
            place += _TAG + (size if packed else -(-size // _TAG) * _TAG)
    raise Unreadable(f"over {limits.max_members} elements")


@dataclass(frozen=True)
class _Element:
    """Where an array lies in its file."""

    path: Path
    start: int
    size: int
    packed: bool
    order: str


def _array(element: _Element, limits: Limits) -> Mat5Array | None:
    reader = _Reader(element)
    kind, _ = reader.tag()
    flags = reader.small("u4")
    if kind != _MATRIX or flags.size != 2 or (int(flags[0]) & 0xFF) not in _CLASSES:
        return None
    dtype = np.dtype(_CLASSES[int(flags[0]) & 0xFF])
    shape = tuple(int(one) for one in reader.small("i4"))
    name = reader.small("u1").tobytes().decode("ascii", "backslashreplace")
    if not shape or min(shape) < 0:
        raise Unreadable(f"{name!r} of shape {shape}"[:200])
    require_possible(shape, dtype.itemsize)
    real = _part(element, reader, shape, dtype, limits)
    if not int(flags[0]) & _COMPLEX:
        return Mat5Array(name, shape, str(dtype), real, None)
    reader.skip(reader.left)
    return Mat5Array(name, shape, "complex128", real, _part(element, reader, shape, dtype, limits))


def _part(element: _Element, reader: _Reader, shape: tuple[int, ...], dtype: np.dtype[Any], limits: Limits) -> Stored:
    """Where the reader stands begins a real or an imaginary part."""
    stored_as, size = reader.tag()
    if stored_as not in _STORED or size != size_of(shape) * np.dtype(_STORED[stored_as]).itemsize:
        raise Unreadable(f"{size} bytes of type {stored_as} for shape {shape}"[:200])
    times = limits.most_times(size)
    if element.packed and size > times * max(element.size, 1):
        raise Unreadable(f"{size} bytes out of {element.size}, over {times:g} times as many")
    packed_as = np.dtype(element.order + _STORED[stored_as])
    place = reader.place
    return Stored(dtype, shape[::-1], lambda: _blocks(element, place, size, packed_as, dtype, limits.block_bytes))


def _blocks(
    element: _Element, place: int, size: int, packed_as: np.dtype[Any], dtype: np.dtype[Any], block_bytes: int
) -> Iterator[Array]:
    reader = _Reader(element)
    reader.skip(place)
    step = max(block_bytes // packed_as.itemsize, 1) * packed_as.itemsize
    for start in range(0, size, step):
        yield np.frombuffer(reader.read(min(step, size - start)), packed_as).astype(dtype)


class _Reader:
    """The bytes of an element, unpacked as they are asked for; Unreadable where they end early."""

    def __init__(self, element: _Element) -> None:
        self._element = element
        self._file = element.path.open("rb")
        self._file.seek(element.start)
        self._inflate = zlib.decompressobj() if element.packed else None
        self._rest = b""
        #: bytes that were read
        self.place = 0
        #: of the element whose tag was read last, padding included
        self.left = 0

    def __del__(self) -> None:
        self._file.close()

    def read(self, count: int) -> bytes:
        """Exactly so many bytes."""
        found = bytearray()
        while len(found) < count:
            some = self._some(count - len(found))
            if not some:
                raise Unreadable("an array that ends early")
            found += some
        self.place += count
        return bytes(found)

    def skip(self, count: int) -> None:
        """Reads past so many bytes."""
        while count > 0:
            count -= len(self.read(min(count, _STEP)))

    def tag(self) -> tuple[int, int]:
        """Type and length of the element that follows; ``left`` is what it takes with its padding."""
        kind = self._number()
        if kind >> 16:
            # Up to four bytes lie within the tag, in the place of the length.
            self.left = _TAG // 2
            if kind >> 16 > self.left:
                raise Unreadable(f"{kind >> 16} bytes in a tag")
            return kind & 0xFFFF, kind >> 16
        size = self._number()
        self.left = -(-size // _TAG) * _TAG
        return kind, size

    def small(self, dtype: str) -> Array:
        """An element of a few numbers."""
        _, size = self.tag()
        if size > _MOST_NAME:
            raise Unreadable(f"{size} bytes of sizes or of a name")
        content = self.read(self.left)[:size]
        if len(content) % np.dtype(dtype).itemsize:
            raise Unreadable(f"{len(content)} bytes for numbers of type {dtype}")
        return np.frombuffer(content, self._element.order + dtype)

    def _number(self) -> int:
        return int(struct.unpack(f"{self._element.order}L", self.read(_TAG // 2))[0])

    def _some(self, most: int) -> bytes:
        if self._inflate is None:
            return self._file.read(most)
        while True:
            try:
                some = self._inflate.decompress(self._rest or self._file.read(_STEP), most)
            except zlib.error as error:
                raise Unreadable(str(error)) from error
            self._rest = self._inflate.unconsumed_tail
            if some or self._inflate.eof or (not self._rest and not self._file.peek(1)):
                return some
