"""``parity ledger``: the known divergences by hand: what there is, and how old it is."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from parity_suite.cli import ledger_changes
from parity_suite.cli.ending import COULD_NOT, ending, refused
from parity_suite.cli.ledger_changes import OtherLedger
from parity_suite.contracts.holding import printable
from parity_suite.contracts.tables import text_table
from parity_suite.contracts.violation import ContractError
from parity_suite.ledger import FILE_NAME, Entry, Ledger, Outcome, read_ledger, today
from parity_suite.ledger.ageing import Aged, aged
from parity_suite.ledger.entry import PinnedEntry, UnpinnedEntry, days
from parity_suite.ledger.runs import read_run

app = typer.Typer(help="List, add, update and age known divergences.")
app.add_typer(ledger_changes.app)


@app.callback(invoke_without_command=True)
def ledger(context: typer.Context, ledger: Annotated[Path, typer.Option(metavar="FILE")] = Path(FILE_NAME)) -> None:
    """The known divergences that turn no run red, each with a reason, an owner, an end, and what exactly fails.

    Without an action they are listed.
    """
    context.obj = ledger
    if context.invoked_subcommand is None:
        raise typer.Exit(_list(ledger))


@app.command("list")
@ending
def list_all(context: typer.Context, ledger: OtherLedger = None) -> int:
    """Every entry; exit code 1 if one has expired."""
    return _list(ledger or context.obj)


def _read(path: Path) -> Ledger | None:
    """The ledger, or None once it is said what is wrong with it."""
    try:
        return read_ledger(path, today())
    except (ContractError, OSError) as error:
        refused(f"parity ledger: {error}")
        return None


def _list(path: Path) -> int:
    ledger = _read(path)
    if ledger is None:
        return COULD_NOT
    heads = ("entry", "about", "checks", "fails as", "owner", "added", "expires", "days left", "age")
    rows = [
        (
            one.name,
            *_about(one),
            one.terms.owner,
            str(one.terms.added),
            str(one.terms.expires),
            _left(one),
            _age_of(one),
        )
        for one in ledger.entries
    ]
    _print(path, ledger, heads, rows)
    return _expired(ledger.entries)


def _about(entry: Entry) -> tuple[str, str, str]:
    """Its cause, the number of its checks, and their verdicts."""
    if isinstance(entry, PinnedEntry):
        cause = f"{entry.cause} ({entry.kind})" if entry.kind else str(entry.cause)
        return cause, str(len(entry.pins)), ", ".join(sorted({pin.verdict.value for pin in entry.pins.values()}))
    assert isinstance(entry, UnpinnedEntry)
    return "unpinned", "", entry.said.value


@app.command("age")
@ending
def age(
    context: typer.Context,
    ledger: OtherLedger = None,
    record: Annotated[list[Path] | None, typer.Option(metavar="FILE", help="record.json of a run; repeatable")] = None,
) -> int:
    """How old each entry is, and what it did in recorded runs.

    Exit code 1 if one has expired or is stale: it passed, failed otherwise, or matched no check of any of the runs.
    """
    path = ledger or context.obj
    known = _read(path)
    if known is None:
        return COULD_NOT
    try:
        runs = [read_run(one) for one in record or ()]
    except (ContractError, OSError) as error:
        return refused(f"parity ledger age: --record: {error}")
    found = aged(known, runs)
    heads = ("entry", "fails as", "owner", "age", "days left", *((*_IN_RUNS, "") if runs else ()))
    _print(path, known, heads, [_age_row(one, bool(runs)) for one in found])
    stale = sum(bool(one.stale) for one in found)
    if stale:
        print(f"{stale} stale")
    return _expired(known.entries) or int(bool(stale))


_IN_RUNS = ("as said", "passed", "otherwise", "not run")


def _age_row(one: Aged, runs: bool) -> tuple[str, ...]:
    entry = one.entry
    row = (entry.name, _about(entry)[-1], entry.terms.owner, _age_of(entry), _left(entry))
    if not runs:
        return row
    said = one.counts[Outcome.AS_SAID]
    counts = (said, *(one.counts[outcome] for outcome in (Outcome.PASSED, Outcome.OTHERWISE, Outcome.NOT_RUN)))
    return (*row, *map(str, counts), one.stale and f"STALE: {one.stale}")


def _age_of(entry: Entry) -> str:
    return days(entry.terms.age(today()))


def _left(entry: Entry) -> str:
    left = entry.terms.days_left(today())
    return f"EXPIRED {days(-left)} ago" if left < 0 else str(left)


def _expired(entries: Sequence[Entry]) -> int:
    late = sum(one.terms.expired(today()) for one in entries)
    if late:
        print(f"{late} expired")
    return int(bool(late))


def _print(path: Path, ledger: Ledger, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    if not ledger.entries:
        print(f"{printable(str(path))}: no entries")
        return
    for line in text_table(heads, rows, fold=True):
        red = sys.stdout.isatty() and ("EXPIRED" in line or "STALE" in line)
        print(f"\033[31m{line}\033[0m" if red else line)
