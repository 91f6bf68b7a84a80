"""Tables of markdown, and the part of a page that a script writes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

BEGIN: Final = "<!-- measured: begin -->"
END: Final = "<!-- measured: end -->"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of markdown; a bar in a cell is escaped."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def measured_part(page: Path) -> str:
    """What stands between the markers of a page; ``ValueError`` where they are missing."""
    return _split(page)[1].strip("\n")


def write_measured(page: Path, text: str) -> None:
    """Replaces what stands between the markers of a page; ``ValueError`` where they are missing."""
    before, _, after = _split(page)
    page.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", "utf-8")


def _split(page: Path) -> tuple[str, str, str]:
    before, begin, rest = page.read_text("utf-8").partition(BEGIN)
    part, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{page}: no {BEGIN} .. {END}")
    return before, part, after
