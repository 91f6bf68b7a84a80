"""Memory of one evaluation in a process of its own: ``python inference_memory.py BACKEND MODE GROUPS`` prints bytes.

The peak of the whole process, ``VmHWM`` as in :mod:`memory`. Amplitudes of N = 64 in groups of four are made chunk by
chunk, so that whatever grows with their number is the backend's.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from memory import peak
from subjects import fresh

from parity_suite.engine.environment import share_threads
from parity_suite.ptychography.learning.weights import initial_weights

_SIDE: Final = 64
_CHANNELS: Final = 4
_CHUNK: Final = 32
_CANVAS: Final = (320, 320)


def evaluate(name: str, mode: str, groups: int) -> int:
    """Bytes at the peak of a process that stitches what an untrained model infers from so many groups."""
    share_threads(1)
    subject = fresh(name, mode)
    _hold_untrained(subject)
    stitched = subject.infer_stream(_chunks(groups), np.zeros(2), _CANVAS, batch=_CHUNK)
    # A patch is a partition of one: every pixel of it is counted once.
    assert np.isclose(stitched["count"].sum(), groups * _CHANNELS * _SIDE**2, rtol=1e-3)
    return peak()


def _chunks(groups: int) -> Iterator[tuple[Any, Any]]:
    rng = np.random.default_rng(groups)
    for start in range(0, groups, _CHUNK):
        count = min(_CHUNK, groups - start)
        amplitude = rng.random((count, _SIDE, _SIDE, _CHANNELS), dtype=np.float32)
        yield amplitude, rng.uniform(-100, 100, (count, 1, 2, _CHANNELS))


def _hold_untrained(subject: Any) -> None:
    """Through the door of training, in no steps."""
    rng = np.random.default_rng(_SIDE)
    subject.train(
        counts=rng.integers(1, 9, (1, _SIDE, _SIDE, _CHANNELS)).astype(np.float64),
        positions=np.zeros((1, 1, 2, _CHANNELS)),
        centres=np.zeros((1, 1, 2, 1)),
        probe=rng.standard_normal((1, _SIDE, _SIDE, 2), dtype=np.float32).view(np.complex64)[..., 0],
        scale=1.0,
        weights=initial_weights(_SIDE, _CHANNELS).astype(np.float32),
        order=np.zeros((0, 1), np.int64),
        watch=np.zeros(1, np.int64),
        canvas=(_SIDE, _SIDE),
        settings={},
    )


if __name__ == "__main__":
    print(evaluate(sys.argv[1], sys.argv[2], int(sys.argv[3])))
