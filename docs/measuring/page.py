"""Tables of markdown, and the part of a page that a script writes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from parity_suite.contracts.tables import Row, markdown_table

BEGIN: Final = "<!-- measured: begin -->"
END: Final = "<!-- measured: end -->"


def table(heads: Row, rows: Iterable[Row]) -> str:
    """The text of a table in Markdown."""
    return "\n".join(markdown_table(heads, rows))


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
