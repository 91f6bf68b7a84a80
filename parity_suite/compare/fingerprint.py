"""A few numbers by which an error is known again: its sums under fixed patterns of signs, in units of its length.

A second mistake may leave both the worst element and the length of an error nearly as they were. A sum under random
signs moves with whatever is added, by about the length of it (the sketch of Alon, Matias and Szegedy, 1996).
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from parity_suite.compare.deviation import length

Array = npt.NDArray[Any]

#: Patterns of signs; one alone would miss what happens to cancel under it.
PATTERNS: Final = 4
_DIGITS: Final = 4
#: Beside what is not finite, an error that is a smaller part of what was wanted is taken for round-off.
_FAINT: Final = 1e-3


def fingerprint(got: Array, want: Array) -> tuple[float, ...]:
    """Of two arrays of one shape, the sum of ``got - want`` under each pattern; nothing where there is no error. Of
    values without a distance, texts and truth values, it is of which of them differ; where some are not finite, of
    which those are, and then of the rest.
    """
    one, other = _numbers(got, want)
    with np.errstate(all="ignore"):
        error = one - other
    lost = ~np.isfinite(error)
    if not lost.any():
        return _sums(error)
    rest, wanted = np.where(lost, 0, error), other[np.isfinite(other)]
    faint = length(np.abs(rest)) <= _FAINT * length(np.abs(wanted))
    return (*_sums(lost.astype(np.float64)), *((0.0,) * PATTERNS if faint else _sums(rest)))


def _numbers(got: Array, want: Array) -> tuple[Array, Array]:
    """Both in double precision; of what is no number whether it differs, and nothing."""
    kinds = {got.dtype.kind, want.dtype.kind}
    if not kinds <= set("iufc"):
        return (got != want).astype(np.float64), np.zeros(got.shape)
    wide = np.complex128 if "c" in kinds else np.float64
    return got.astype(wide), want.astype(wide)


def _sums(error: Array) -> tuple[float, ...]:
    # In one row, complex numbers as two each.
    row = np.ascontiguousarray(error).reshape(-1).view(np.float64)
    size = length(np.abs(row))
    if not size:
        return ()
    return tuple(round(float(np.sum(row / size * _signs(k, row.size))), _DIGITS) for k in range(PATTERNS))


def _signs(number: int, count: int) -> Array:
    """The bits of a generator whose stream no version of NumPy changes; a shorter pattern begins a longer one."""
    words = np.random.PCG64(number).random_raw(-(-count // 64))
    bits = np.unpackbits(np.asarray(words, "<u8").view(np.uint8))[:count]
    return bits.astype(np.int8) * np.int8(2) - np.int8(1)
