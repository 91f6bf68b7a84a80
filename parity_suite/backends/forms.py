"""Copies of an array with the same values in another form: how it lies in memory, whether it may be written into."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def _rolled(value: Array) -> Array:
    """A view whose last axis comes first in memory: no more in Fortran's order than in C's."""
    return np.moveaxis(np.moveaxis(value, -1, 0).copy(), 0, -1)


def _strided(value: Array) -> Array:
    """Every second element of an array that holds other numbers between them."""
    wide = np.repeat(np.roll(value, 1), 2, axis=-1)
    wide[..., ::2] = value
    return wide[..., ::2]


def _locked(value: Array) -> Array:
    locked = value.copy()
    locked.setflags(write=False)
    return locked


def _backwards(value: Array) -> Array:
    return np.flip(np.flip(value).copy())


def _of_one(value: Array) -> Array:
    """A view that holds the first item alone, where all are alike."""
    alike = value.ndim and len(value) and np.array_equal(value, np.broadcast_to(value[:1], value.shape))
    return np.broadcast_to(value[:1].copy(), value.shape) if alike else value.copy()


#: What frameworks themselves refuse, as PyTorch does: a backend may too, and misreads none.
BACKWARDS: Final = "backwards in memory"
#: Of items that are all alike.
ONE_FOR_ALL: Final = "as a view of one item"
#: Arrays beside others: whether one is in Fortran order says nothing of the next.
MIXED: Final = "of even rank in Fortran order, others in C order"

#: By the name of the form, which is empty for C order.
FORMS: Final[Mapping[str, Callable[[Array], Array]]] = {
    "": lambda value: value.copy(),
    "in Fortran order": lambda value: value.copy(order="F"),
    MIXED: lambda value: value.copy(order="C" if value.ndim % 2 else "F"),
    "as a transposed view": lambda value: value.T.copy().T,
    "with the last axis first in memory": _rolled,
    "strided": _strided,
    "read-only": _locked,
    ONE_FOR_ALL: _of_one,
    BACKWARDS: _backwards,
}
