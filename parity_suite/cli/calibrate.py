"""``parity calibrate``: budgets beside what runs have measured, and written anew from it."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from parity_suite.cli.ending import refused
from parity_suite.cli.guards import calibrate_guards
from parity_suite.compare.allowance import FACTOR
from parity_suite.compare.budgets import ProvenanceError, budgets_file, budgets_of, read_budgets
from parity_suite.compare.calibrate import Row, Spread, provenance, rewritten, rows, spreads
from parity_suite.contracts.tables import text_table
from parity_suite.core.journal import unfinished
from parity_suite.core.pack import Pack, member
from parity_suite.core.packs import name_pack, pack_of
from parity_suite.core.writing import write_whole

_WRITING: Final = "Writing, after an approved change; prints every k that changed"


def calibrate(
    records: Annotated[list[Path], typer.Argument(help="record.json of a run")],
    pack: Annotated[
        str | None, typer.Option(help="the pack whose budgets they are (default: that of the stages)")
    ] = None,
    write: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="write budgets.toml; the records become the run NAME", rich_help_panel=_WRITING
        ),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATTERN",
            help="of stage.law.precision, repeatable; other entries stay (default: all)",
            rich_help_panel=_WRITING,
        ),
    ] = None,
    anew: Annotated[
        bool,
        typer.Option("--anew", help="forget what earlier runs measured of these entries", rich_help_panel=_WRITING),
    ] = False,
    command: Annotated[
        str,
        typer.Option(help="how the records were made (default: as they say themselves)", rich_help_panel=_WRITING),
    ] = "",
    guards: Annotated[
        bool,
        typer.Option(
            "--guards",
            help="write thresholds of networks of their own into pyproject.toml, with the reason",
            rich_help_panel=_WRITING,
        ),
    ] = False,
    reason: Annotated[
        str, typer.Option(help="why these networks are healthy, for --guards", rich_help_panel=_WRITING)
    ] = "",
) -> int:
    """Hold budgets against what runs have measured.

    With `--guards`, write thresholds of trained patches and canvases instead: of networks that are not the reference's,
    from what they had in the records of three seeds or more.

    Holds every budget against the worst error in the records of runs: tight where that is nearly what is allowed or
    worse than ever measured, loose where a multiple of it would pass. Exit code 1 where an error exceeds its budget or
    a budget has no provenance. Make a record with `pytest -m parity --parity-report DIR`; several, of other seeds
    (PARITY_SEED), threads and machines, show how far an error spreads.
    """
    try:
        runs = [_record(path) for path in records]
        if guards:
            return calibrate_guards(runs, reason)
        measured = spreads(runs)
        facts = provenance(runs, command) if write else {}
        path = budgets_file(_pack(pack, measured))
    except (OSError, ValueError, KeyError, TypeError) as error:
        return refused(f"parity calibrate: {_said(error)}")
    try:
        if write:
            _write(path, measured, _bare(write), facts, only or ["*"], anew)
        budgets = budgets_of(read_budgets(_text(path)))
    except ProvenanceError as error:
        print(f"parity calibrate: {error}", file=sys.stderr)
        return 1
    found = rows(budgets, measured)
    print("\n".join([*_table(found), "", _summary(found, len(records))]))
    return int(any("exceeded" in row.verdicts for row in found))


def _write(
    path: Path, measured: Mapping[str, Spread], run: str, facts: Mapping[str, Any], only: Sequence[str], anew: bool
) -> None:
    """Writes the budgets anew, standing on a run too, and prints every k that changed."""
    before = budgets_of(read_budgets(_text(path)))
    text = rewritten(_text(path), measured, run, facts, only, anew)
    budgets = budgets_of(read_budgets(text))
    write_whole(path, text)
    for key, budget in budgets.items():
        old = before.get(key)
        if old is None or budget.k != old.k:
            print(f"{key}: k {f'{old.k:g}' if old else 'none'} -> {budget.k:g}")


def _text(path: Path) -> str:
    return path.read_text("utf-8") if path.is_file() else ""


def _pack(text: str | None, measured: Iterable[str]) -> Pack:
    """The pack that was named, else the one whose stages were measured; ValueError where these are of several."""
    if text:
        name_pack(text)
        return member(text)  # type: ignore[no-any-return]
    found = {pack.name: pack for key in measured for pack in [pack_of(key.partition(".")[0])]}
    if len(found) != 1:
        raise ValueError(f"--pack must say whose budgets: the records have stages of {', '.join(found) or 'none'}")
    return found.popitem()[1]


def _record(path: Path) -> Any:
    if said := unfinished(path):
        raise ValueError(said)
    return json.loads(path.read_text("utf-8"))


def _said(error: Exception) -> str:
    return f"a record lacks {error}" if isinstance(error, KeyError) else str(error)


def _bare(name: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise ProvenanceError(f"{name!r} is no bare word of a-z, 0-9 and _")
    return name


def _table(found: Sequence[Row]) -> list[str]:
    heads = ("stage.law.precision", "least here", "worst here", "worst ever", "k", "share", "k is by", "verdict")
    return text_table(heads, map(_cells, found), fold=True)


def _cells(row: Row) -> tuple[str, ...]:
    budget, measured = row.budget, row.measured
    here = (f"{measured.least:.3g}", f"{measured.worst:.3g}") if measured else ("", "")
    rule = f"{FACTOR:g} x worst" if budget.rule == "factor" else budget.rule
    share = f"{row.share:.2g}" if measured else ""
    return (row.key, *here, f"{budget.worst:g}", f"{budget.k:g}", share, rule, ", ".join(row.verdicts))


def _summary(found: Sequence[Row], records: int) -> str:
    by = Counter(verdict for row in found for verdict in row.verdicts)
    counts = ", ".join(f"{by[verdict]} {verdict}" for verdict in ("exceeded", "tight", "loose", "unmeasured"))
    return f"{len(found)} budgets, {records} record{'' if records == 1 else 's'}: {counts}"
