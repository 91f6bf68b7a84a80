"""Tables: in columns for a terminal, and in Markdown."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final

from parity_suite.contracts.holding import printable

Row = Sequence[str]

#: Columns of a terminal that is narrower than any, and of a file, which has none.
_NARROWEST: Final = 80
_OF_A_FILE: Final = 200
#: Wider than any line.
_ENDLESS: Final = 2**16


def text_table(heads: Row, rows: Iterable[Row], *, right: Collection[str] = (), fold: bool = False) -> list[str]:
    """The lines of a table, two blanks between columns; those of the heads ``right`` stand to the right.

    A line is as long as its content. To ``fold`` is for what a command prints: one blank in, no line is longer than
    the terminal, and a longer cell goes on in the next one.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=fold, header_style="")
    for head in heads:
        table.add_column(head, overflow="fold", justify="right" if head in right else "left")
    for row in rows:
        # Text, not markup: what a file holds is no instruction to the terminal.
        table.add_row(*[Text(printable(cell)) for cell in row])
    console = Console(width=_line_length() if fold else _ENDLESS, color_system=None, file=None)
    with console.capture() as capture:
        console.print(table)
    return [line.rstrip() for line in capture.get().splitlines()]


def _line_length() -> int:
    import shutil
    import sys

    return max(shutil.get_terminal_size().columns, _NARROWEST) if sys.stdout.isatty() else _OF_A_FILE


def markdown_table(heads: Row, rows: Iterable[Row], *, right: Collection[str] = ()) -> list[str]:
    """The lines of a table in Markdown, each cell in one line; a bar in it is escaped."""
    rule = ["---:" if head in right else "---" for head in heads]
    return ["| " + " | ".join(map(_cell, row)) + " |" for row in (heads, rule, *rows)]


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
