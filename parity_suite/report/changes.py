"""The table of stored numbers that changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from parity_suite.anchors import Change


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
        yield f"  {'old':>16} {'new':>16} {'budgets':>10}  number"
    for change in sorted(known, key=lambda change: (-change.budgets, change.file, change.number)):
        old, new = ("-" if value is None else f"{value:.9g}" for value in (change.old, change.new))
        yield f"  {old:>16} {new:>16} {change.budgets:>10.3g}  {change.file}: {change.number}"


def _is_new(numbers: Iterable[Change]) -> bool:
    return all(change.old is None for change in numbers)
