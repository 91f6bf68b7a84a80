"""A figure: what was measured beside the most it may be, and the table of all figures of a run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One measured value. Figures that differ in nothing but the mode stand in one row: the best mode's."""

    name: str
    subject: str
    mode: str
    measured: float
    budget: float
    unit: str
    #: medians of what was compared, in the unit of a clock or of memory; None where there is but one value
    base: float | None = None
    candidate: float | None = None
    ratio: float | None = None
    rounds: int = 1
    note: str = ""

    @property
    def met(self) -> bool:
        return self.measured <= self.budget

    def info(self) -> dict[str, Any]:
        """All of it as plain values, for the JSON of pytest-benchmark."""
        return {**asdict(self), "met": self.met}


def table(figures: Iterable[Figure]) -> list[str]:
    """Lines of a Markdown table: figure | budget | measured | met."""
    rows = [("figure", "budget", "measured", "met")]
    modes: dict[tuple[str, str], list[Figure]] = {}
    for figure in figures:
        modes.setdefault((figure.name, figure.subject), []).append(figure)
    rows += [_row(group) for group in modes.values()]
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    rule = tuple("-" * width for width in widths)
    return [_line(row, widths) for row in (rows[0], rule, *rows[1:])]


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    return "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"


def _row(modes: Sequence[Figure]) -> tuple[str, str, str, str]:
    best, *others = sorted(modes, key=lambda figure: figure.measured)
    shown = _value(best)
    if others:
        shown = f"{best.mode} {shown}; " + ", ".join(f"{other.mode} {_value(other)}" for other in others)
    elif best.mode:
        shown = f"{best.mode} {shown}"
    notes = [figure.note for figure in modes if figure.note]
    shown += f" ({'; '.join(notes)})" if notes else ""
    title = f"{best.name}, {best.subject}" if best.subject else best.name
    return title, f"{best.budget:.3g} {best.unit}".strip(), shown, "yes" if best.met else "NO"


def _value(figure: Figure) -> str:
    return f"{figure.measured:.3g} {figure.unit}".strip()
