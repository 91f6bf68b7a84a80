"""``parity ledger``: the known divergences by hand: what there is, and how old it is."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from parity_suite.cli import ledger_changes
from parity_suite.contracts.holding import printable
from parity_suite.contracts.tables import text_table
from parity_suite.contracts.violation import ContractError
from parity_suite.ledger import FILE_NAME, Entry, Ledger, Outcome, read_ledger, today
from parity_suite.ledger.ageing import Aged, aged
from parity_suite.ledger.entry import PinnedEntry, UnpinnedEntry, days
from parity_suite.ledger.runs import read_run


def add_to(commands: Any) -> None:
    """Declares the subcommand and its own."""
    parser = commands.add_parser(
        "ledger",
        help="list, add, update and age known divergences",
        description="The known divergences that turn no run red, each with a reason, an owner, an end, and what "
        "exactly fails.",
    )
    _add_file(parser)
    parser.set_defaults(run=_list)
    actions = parser.add_subparsers(metavar="ACTION")
    listed = actions.add_parser("list", help="every entry (the default); exit code 1 if one has expired")
    # What was given before the action stays.
    _add_file(listed, argparse.SUPPRESS)
    listed.set_defaults(run=_list)
    for changing in ledger_changes.add_to(actions):
        _add_file(changing, argparse.SUPPRESS)
    old = actions.add_parser(
        "age",
        help="how old each entry is, and what it did in recorded runs",
        description="How old each entry is and, with --record, what its checks did in those runs. Exit code 1 if one "
        "has expired or is stale: it passed, failed otherwise, or matched no check of any of the runs.",
    )
    _add_file(old, argparse.SUPPRESS)
    old.add_argument("--record", nargs="+", type=Path, default=[], metavar="FILE", help="record.json of a run")
    old.set_defaults(run=_age)


def _add_file(parser: Any, default: Any = Path(FILE_NAME)) -> None:
    parser.add_argument("--ledger", type=Path, default=default, metavar="FILE", help=f"(default: {FILE_NAME})")


def _read(given: argparse.Namespace) -> Ledger | None:
    """The ledger, or None once it is said what is wrong with it."""
    try:
        return read_ledger(given.ledger, today())
    except (ContractError, OSError) as error:
        print(f"parity ledger: {error}", file=sys.stderr)
        return None


def _list(given: argparse.Namespace) -> int:
    ledger = _read(given)
    if ledger is None:
        return 2
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
    _print(given.ledger, ledger, heads, rows)
    return _expired(ledger.entries)


def _about(entry: Entry) -> tuple[str, str, str]:
    """Its cause, the number of its checks, and their verdicts."""
    if isinstance(entry, PinnedEntry):
        cause = f"{entry.cause} ({entry.kind})" if entry.kind else str(entry.cause)
        return cause, str(len(entry.pins)), ", ".join(sorted({pin.verdict.value for pin in entry.pins.values()}))
    assert isinstance(entry, UnpinnedEntry)
    return "unpinned", "", entry.said.value


def _age(given: argparse.Namespace) -> int:
    ledger = _read(given)
    if ledger is None:
        return 2
    try:
        runs = [read_run(path) for path in given.record]
    except (ContractError, OSError) as error:
        print(f"parity ledger age: --record: {error}", file=sys.stderr)
        return 2
    found = aged(ledger, runs)
    heads = ("entry", "fails as", "owner", "age", "days left", *((*_IN_RUNS, "") if runs else ()))
    _print(given.ledger, ledger, heads, [_age_row(one, bool(runs)) for one in found])
    stale = sum(bool(one.stale) for one in found)
    if stale:
        print(f"{stale} stale")
    return _expired(ledger.entries) or int(bool(stale))


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
