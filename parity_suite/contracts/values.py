"""Rules about the type and the values of one field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from parity_suite.contracts.model import Field
from parity_suite.contracts.violation import Violation

Array = NDArray[Any]

#: Names that a contract may use in ``dtypes``; ``str`` stands for text of any length.
DTYPES: Final = ("str", "bool", "int32", "int64", "float32", "float64", "complex64", "complex128")

_ORDERED_KINDS: Final = "iuf"
_NUMERIC_KINDS: Final = "iufc"


def check_dtype(field: Field, array: Array) -> list[Violation]:
    """Hold the element type against the field's set; byte order is a rule of its own."""
    violations = []
    wanted = " or ".join(field.dtypes)
    name = "str" if array.dtype.kind == "U" else array.dtype.name
    if name not in field.dtypes:
        violations.append(Violation(field.name, "dtype", name, wanted))
    if array.dtype.str.startswith(">"):
        found = f"big-endian {name} ({array.dtype.str})"
        violations.append(Violation(field.name, "byte_order", found, f"little-endian {wanted}"))
    return violations


def check_values(field: Field, array: Array) -> list[Violation]:
    """Apply every value rule that makes sense for the type found, so that one fault does not hide another."""
    violations = [_VALUE_RULES[rule](field, array) for rule in field.rules]
    if is_ordered(array):
        if field.minimum is not None:
            violations.append(offenders(field.name, "min", array, array < field.minimum, f"at least {field.minimum:g}"))
        if field.maximum is not None:
            violations.append(offenders(field.name, "max", array, array > field.maximum, f"at most {field.maximum:g}"))
    if field.one_of and array.dtype.kind == "U":
        strange = ~np.isin(array, field.one_of)
        violations.append(offenders(field.name, "one_of", array, strange, " or ".join(map(repr, field.one_of))))
    return [violation for violation in violations if violation is not None]


def is_ordered(array: Array) -> bool:
    """Whether the elements are real numbers, so that they can be compared with a bound."""
    return array.dtype.kind in _ORDERED_KINDS


def _finite(field: Field, array: Array) -> Violation | None:
    if array.dtype.kind not in _NUMERIC_KINDS:
        return None
    return offenders(field.name, "finite", array, ~np.isfinite(array), "finite values")


def _non_negative(field: Field, array: Array) -> Violation | None:
    if not is_ordered(array):
        return None
    return offenders(field.name, "non_negative", array, array < 0, "values of at least 0")


def _not_all_zero(field: Field, array: Array) -> Violation | None:
    if array.dtype.kind not in _NUMERIC_KINDS or array.size == 0 or np.any(array):
        return None
    return Violation(field.name, "not_all_zero", f"all {array.size} values 0", "a value other than 0")


_VALUE_RULES: Final[Mapping[str, Callable[[Field, Array], Violation | None]]] = {
    "finite": _finite,
    "non_negative": _non_negative,
    "not_all_zero": _not_all_zero,
}

#: Names that a contract may use in ``rules``.
VALUE_RULES: Final = tuple(_VALUE_RULES)


def offenders(name: str, rule: str, array: Array, mask: NDArray[np.bool_], wanted: str) -> Violation | None:
    """The violation made of the elements under ``mask``: the first one, its index and how many there are."""
    count = int(np.count_nonzero(mask))
    if count == 0:
        return None
    first = np.unravel_index(int(np.argmax(mask)), mask.shape)
    value = array[first].item()
    found = repr(value)[:60] + (f" ({count} of {array.size} values)" if array.size > 1 else "")
    where = f"[{', '.join(str(int(i)) for i in first)}]" if first else ""
    return Violation(name, rule, found, wanted, where)
