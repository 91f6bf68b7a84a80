"""A contract in memory: parties, symbols, fields and relations, as plain frozen data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from parity_suite.contracts.expressions import layout

#: A condition on the values of scalar text fields, such as ``{"domain": ("normalised",)}``; empty means always.
Condition = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Dim:
    """A symbol of the shapes: the sizes it may take, and where its size comes from besides the axes that carry it."""

    name: str
    doc: str
    minimum: int = 0
    maximum: int | None = None
    one_of: tuple[int, ...] = ()
    #: an expression in other symbols and in the names of whole-number scalar fields, such as ``gridsize**2``
    equals: str | None = None
    #: the size that a sample takes, where the smallest ones say little; it binds nobody
    example: int | None = None

    def allows(self, size: int) -> bool:
        """Whether an axis that carries this symbol may have ``size`` elements."""
        within = self.minimum <= size and (self.maximum is None or size <= self.maximum)
        return within and (not self.one_of or size in self.one_of)

    def wanted(self) -> str:
        """The sizes allowed, in words."""
        if self.one_of:
            return f"{self.name} one of {', '.join(map(str, self.one_of))}"
        most = "" if self.maximum is None else f" and at most {self.maximum}"
        return f"{self.name} of at least {self.minimum}{most}"


@dataclass(frozen=True)
class Field:
    """One named array or scalar: its types, symbolic shapes, units and value rules."""

    name: str
    doc: str
    units: str
    #: names out of :data:`parity_suite.contracts.values.DTYPES`
    dtypes: tuple[str, ...]
    #: einops-like patterns such as ``M N N``; the empty one is a scalar
    shapes: tuple[str, ...]
    #: without it no reader can do
    required: bool = True
    required_when: Condition | None = None
    #: a writer must write it although a reader can do without
    written: bool = False
    #: null stands for a number that is not there
    nullable: bool = False
    rules: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    one_of: tuple[str | int, ...] = ()
    #: a regular expression that all of a text must match
    pattern: str | None = None
    #: texts that keep the pattern, for the documentation and for samples
    examples: tuple[str, ...] = ()
    #: what a reader takes where the field is absent
    default: str | int | float | bool | None = None
    #: names that older writers gave it; readers take them, writers must not use them
    aliases: tuple[str, ...] = ()

    def layout(self) -> str:
        """The symbolic shapes as text, such as ``(N, N) or (P, N, N)``."""
        return " or ".join(layout(shape) for shape in self.shapes)

    def wanted(self) -> str:
        """Types and shapes as text, such as ``float32 or float64 of shape (M,)``."""
        return f"{' or '.join(self.dtypes)} of shape {self.layout()}"


@dataclass(frozen=True)
class Relation:
    """A rule between fields; ``arguments`` are what its rule asks for."""

    rule: str
    doc: str
    arguments: Mapping[str, Any]
    when: Condition = field(default_factory=dict)

    def text(self, key: str) -> str:
        """The argument ``key``, a field's name."""
        return str(self.arguments[key])

    def texts(self, key: str) -> tuple[str, ...]:
        """The argument ``key``, names of fields."""
        return tuple(map(str, self.arguments[key]))

    def number(self, key: str) -> float:
        """The argument ``key``, a number."""
        return float(self.arguments[key])


@dataclass(frozen=True)
class Part:
    """One file of a folder, and the contract it keeps."""

    name: str
    doc: str
    #: the name of a contract; None for a file of any content
    contract: str | None = None
    required: bool = True


@dataclass(frozen=True)
class Contract:
    """What a container holds. Fields keep the order of the file, which is the order of the violations."""

    name: str
    version: int
    container: str
    doc: str
    #: who writes and who reads it
    writer: str = ""
    reader: str = ""
    #: whether a name that is not listed is refused
    closed: bool = False
    dims: Mapping[str, Dim] = field(default_factory=dict)
    fields: Mapping[str, Field] = field(default_factory=dict)
    relations: tuple[Relation, ...] = ()
    #: the files of a folder; a name may hold ``*``
    files: Mapping[str, Part] = field(default_factory=dict)


def names_of(contract: Contract) -> tuple[str, ...]:
    """Every name under which a container may hold a field: names and aliases."""
    return tuple(name for field in contract.fields.values() for name in (field.name, *field.aliases))
