"""An array that lies in a container or in memory, read in blocks; it need not fit into memory."""

from __future__ import annotations

import math
import mmap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

#: Pages of a memory-mapped file are given back after so many bytes, so that they do not pile up in resident memory.
_RELEASED_EVERY: Final = 32 * 2**20
#: Of an array whose elements do not lie in C order, so much is copied at once.
_GATHERED: Final = 32 * 2**20
#: Bytes of an array of texts, each as wide as the longest.
MOST_TEXT: Final = 64 * 2**20
#: NumPy itself stops at 64, and no artefact has more than a handful.
_MOST_AXES: Final = 32


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
        whole = np.empty(size_of(self.shape), self.dtype)
        place = 0
        for block in self.blocks():
            if place + block.size > whole.size:
                raise Unreadable(f"over {whole.size} elements for shape {self.shape}")
            whole[place : place + block.size] = block
            place += block.size
        if place < whole.size:
            raise Unreadable(f"{place} elements for shape {self.shape}")
        return whole.reshape(self.shape)


def size_of(shape: tuple[int, ...]) -> int:
    """The number of elements, a whole number of any size."""
    return math.prod(map(int, shape))


def require_possible(shape: tuple[int, ...], itemsize: int) -> None:
    """Unreadable where NumPy could not hold such an array, however few its elements."""
    if len(shape) > _MOST_AXES:
        raise Unreadable(f"{len(shape)} axes, at most {_MOST_AXES}")
    # An axis of length 0 does not make the others possible.
    if size_of(tuple(length or 1 for length in shape)) * itemsize >= 2**63:
        raise Unreadable(f"shape {shape}, which no array can have"[:200])


def text_array(texts: Sequence[str]) -> Array:
    """Texts as an array; Unreadable where one long text would make all of them as wide."""
    longest = max(map(len, texts), default=0)
    # Four bytes for every character of the longest, in each element.
    if 4 * longest * len(texts) > MOST_TEXT:
        raise Unreadable(f"{len(texts)} texts of up to {longest} characters")
    return np.array(texts, np.str_)


def blocks_of(array: Array, block_bytes: int) -> Iterator[Array]:
    """Consecutive one-dimensional runs of the elements of ``array`` in C order, each of about ``block_bytes``.

    No more than 32 MiB are copied at once, and nothing of a contiguous array. Pages of a file mapped for reading are
    given back as they were passed.
    """
    pages = _Pages(array)
    step = max(block_bytes // max(array.itemsize, 1), 1)
    for part in _parts(array, pages):
        flat = part.reshape(-1)
        for start in range(0, flat.size, step):
            block = flat[start : start + step]
            yield np.ascontiguousarray(block)
            pages.passed(_extent(block))
    pages.release()


def _parts(array: Array, pages: _Pages) -> Iterator[Array]:
    """Consecutive parts in C order, each contiguous or of one axis."""
    if array.flags.c_contiguous or array.ndim < 2:
        yield array
        return
    each = array.nbytes // len(array)
    if each > _GATHERED:
        for item in array:
            yield from _parts(item, pages)
        return
    step = max(_GATHERED // max(each, 1), 1)
    for start in range(0, len(array), step):
        yield _gathered(array[start : start + step], pages)


def _gathered(part: Array, pages: _Pages) -> Array:
    """A contiguous copy, made in the order in which the elements lie in memory, so that each page is met once."""
    copy = np.empty(part.shape, part.dtype)
    slowest = int(np.argmax(np.abs(part.strides)))
    source, target = np.moveaxis(part, slowest, 0), np.moveaxis(copy, slowest, 0)
    each = max(_extent(part) // len(source), 1)
    step = max(_RELEASED_EVERY // each, 1)
    for start in range(0, len(source), step):
        target[start : start + step] = source[start : start + step]
        pages.passed(step * each)
    return copy


def _extent(part: Array) -> int:
    """Bytes from its first element in memory to its last."""
    steps = sum((length - 1) * abs(stride) for length, stride in zip(part.shape, part.strides, strict=True))
    return part.itemsize + int(steps)


class _Pages:
    """Gives the pages of a file mapped for reading back to the system; does nothing for any other array."""

    def __init__(self, array: Array) -> None:
        self._mapping = _read_only_mapping(array)
        self._since = 0

    def passed(self, nbytes: int) -> None:
        """So much of the file was looked at."""
        if self._mapping is not None:
            self._since += nbytes
            if self._since >= _RELEASED_EVERY:
                self.release()

    def release(self) -> None:
        """Give back all pages; they are read again from the file should anyone want them."""
        if self._mapping is not None:
            self._mapping.madvise(mmap.MADV_DONTNEED)
            self._since = 0


def _read_only_mapping(array: Array) -> mmap.mmap | None:
    """The map of the file under an array, if nothing can be lost by giving its pages back; else None."""
    base: Any = array
    while isinstance(base, np.ndarray):
        base = base.base
    if not isinstance(base, mmap.mmap) or not hasattr(base, "madvise"):
        return None
    # Not the arrays' own flags: what was changed in a private map is lost with its pages, and anyone may mark such an
    # array as one that is not to be written.
    with memoryview(base) as view:
        return base if view.readonly else None
