"""The table of stored numbers that changed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from parity_suite.contracts.tables import text_table

if TYPE_CHECKING:
    from parity_suite.snapshots.anchors import Change

_HEADS: Final = ("old", "new", "budgets", "number")


def change_lines(changes: Iterable[Change]) -> Iterator[str]:
    """A line for each new file; then old, new, change in budgets and place of every other number, worst first."""
    files: dict[str, list[Change]] = {}
    for change in changes:
        files.setdefault(change.file, []).append(change)
    for name, numbers in sorted(files.items()):
        if _is_new(numbers):
            yield f"  new file {name}: {len(numbers)} numbers"
    known = [change for numbers in files.values() if not _is_new(numbers) for change in numbers]
    if known:
        ordered = sorted(known, key=lambda change: (-_size(change), change.file, change.number))
        lines = text_table(_HEADS, map(_cells, ordered), right=_HEADS[:3])
        yield from (f"  {line}" for line in lines)


def _cells(change: Change) -> tuple[str, ...]:
    old, new = ("-" if value is None else f"{value:.9g}" for value in (change.old, change.new))
    budgets = "-" if math.isnan(change.budgets) else f"{change.budgets:.3g}"
    return old, new, budgets, f"{change.file}: {change.number}"


def _size(change: Change) -> float:
    """In budgets; nothing where the budget is not known."""
    return 0.0 if math.isnan(change.budgets) else change.budgets


def _is_new(numbers: Iterable[Change]) -> bool:
    return all(change.old is None for change in numbers)
