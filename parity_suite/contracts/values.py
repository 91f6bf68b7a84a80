"""Rules about the type and the values of one field, applied in one pass over blocks of its elements.

The least and the greatest value of a block say whether any of its elements can break a rule; only where they do is the
block looked at element by element. So sound data cost two reductions a block, whatever the number of rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from parity_suite.contracts.model import Field
from parity_suite.contracts.violation import Violation, index_text

Array = NDArray[Any]
Shape = tuple[int, ...]

#: Names that a contract may use in ``dtypes``; ``str`` stands for text of any length, ``json`` for any JSON value.
DTYPES: Final = (
    "str",
    "bool",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "float32",
    "float64",
    "complex64",
    "complex128",
    "json",
)

_ORDERED_KINDS: Final = "iuf"
_NUMERIC_KINDS: Final = "iufc"


class Span(NamedTuple):
    """The least and the greatest number of a block, of real and imaginary parts alike; nan where one is nan."""

    low: float
    high: float

    @property
    def finite(self) -> bool:
        return bool(np.isfinite(self.low) and np.isfinite(self.high))


class ElementRule(NamedTuple):
    """A rule that each element keeps or breaks by itself."""

    name: str
    wanted: str
    #: whether a block with this span needs a look
    suspect: Callable[[Span], bool]
    #: the elements that break it
    broken: Callable[[Array], NDArray[np.bool_]]
    #: kinds of dtype to which it applies
    kinds: str = _ORDERED_KINDS


def check_dtype(field: Field, dtype: np.dtype[Any]) -> list[Violation]:
    """Hold the element type against the field's set; byte order is a rule of its own."""
    violations = []
    wanted = " or ".join(field.dtypes)
    name = dtype_name(dtype)
    if name not in field.dtypes:
        violations.append(Violation(field.name, "dtype", name, wanted))
    if dtype.str.startswith(">"):
        found = f"big-endian {name} ({dtype.str})"
        violations.append(Violation(field.name, "byte_order", found, f"little-endian {wanted}"))
    return violations


def dtype_name(dtype: np.dtype[Any]) -> str:
    """The name that a contract has for an element type."""
    return "str" if dtype.kind in "UT" else dtype.name


def is_ordered(array: Array) -> bool:
    """Whether the elements are real numbers, so that they can be compared with a bound."""
    return array.dtype.kind in _ORDERED_KINDS


def is_numeric(dtype: np.dtype[Any]) -> bool:
    """Whether the elements are numbers."""
    return dtype.kind in _NUMERIC_KINDS


def span_of(block: Array) -> Span:
    """The span of a block of numbers that is not empty."""
    parts = block.view(block.real.dtype) if block.dtype.kind == "c" else block
    return Span(parts.min(), parts.max())


def element_rules(field: Field, dtype: np.dtype[Any]) -> tuple[ElementRule, ...]:
    """The rules of a field that its elements keep one by one, as far as they make sense for the type found."""
    named = [_NAMED[name] for name in field.rules if name in _NAMED]
    return tuple(rule for rule in (*named, *_bounds(field)) if dtype.kind in rule.kinds)


def _bounds(field: Field) -> Iterator[ElementRule]:
    low, high = field.minimum, field.maximum
    if low is not None:
        yield ElementRule("min", f"at least {low:g}", lambda span: not span.low >= low, lambda x: x < low)
    if high is not None:
        yield ElementRule("max", f"at most {high:g}", lambda span: not span.high <= high, lambda x: x > high)
    whole = [choice for choice in field.one_of if isinstance(choice, int)]
    if whole:
        wanted = " or ".join(map(repr, field.one_of))
        yield ElementRule("one_of", wanted, lambda span: True, lambda x: ~np.isin(x, whole), "iu")


def _not_whole(block: Array) -> NDArray[np.bool_]:
    # What is not finite is another rule's business.
    with np.errstate(invalid="ignore"):
        broken: NDArray[np.bool_] = np.isfinite(block) & ((block < 0) | (block != np.rint(block)))
    return broken


_NAMED: Final = {
    rule.name: rule
    for rule in (
        ElementRule("finite", "finite values", lambda span: not span.finite, lambda x: ~np.isfinite(x), _NUMERIC_KINDS),
        ElementRule("non_negative", "values of at least 0", lambda span: not span.low >= 0, lambda x: x < 0),
        ElementRule("positive", "values above 0", lambda span: not span.low > 0, lambda x: x <= 0),
        ElementRule("integer_counts", "whole numbers of at least 0", lambda span: True, _not_whole),
    )
}


class Offenders:
    """The elements that break one rule, counted over the blocks: the first one, its place and how many there are."""

    def __init__(self, rule: str, wanted: str) -> None:
        self._rule, self._wanted = rule, wanted
        self._count = 0
        self._first: tuple[int, object] | None = None

    def add(self, start: int, block: Array, broken: NDArray[np.bool_]) -> None:
        """Takes in the elements under the mask ``broken`` of the block that starts at element ``start``."""
        count = int(np.count_nonzero(broken))
        if count and self._first is None:
            place = int(np.argmax(broken))
            self._first = start + place, block[place].item()
        self._count += count

    def violation(self, name: str, shape: Shape) -> Violation | None:
        """What was found; None where no element broke the rule."""
        if self._first is None:
            return None
        place, value = self._first
        size = int(np.prod(shape, dtype=np.int64))
        found = repr(value)[:60] + (f" ({self._count} of {size} values)" if size > 1 else "")
        where = index_text(np.unravel_index(place, shape)) if shape else ""
        return Violation(name, self._rule, found, self._wanted, where)


def offenders(name: str, rule: str, array: Array, mask: NDArray[np.bool_], wanted: str) -> Violation | None:
    """The violation made of the elements of ``array`` under ``mask``."""
    found = Offenders(rule, wanted)
    found.add(0, array.reshape(-1), mask.reshape(-1))
    return found.violation(name, array.shape)
