"""The heaps of an HDF5 file, where its texts lie, walked before the HDF5 library walks them.

The library goes from object to object by their sizes and never comes back from a free one of size 0. It only reads a
heap that starts with its signature, so that every place in the file that starts like one is looked at, whether or not
anything refers to it. Layout: HDF5 File Format Specification 3.0, III.E, Global Heap.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

#: The signature and the only version there is.
_START: Final = b"GCOL\x01"
#: Of the whole heap, header included.
_SIZE: Final = struct.Struct("<8xQ")
#: Index, number of references, size.
_OBJECT: Final = struct.Struct("<HH4xQ")
_SMALLEST: Final = 4096
#: The library reads a heap as a whole; it makes one of 4 KiB, or as large as the one text that needs more.
_LARGEST: Final = 64 * 2**20
_WINDOW: Final = 2**20


def damaged_heap(path: Path) -> str | None:
    """What is wrong with the first heap that cannot be walked, None where all can."""
    with path.open("rb") as stream:
        for place in _starts(stream):
            stream.seek(place)
            found = _damage(stream)
            if found:
                return f"a heap of texts at byte {place} with {found}"
    return None


def _starts(stream: IO[bytes]) -> Iterator[int]:
    """Places in the file where a heap may start."""
    before, kept = 0, b""
    while True:
        stream.seek(before + len(kept))
        window = kept + stream.read(_WINDOW)
        if len(window) < len(_START):
            return
        place = window.find(_START)
        while place >= 0:
            yield before + place
            place = window.find(_START, place + 1)
        # What lies across the border of two windows is found in the second.
        kept, before = window[1 - len(_START) :], before + len(window) - len(_START) + 1
        if len(window) < _WINDOW:
            return


def _damage(stream: IO[bytes]) -> str | None:
    head = stream.read(_SIZE.size)
    size = _SIZE.unpack(head)[0] if len(head) == _SIZE.size else 0
    if not _SMALLEST <= size <= _LARGEST:
        return f"a size of {size} bytes"
    heap = stream.read(size - _SIZE.size)
    if len(heap) < size - _SIZE.size:
        return f"a size of {size} bytes, which goes beyond the file"
    place = 0
    while place + _OBJECT.size <= len(heap):
        index, _, length = _OBJECT.unpack_from(heap, place)
        # The size of a free object counts its own header, and is not rounded up to 8.
        step = _OBJECT.size + -(-length // 8) * 8 if index else length
        if step < _OBJECT.size or step > len(heap) - place:
            return f"an object of {length} bytes at {place}"
        place += step
    return None
