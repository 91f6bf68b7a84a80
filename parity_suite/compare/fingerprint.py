"""A few numbers by which an error is known again: its sums under fixed patterns of signs, in units of its length.

A second mistake may leave both the worst element and the length of an error nearly as they were. A sum under random
signs moves with whatever is added, by about the length of it (the sketch of Alon, Matias and Szegedy, 1996).
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

#: Patterns of signs; one alone would miss what happens to cancel under it.
PATTERNS: Final = 4
_DIGITS: Final = 4


def fingerprint(got: Array, want: Array) -> tuple[float, ...]:
    """Of two arrays of one shape, the sum of ``got - want`` under each pattern; nothing where there is no error that
    is finite. Of values without a distance, texts and truth values, it is of which of them differ.
    """
    error = _error(got, want)
    top = float(np.abs(error).max(initial=0.0))
    if not 0 < top < np.inf:
        return ()
    error /= top
    sums = [float(np.sum(error * _signs(k, error.size))) for k in range(PATTERNS)]
    length = float(np.sqrt(np.sum(error**2)))
    return tuple(round(one / length, _DIGITS) for one in sums)


def _error(got: Array, want: Array) -> Array:
    """In one row, complex ones as two numbers each."""
    if {got.dtype.kind, want.dtype.kind} <= set("iufc"):
        wide = np.complex128 if "c" in got.dtype.kind + want.dtype.kind else np.float64
        with np.errstate(all="ignore"):
            return np.ascontiguousarray(got.astype(wide) - want.astype(wide)).reshape(-1).view(np.float64)
    return np.ravel(got != want).astype(np.float64)


def _signs(number: int, count: int) -> Array:
    """The bits of a generator whose stream no version of NumPy changes; a shorter pattern begins a longer one."""
    words = np.random.PCG64(number).random_raw(-(-count // 64))
    bits = np.unpackbits(np.asarray(words, "<u8").view(np.uint8))[:count]
    return bits.astype(np.int8) * np.int8(2) - np.int8(1)
