"""Whole patterns, a block of them at a time, out of a stack that lies in a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from parity_suite.contracts.stored import Stored, size_of

Array = NDArray[Any]

#: Bytes of the patterns that are looked at together, which fit a processor's third-level cache with what is made of
#: them.
_BLOCK: Final = 2**20


def block_length(size: int) -> int:
    """Patterns of ``size`` pixels a side in a block."""
    return max(1, _BLOCK // (4 * size * size))


def frames_of(stored: Stored) -> Iterator[Array]:
    """The stack (..., H, W) as blocks (m, H, W) of whole patterns, out of runs of elements that end anywhere."""
    shape = stored.shape[-2:]
    each, step = size_of(shape), block_length(shape[-1])
    waiting: list[Array] = []
    held = 0
    for run in stored.blocks():
        waiting.append(run)
        held += run.size
        if held >= each * step:
            joined = np.concatenate(waiting)
            whole = held // each * each
            yield joined[:whole].reshape(-1, *shape)
            waiting, held = [joined[whole:]], held - whole
    if held:
        yield np.concatenate(waiting).reshape(-1, *shape)
