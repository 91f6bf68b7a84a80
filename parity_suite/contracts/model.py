"""A contract in memory: symbols, fields and relations, as plain frozen data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

#: A condition on the values of scalar text fields, such as ``{"domain": "normalised"}``; empty means always.
Condition = Mapping[str, str]


@dataclass(frozen=True)
class Dim:
    """A symbol of the shapes: the sizes it may take."""

    name: str
    doc: str
    minimum: int = 0
    one_of: tuple[int, ...] = ()

    def allows(self, size: int) -> bool:
        """Whether an axis that carries this symbol may have ``size`` elements."""
        return size >= self.minimum and (not self.one_of or size in self.one_of)

    def wanted(self) -> str:
        """The sizes allowed, in words."""
        if self.one_of:
            return f"{self.name} one of {', '.join(map(str, self.one_of))}"
        return f"{self.name} of at least {self.minimum}"


@dataclass(frozen=True)
class Field:
    """One named array or scalar: its types, symbolic shapes, units and value rules."""

    name: str
    doc: str
    units: str
    dtypes: tuple[str, ...]
    shapes: tuple[tuple[str, ...], ...]
    required: bool = True
    required_when: Condition | None = None
    rules: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    one_of: tuple[str, ...] = ()
    default: str | None = None

    def layout(self) -> str:
        """The symbolic shapes as text, such as ``(N, N) or (P, N, N)``."""
        return " or ".join(layout(shape) for shape in self.shapes)


@dataclass(frozen=True)
class Relation:
    """A rule between fields; ``arguments`` are what its rule asks for."""

    rule: str
    doc: str
    arguments: Mapping[str, str | int | float]
    when: Condition

    def text(self, key: str) -> str:
        """The argument ``key``, a field's name."""
        return str(self.arguments[key])

    def number(self, key: str) -> float:
        """The argument ``key``, a number."""
        return float(self.arguments[key])


@dataclass(frozen=True)
class Contract:
    """What a container holds. Fields keep the order of the file, which is the order of the violations."""

    name: str
    version: int
    container: str
    doc: str
    dims: Mapping[str, Dim]
    fields: Mapping[str, Field]
    relations: tuple[Relation, ...]


def layout(shape: tuple[str, ...]) -> str:
    """One symbolic shape as text, such as ``(M, N, N)``."""
    return f"({', '.join(shape)}{',' if len(shape) == 1 else ''})"
