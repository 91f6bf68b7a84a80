"""Finding a field in data by its name, and what its value is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from parity_suite.contracts.contents import Content
from parity_suite.contracts.limits import Limits
from parity_suite.contracts.model import Field
from parity_suite.contracts.stored import Stored, blocks_of
from parity_suite.contracts.violation import Violation


class Missing:
    """There is no such name."""


@dataclass(frozen=True, eq=False)
class Opaque:
    """A value of a document that is not looked into: a mapping, a list of anything, null."""

    value: object


@dataclass(frozen=True, eq=False)
class Column:
    """Values of a document, null among them; a null holds nan or an empty text in ``values``."""

    values: NDArray[Any]
    nulls: NDArray[np.bool_]


MISSING: Final = Missing()

#: What a document says of a path that does not lead to a value.
_NOT_THERE: Final = ("required", "type")


def find(data: Mapping[str, object], name: str) -> object:
    """``data[name]``, or for a name ``a.b`` the value of ``b`` in the mapping ``data["a"]``; else :data:`MISSING`."""
    if name in data:
        return data[name]
    head, dot, rest = name.partition(".")
    inner = data.get(head)
    return find(inner, rest) if dot and isinstance(inner, Mapping) else MISSING


def as_content(field: Field, value: object, limits: Limits) -> Content | Violation | None:
    """The value as a field's content, the violation that says why it is none, or None where it is not looked into."""
    if "json" in field.dtypes and not (isinstance(value, Violation) and value.rule in _NOT_THERE):
        # Whatever it holds, mixed types, ragged lists and null among it.
        return None
    if isinstance(value, Violation):
        return replace(value, field=field.name)
    if isinstance(value, Stored):
        return Content(field, value.dtype, value.shape, value.blocks, value.load)
    if isinstance(value, Column):
        if value.nulls.all() and not value.nulls.shape and field.nullable and "" not in field.shapes:
            # One null in the place of a whole array: there is none.
            return None
        # Nulls alone have no type of their own.
        untyped = bool(value.nulls.all())
        array = np.zeros(value.nulls.shape, _first(field)) if untyped else _as_wanted(field, value.values)
        return Content(field, array.dtype, array.shape, _blocks(array, limits), lambda: array, value.nulls)
    found = _array(field, value)
    if isinstance(found, Violation):
        return found
    return Content(field, found.dtype, found.shape, _blocks(found, limits), lambda: found)


def _blocks(array: NDArray[Any], limits: Limits) -> Any:
    return lambda: blocks_of(array, limits.block_bytes)


def _array(field: Field, value: object) -> NDArray[Any] | Violation:
    wanted = f"an array of {' or '.join(field.dtypes)}"
    if isinstance(value, Opaque):
        kind = "null" if value.value is None else type(value.value).__name__
        return Violation(field.name, "dtype", kind, wanted)
    if isinstance(value, np.ma.MaskedArray):
        # Taken as a plain array it would lose its mask.
        return Violation(field.name, "dtype", "a masked array", wanted)
    try:
        array = np.asarray(value)
    except Exception as error:
        # A tensor on a device, a ragged list, or whatever a stranger's ``__array__`` raises.
        return Violation(field.name, "dtype", f"what is no array ({error})", wanted)
    if array.dtype.kind == "O":
        return Violation(field.name, "dtype", f"Python objects ({type(value).__name__})", wanted)
    return array if isinstance(value, np.ndarray | np.generic) else _as_wanted(field, array)


def _as_wanted(field: Field, array: NDArray[Any]) -> NDArray[Any]:
    """Plain whole numbers, which a document writes without a point, are floats where the contract wants floats."""
    if array.dtype.kind in "iu" and "int64" not in field.dtypes and "float64" in field.dtypes:
        return array.astype(np.float64)
    # An empty list has no type of its own.
    return array.astype(_first(field)) if array.size == 0 and array.dtype == np.float64 else array


def _first(field: Field) -> np.dtype[Any]:
    return np.dtype("U1" if field.dtypes[0] == "str" else field.dtypes[0])
