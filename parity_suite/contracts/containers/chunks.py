"""A dataset of an HDF5 file in parts of bounded size, each chunk unpacked as seldom as can be, and none that swells.

The HDF5 library unpacks a chunk into as much memory as its bytes give, whatever size the dataset declares for it; so a
deflated chunk that could give much is measured here first, and thrown away piece by piece.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator
from itertools import product
from typing import Any, Final

import h5py

from parity_suite.contracts.limits import Limits
from parity_suite.contracts.stored import Unreadable

#: Of elements that are read at once where a chunk is not larger.
_MOST_PART: Final = 64 * 2**20
#: About as much is read at once where that does not cut a chunk.
_PART: Final = 2**20
_DEFLATE, _SHUFFLE, _FLETCHER32, _LZF = 1, 2, 3, 32000
#: First to last as a writer applies them. Those of the library that are left out (szip, n-bit, scale-offset) take the
#: size of what they unpack from the file.
_FILTERS: Final = frozenset({_DEFLATE, _SHUFFLE, _FLETCHER32, _LZF})
_PACKERS: Final = frozenset({_DEFLATE, _LZF})
#: Deflate turns a byte into at most so many.
_DEFLATE_MOST: Final = 1032
#: A chunk that cannot give more is left to the library.
_HARMLESS: Final = 64 * 2**20
#: What packing may add to a chunk that cannot be packed, and a checksum.
_OVERHEAD: Final = 4096
#: Of a chunk that are in memory at once: packed, unpacked, and the part that is made of it.
_COPIES: Final = 4
_PIECE: Final = 2**14


def parts_of(node: h5py.Dataset) -> Iterator[Any]:
    """Consecutive parts in C order; Unreadable where a chunk holds more than it should."""
    refuse_swelling(node)
    shape = node.shape
    if not shape or 0 in shape:
        yield node[()]
        return
    axis, step = _plan(shape, _chunks(node), node.dtype.itemsize)
    for place in product(*map(range, shape[:axis])):
        for start in range(0, shape[axis], step):
            yield node[(*place, slice(start, start + step))]


def refuse_layout(node: h5py.Dataset, limits: Limits) -> None:
    """Unreadable where filters or chunks would cost more than the limits allow."""
    if node.chunks is None:
        return
    _refuse_filters(node)
    shape, chunks, itemsize = node.shape, node.chunks, node.dtype.itemsize
    size, most = math.prod(chunks) * itemsize, limits.max_whole // _COPIES
    if size > most:
        raise Unreadable(f"chunks of {size} bytes, at most {most} are read")
    if 0 in shape:
        return
    padded = math.prod(-(-length // chunk) * chunk for length, chunk in zip(shape, chunks, strict=True)) * itemsize
    times = _times_read(shape, chunks, itemsize)
    if padded * times > limits.max_bytes:
        raise Unreadable(f"chunks of shape {chunks}, {padded} bytes to be unpacked {times} times"[:200])


def _refuse_filters(node: h5py.Dataset) -> None:
    plist = node.id.get_create_plist()
    codes = [plist.get_filter(index)[0] for index in range(plist.get_nfilters())]
    strange = sorted(set(codes) - _FILTERS)
    if strange:
        raise Unreadable(f"filter {strange[0]}, which is a plug-in or takes its size from the file")
    packed = [index for index, code in enumerate(codes) if code in _PACKERS]
    # One after the other they would unpack a byte into a million.
    if len(packed) > 1 or (packed and set(codes[packed[0] + 1 :]) - {_FLETCHER32}) or len(set(codes)) < len(codes):
        raise Unreadable(f"filters {', '.join(map(str, codes))}, in an order that nothing writes"[:200])


def _chunks(node: h5py.Dataset) -> tuple[int, ...]:
    return tuple(node.chunks) if node.chunks else (1,) * len(node.shape)


def _plan(shape: tuple[int, ...], chunks: tuple[int, ...], itemsize: int) -> tuple[int, int]:
    """The axis along which parts are cut, and how thick they are; along the axes before it they are one thick."""
    for axis in range(len(shape)):
        row = math.prod(shape[axis + 1 :]) * itemsize
        if row <= _MOST_PART:
            break
    thick = chunks[axis]
    if thick * row > _MOST_PART:
        return axis, max(_MOST_PART // row, 1)
    return axis, thick * max(_PART // (thick * row), 1)


def _times_read(shape: tuple[int, ...], chunks: tuple[int, ...], itemsize: int) -> int:
    """How often a chunk is unpacked: once for every part that cuts it."""
    axis, step = _plan(shape, chunks, itemsize)
    along = math.prod(map(min, shape[:axis], chunks[:axis]))
    return along * max(-(-min(chunks[axis], shape[axis]) // step), 1)


def refuse_swelling(node: h5py.Dataset) -> None:
    """Unreadable where a chunk in the file gives more bytes than the dataset has for it."""
    if not node.chunks:
        return
    size = math.prod(node.chunks) * node.dtype.itemsize
    large: list[tuple[int, ...]] = []

    def note(chunk: Any) -> None:
        if chunk.size > 2 * size + _OVERHEAD:
            raise Unreadable(f"a chunk of {chunk.size} bytes in the file, for {size} bytes of elements")
        if chunk.size * _DEFLATE_MOST > max(_HARMLESS, size):
            large.append(chunk.chunk_offset)

    node.id.chunk_iter(note)
    if node.compression == "gzip":
        for offset in large:
            _, raw = node.id.read_direct_chunk(offset)
            if _swells(raw, size + _OVERHEAD):
                raise Unreadable(f"a chunk that unpacks to more than its {size} bytes")


def _swells(raw: bytes, most: int) -> bool:
    """Whether deflated bytes give more than ``most``; what is no deflate stream is left to the library to refuse."""
    inflate, size = zlib.decompressobj(), 0
    try:
        for start in range(0, len(raw), _PIECE):
            size += len(inflate.decompress(raw[start : start + _PIECE]))
            if size > most or inflate.eof:
                break
    except zlib.error:
        return size > most
    return size > most
