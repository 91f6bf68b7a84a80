"""A figure: what was measured beside the most it may be, and the table of all figures of a run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from parity_suite.contracts.tables import markdown_table


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
    modes: dict[tuple[str, str], list[Figure]] = {}
    for figure in figures:
        modes.setdefault((figure.name, figure.subject), []).append(figure)
    return markdown_table(("figure", "budget", "measured", "met"), map(_row, modes.values()))


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
