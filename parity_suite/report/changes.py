"""The table of stored numbers that changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from parity_suite.anchors import Change


def change_lines(changes: Iterable[Change]) -> Iterator[str]:
    """A heading, then old, new, change in budgets and place of every number."""
    yield f"  {'old':>16} {'new':>16} {'budgets':>10}  number"
    for change in changes:
        old, new = ("-" if value is None else f"{value:.9g}" for value in (change.old, change.new))
        yield f"  {old:>16} {new:>16} {change.budgets:>10.3g}  {change.file}: {change.number}"
