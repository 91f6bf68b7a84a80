"""An array that lies in a container or in memory, read in blocks; it need not fit into memory."""

from __future__ import annotations

import mmap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

#: Pages of a memory-mapped file are given back after so many bytes, so that they do not pile up in resident memory.
_RELEASED_EVERY: Final = 32 * 2**20


class Unreadable(Exception):
    """A member that is there and cannot be read; the message says what was found."""


@dataclass(frozen=True, eq=False)
class Stored:
    """An array whose type and shape are known and whose elements come when they are asked for."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    #: consecutive runs of elements in C order, one-dimensional; may raise :class:`Unreadable`
    blocks: Callable[[], Iterator[Array]]

    def load(self) -> Array:
        """All of it, with its shape. Raises Unreadable."""
        whole = np.empty(int(np.prod(self.shape, dtype=np.int64)), self.dtype)
        place = 0
        for block in self.blocks():
            whole[place : place + block.size] = block
            place += block.size
        return whole.reshape(self.shape)


def blocks_of(array: Array, block_bytes: int) -> Iterator[Array]:
    """Consecutive one-dimensional runs of the elements of ``array`` in C order, each of about ``block_bytes``.

    No more than a block is copied. Pages of a file mapped for reading are given back as they were passed.
    """
    if not array.flags.c_contiguous and array.ndim > 1 and array.nbytes > block_bytes:
        for item in array:
            yield from blocks_of(item, block_bytes)
        return
    flat = array.reshape(-1)
    step = max(block_bytes // max(array.itemsize, 1), 1)
    mapping = _read_only_mapping(array)
    since = 0
    for start in range(0, flat.size, step):
        # Of a strided array the copy of a block; of any other the block itself.
        block = np.ascontiguousarray(flat[start : start + step])
        yield block
        since += block.nbytes
        if mapping is not None and since >= _RELEASED_EVERY:
            mapping.madvise(mmap.MADV_DONTNEED)
            since = 0
    if mapping is not None and since and array.nbytes >= _RELEASED_EVERY:
        mapping.madvise(mmap.MADV_DONTNEED)


def _read_only_mapping(array: Array) -> mmap.mmap | None:
    """The map of the file under an array, if nothing can be lost by giving its pages back; else None."""
    base: Any = array
    while isinstance(base, np.ndarray):
        if base.flags.writeable:
            return None
        base = base.base
    return base if isinstance(base, mmap.mmap) and hasattr(base, "madvise") else None
