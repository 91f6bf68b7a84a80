"""``parity compare``: the numbers of two runs beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from parity_suite.cli.ending import refused

if TYPE_CHECKING:
    from parity_suite.report.comparing import Row


def compare(
    base: Annotated[Path, typer.Argument(help="record.json, a file of numbers of a pack, or the folder of one")],
    candidate: Annotated[Path, typer.Argument(help="the same of what is held against it")],
    label: Annotated[list[str] | None, typer.Option(help="of what to compare, repeatable (default: all)")] = None,
    limit: Annotated[
        list[str] | None,
        typer.Option(
            metavar="METRIC=FRACTION",
            help="the largest |ratio - 1| that passes, repeatable (default: as the pack says)",
        ),
    ] = None,
    json: Annotated[Path | None, typer.Option(metavar="FILE", help="write the rows, with digests, too")] = None,
    png: Annotated[Path | None, typer.Option(metavar="FILE", help="draw the ratios")] = None,
) -> int:
    """Set the numbers of two runs beside each other.

    Of one code base under two configurations, versions or machines, or of two code bases: statistics of what was
    learned and measures of how good it is. A base of zero is no ratio, and never a pass. Exit code 1 where a ratio is
    beyond its limit, 2 where the two cannot be compared.
    """
    from parity_suite.contracts.holding import printable, printable_lines
    from parity_suite.contracts.plain_json import json_text
    from parity_suite.contracts.tables import text_table
    from parity_suite.contracts.violation import ContractError
    from parity_suite.core.writing import NotWritten, write_whole
    from parity_suite.report.comparing import Incomparable, compared, document, read_numbers, words
    from parity_suite.report.comparison_figure import comparison_figure
    from parity_suite.report.text import counted

    try:
        before, after = read_numbers(base), read_numbers(candidate)
        rows = compared(before, after, label or (), _limits(limit or ()))
        if json is not None:
            write_whole(json, json_text(document(before, after, rows)))
        if png is not None:
            comparison_figure(png, rows)
    except (ContractError, Incomparable, NotWritten, OSError) as error:
        return refused(printable_lines(f"parity compare: {error}"))
    for side, one in (("base", before), ("candidate", after)):
        print(printable(f"{side:<9} {one.path}  sha256 {one.digest[:12]}"))
    cells = [(row.label, row.metric, *_figures(row), words(row)) for row in rows]
    heads = ("label", "metric", "base", "candidate", "difference", "ratio", "")
    print("\n".join(text_table(heads, cells, right=heads[2:6], fold=True)))
    failing = sum(not row.passes for row in rows)
    print(f"{counted(len(rows), 'number')}, {failing} beyond {'its limit' if failing == 1 else 'their limits'}")
    return int(bool(failing))


def _figures(row: Row) -> tuple[str, ...]:
    return tuple(f"{value:.6g}" for value in (row.base, row.candidate, row.difference, row.ratio))


def _limits(given: Sequence[str]) -> dict[str, float]:
    from parity_suite.report.comparing import Incomparable

    limits: dict[str, float] = {}
    for text in given:
        metric, _, fraction = text.partition("=")
        try:
            limits[metric] = float(fraction)
        except ValueError:
            raise Incomparable(f"--limit: {text!r} is not of the form METRIC=FRACTION") from None
        if not 0 <= limits[metric] < float("inf"):
            raise Incomparable(f"--limit: {fraction} is not a fraction from 0")
    return limits
