"""What a contract finds in a container: its fields, each with a type, a shape and elements that can be streamed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from parity_suite.contracts.model import Condition, Contract, Field
from parity_suite.contracts.values import is_numeric
from parity_suite.contracts.violation import Violation

Array = NDArray[Any]
#: What a relation gives: its violations, with None for what is well.
Found = Iterator[Violation | None]

#: Takes run after run of the elements of a field, one-dimensional, as they are read.
Taker = Callable[[Array], None]

#: Relations between fields load them; those of scans and tables are far smaller, all together.
MOST_LOADED: Final = 128 * 2**20


@dataclass(frozen=True, eq=False)
class Content:
    """One field as it was found."""

    field: Field
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    #: consecutive runs of elements in C order, one-dimensional
    blocks: Callable[[], Iterator[Array]]
    load: Callable[[], Array]
    #: where null stands, of the field's shape; None where nowhere
    nulls: NDArray[np.bool_] | None = None

    @property
    def has_nulls(self) -> bool:
        """Whether null stands anywhere."""
        return self.nulls is not None and bool(self.nulls.any())

    @property
    def nbytes(self) -> int:
        """What all elements take in memory."""
        return int(np.prod(self.shape, dtype=object)) * self.dtype.itemsize


class Contents:
    """The fields that are there, by the names that the contract has for them."""

    def __init__(self, contract: Contract, found: Mapping[str, Content], named: Collection[str]) -> None:
        self.contract = contract
        #: the fields whose names are there, those among them that cannot be read
        self.named = frozenset(named)
        self._found = found
        self._loaded: dict[str, Array] = {}
        #: by field, the sum of the squares of its elements, where a relation wants it
        self.powers: dict[str, float] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._found

    def __iter__(self) -> Iterator[Content]:
        return iter(self._found.values())

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of every field that is there."""
        return {name: content.shape for name, content in self._found.items()}

    def shape(self, name: str) -> tuple[int, ...] | None:
        """The shape of a field, None where it is absent."""
        return self._found[name].shape if name in self._found else None

    def content(self, name: str) -> Content | None:
        """A field, None where it is absent."""
        return self._found.get(name)

    def array(self, name: str) -> Array | None:
        """All of a field; None where it is absent. OverflowError where it is too large to be loaded for a relation."""
        if name not in self._found:
            return None
        if name not in self._loaded:
            content = self._found[name]
            if content.nbytes + sum(array.nbytes for array in self._loaded.values()) > MOST_LOADED:
                raise OverflowError(f"{name} takes {content.nbytes} bytes")
            self._loaded[name] = content.load()
        return self._loaded[name]

    def numbers(self, name: str) -> Array | None:
        """A field of real or complex numbers, nan for null; None where it is absent or of another type."""
        array = self.array(name)
        if array is None or not is_numeric(array.dtype):
            return None
        nulls = self._found[name].nulls
        # A null is no number, also where the type has none that says so.
        return array if nulls is None or not nulls.any() else np.where(nulls, np.nan, array)

    def text(self, name: str) -> str | None:
        """The value of a scalar text field, or its default where it is absent; None where there is no such text."""
        if name not in self._found:
            default = self.contract.fields[name].default
            return None if default is None else str(default)
        content = self._found[name]
        return str(self.array(name)) if content.shape == () and content.dtype.kind in "UT" else None

    def whole_numbers(self) -> dict[str, int]:
        """The values of scalar whole-number fields, defaults among them."""
        numbers = {
            name: field.default
            for name, field in self.contract.fields.items()
            if isinstance(field.default, int) and not isinstance(field.default, bool)
        }
        for content in self:
            if content.shape == () and content.dtype.kind in "iu" and not content.has_nulls:
                numbers[content.field.name] = int(content.load())
        return numbers

    def holds(self, condition: Condition) -> bool:
        """Whether the text fields of a condition have the values it asks for."""
        return all(self.text(name) in values for name, values in condition.items())


#: Given the contents and the largest of them once nothing is wrong with the others: what takes the elements of that
#: while they are held to the contract, so that a long file is read once; None where nothing does.
Onlooker = Callable[[Contents, Content], Taker | None]
