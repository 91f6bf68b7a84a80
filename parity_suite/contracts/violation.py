"""What is wrong with a piece of data, as data; and the one error that carries all of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import SupportsInt


@dataclass(frozen=True)
class Violation:
    """One rule that one field breaks.

    ``where`` is the index of the first offending element, such as ``[3, 10, 2]``, or empty when the rule is
    not about single elements. ``str()`` is one line that starts with the field's name.
    """

    field: str
    rule: str
    found: str
    wanted: str
    where: str = ""

    def __str__(self) -> str:
        place = f" at {self.where}" if self.where else ""
        line = f"{self.field}: {self.rule}: found {self.found}{place}, wanted {self.wanted}"
        return " ".join(line.split())


def index_text(index: Iterable[SupportsInt]) -> str:
    """The place of an element, such as ``[3, 10, 2]``."""
    return f"[{', '.join(str(int(i)) for i in index)}]"


class ContractError(ValueError):
    """Data that break their contract; ``str()`` lists every violation, one line each."""

    def __init__(self, violations: Sequence[Violation], source: str = "data") -> None:
        # Both arguments go to ValueError so that the error survives pickling between worker processes.
        super().__init__(tuple(violations), source)
        self.violations = tuple(violations)
        self.source = source

    def __str__(self) -> str:
        count = len(self.violations)
        head = f"{self.source}: {count} contract violation{'' if count == 1 else 's'}"
        return "\n".join([head, *(f"  {violation}" for violation in self.violations)])
