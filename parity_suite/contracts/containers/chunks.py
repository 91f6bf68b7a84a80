"""A dataset of an HDF5 file in parts of bounded size, each chunk unpacked as seldom as can be.

The HDF5 library unpacks a chunk into as much memory as its bytes give, and as often as it is asked to; what that may
cost is bounded in the process that reads, see :mod:`.hdf5_worker`.
"""

from __future__ import annotations

import math
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
#: Of a part; the library takes some kilobytes for each.
_MOST_CHUNKS: Final = 2**13
_DEFLATE, _SHUFFLE, _FLETCHER32, _LZF = 1, 2, 3, 32000
#: Any other may be a plug-in, which is a program that the library would load.
_FILTERS: Final = frozenset({_DEFLATE, _SHUFFLE, _FLETCHER32, _LZF})
#: Of a chunk that are in memory at once: packed, unpacked, and the part that is made of it.
_COPIES: Final = 4


def parts_of(node: h5py.Dataset) -> Iterator[Any]:
    """Consecutive parts in C order."""
    shape = node.shape
    if not shape or 0 in shape:
        yield node[()]
        return
    axis, step = _plan(shape, node.chunks, node.dtype.itemsize)
    for place in product(*map(range, shape[:axis])):
        for start in range(0, shape[axis], step):
            yield node[(*place, slice(start, start + step))]


def refuse_layout(node: h5py.Dataset, limits: Limits) -> None:
    """Unreadable where a filter is one of others, or a chunk larger than the limits allow."""
    if node.chunks is None:
        return
    plist = node.id.get_create_plist()
    strange = {plist.get_filter(index)[0] for index in range(plist.get_nfilters())} - _FILTERS
    if strange:
        raise Unreadable(f"filter {min(strange)}, which is a plug-in or takes its size from the file")
    size, most = math.prod(node.chunks) * node.dtype.itemsize, limits.max_whole // _COPIES
    if size > most:
        raise Unreadable(f"chunks of {size} bytes, at most {most} are read")


def _plan(shape: tuple[int, ...], chunks: tuple[int, ...] | None, itemsize: int) -> tuple[int, int]:
    """The axis along which parts are cut, and how thick they are; along the axes before it they are one thick."""
    for axis in range(len(shape)):
        row = math.prod(shape[axis + 1 :]) * itemsize
        if row <= _MOST_PART:
            break
    thick = chunks[axis] if chunks else 1
    if thick * row > _MOST_PART:
        return axis, max(_MOST_PART // row, 1)
    times = _PART // (thick * row)
    if chunks:
        across = math.prod(
            -(-length // chunk) for length, chunk in zip(shape[axis + 1 :], chunks[axis + 1 :], strict=True)
        )
        times = min(times, _MOST_CHUNKS // across)
    return axis, thick * max(times, 1)
