"""Whole patterns, a block of them at a time, out of a stack that lies in a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from parity_suite.contracts.stored import Stored, size_of

Array = NDArray[Any]

#: Bytes of the patterns that are looked at together: with what is made of them they fit a second-level cache.
_BLOCK: Final = 2**18


def block_length(size: int) -> int:
    """Patterns of ``size`` pixels a side in a block."""
    return max(1, _BLOCK // (4 * size * size))


class FrameJoiner:
    """Joins runs of elements, which end anywhere, to blocks of whole patterns of ``shape`` (H, W)."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self._shape, self._each = shape, size_of(shape)
        self._wanted = self._each * block_length(shape[-1])
        self._waiting: list[Array] = []
        self._held = 0

    def take(self, run: Array) -> Array | None:
        """A block (m, H, W), where the run completes one."""
        self._waiting.append(run)
        self._held += run.size
        return self._joined() if self._held >= self._wanted else None

    def rest(self) -> Array | None:
        """The last block, None where the one before was."""
        return self._joined() if self._held else None

    def _joined(self) -> Array:
        joined = np.concatenate(self._waiting)
        whole = self._held // self._each * self._each
        self._waiting, self._held = [joined[whole:]], self._held - whole
        return joined[:whole].reshape(-1, *self._shape)


def frames_of(stored: Stored) -> Iterator[Array]:
    """The stack (..., H, W) as blocks (m, H, W) of whole patterns."""
    joiner = FrameJoiner(stored.shape[-2:])
    for run in stored.blocks():
        if (block := joiner.take(run)) is not None:
            yield block
    if (block := joiner.rest()) is not None:
        yield block
