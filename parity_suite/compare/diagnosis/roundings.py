"""Values as a lower precision holds them, in the dtype that they came with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def to_bits(bits: int, values: Array) -> Array:
    """To so many bits after the first, real and imaginary part each, over the range that the dtype has."""
    return _by_parts(values, partial(_to_bits, bits))


def _to_bits(bits: int, values: Array) -> Array:
    mantissa, exponent = np.frexp(values)
    return np.asarray(np.ldexp(np.rint(mantissa * 2.0 ** (bits + 1)) / 2.0 ** (bits + 1), exponent))


def _through(dtype: type[np.floating[Any]], values: Array) -> Array:
    with np.errstate(over="ignore"):
        return _by_parts(values, lambda part: part.astype(dtype).astype(part.dtype))


def _by_parts(values: Array, part: Callable[[Array], Array]) -> Array:
    if values.dtype.kind != "c":
        return part(values).astype(values.dtype)
    return np.asarray(part(values.real) + 1j * part(values.imag)).astype(values.dtype)


#: By the name of a precision, what it makes of real or complex values.
ROUNDINGS: Final[Mapping[str, Callable[[Array], Array]]] = {
    "float32": partial(_through, np.float32),
    "float16": partial(_through, np.float16),
    "TF32": partial(to_bits, 10),
    "bfloat16": partial(to_bits, 7),
}
