"""What is wrong with a piece of data, as data; and the one error that carries all of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, SupportsInt

#: Violations of one rule that are kept; a hostile file may break a rule millions of times.
MOST_KEPT: Final = 20
#: The field of a violation that stands for those that were not kept.
OTHERS: Final = "..."
#: Characters of what was found or wanted: a text in a file may be as long as the file.
_MOST_SHOWN: Final = 2000


@dataclass(frozen=True)
class Violation:
    """One rule that one field breaks.

    ``where`` is the index of the first offending element, such as ``[3, 10, 2]``, or empty when the rule is
    not about single elements. ``times`` is above 1 where this one stands for others that were not kept. ``str()`` is
    one line that starts with the field's name.
    """

    field: str
    rule: str
    found: str
    wanted: str
    where: str = ""
    times: int = 1

    def __post_init__(self) -> None:
        for name in ("field", "found", "wanted"):
            text = getattr(self, name)
            if len(text) > _MOST_SHOWN:
                object.__setattr__(self, name, f"{text[:_MOST_SHOWN]}...")

    def __str__(self) -> str:
        place = f" at {self.where}" if self.where else ""
        line = f"{self.field}: {self.rule}: found {self.found}{place}, wanted {self.wanted}"
        return " ".join(line.split())


def bounded(violations: Iterable[Violation]) -> list[Violation]:
    """The first of each rule, and at the end one for each rule that says how many more there are."""
    kept: list[Violation] = []
    times: Counter[str] = Counter()
    more: dict[str, Violation] = {}
    for one in violations:
        times[one.rule] += one.times
        if times[one.rule] <= MOST_KEPT:
            kept.append(one)
        else:
            more.setdefault(one.rule, one)
    for rule, one in more.items():
        left = times[rule] - MOST_KEPT
        kept.append(Violation(OTHERS, rule, f"{left} more of this kind", one.wanted, times=left))
    return kept


def count_of(violations: Iterable[Violation]) -> int:
    """How many there are, those that were not kept among them."""
    return sum(one.times for one in violations)


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
        count = count_of(self.violations)
        head = f"{self.source}: {count} contract violation{'' if count == 1 else 's'}"
        return "\n".join([head, *(f"  {violation}" for violation in self.violations)])
