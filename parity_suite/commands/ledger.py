"""``parity ledger``: the known divergences by hand: what there is, how old it is, and one more."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from parity_suite.compare.finding import Verdict
from parity_suite.contracts.holding import printable
from parity_suite.contracts.tables import text_table
from parity_suite.contracts.violation import ContractError
from parity_suite.ledger import FILE_NAME, Ledger, read_ledger, today
from parity_suite.ledger.ageing import Aged, aged, read_runs
from parity_suite.ledger.entry import Entry, Outcome, days
from parity_suite.ledger.writing import LedgerError, add_entry


def add_to(commands: Any) -> None:
    """Declares the subcommand and its own."""
    parser = commands.add_parser(
        "ledger",
        help="list, add and age known divergences",
        description="The known divergences that turn no run red, each with a reason, an owner and an end.",
    )
    _add_file(parser)
    parser.set_defaults(run=_list)
    actions = parser.add_subparsers(metavar="ACTION")
    listed = actions.add_parser("list", help="every entry (the default); exit code 1 if one has expired")
    # What was given before the action stays.
    _add_file(listed, argparse.SUPPRESS)
    listed.set_defaults(run=_list)
    _declare_add(actions)
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


def _declare_add(actions: Any) -> None:
    added = actions.add_parser(
        "add",
        help="append an entry; the rest of the file stays as it is",
        description="Appends an entry, if the file is then a valid ledger, no other entry is about one of its checks, "
        "and it matches a check: of snapshots/check-ids.txt beside the ledger, where there is one, and of --record.",
    )
    _add_file(added, argparse.SUPPRESS)
    added.add_argument("check", metavar="CHECK", help="its id, or a pattern in which * stands for any text")
    added.add_argument("--reason", required=True, help="what is different, and why it is left so")
    added.add_argument("--owner", required=True, help="who answers for it")
    added.add_argument("--expires", required=True, type=_end, metavar="DATE", help="last day, as 2027-01-31 or 30d")
    failures = [str(one) for one in Verdict if one not in (Verdict.OK, Verdict.NOT_RUN)]
    added.add_argument("--verdict", required=True, choices=failures, help="how the check is to fail")
    added.add_argument("--snapshots", type=Path, metavar="DIR", help="folder of check-ids.txt, if it is another one")
    added.add_argument("--record", nargs="+", type=Path, default=[], metavar="FILE", help="runs that have the check")
    added.set_defaults(run=_add)


def _end(text: str) -> date:
    """A day, or a number of days from today as ``30d``."""
    try:
        if text.endswith("d") and text[:-1].isdecimal():
            return today() + timedelta(days=int(text[:-1]))
        return date.fromisoformat(text)
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(f"{text!r} is neither a day, such as 2027-01-31, nor 30d") from None


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
    heads = ("check", "verdict", "owner", "added", "expires", "days left", "age")
    rows = [
        (one.check, str(one.verdict), one.owner, str(one.added), str(one.expires), _left(one), days(one.age(today())))
        for one in ledger.entries
    ]
    _print(given.ledger, ledger, heads, rows)
    return _expired(ledger.entries)


def _age(given: argparse.Namespace) -> int:
    ledger = _read(given)
    if ledger is None:
        return 2
    try:
        runs = read_runs(given.record)
    except (ContractError, OSError) as error:
        print(f"parity ledger age: --record: {error}", file=sys.stderr)
        return 2
    found = aged(ledger, runs)
    heads = ("check", "verdict", "owner", "age", "days left", *((*_IN_RUNS, "") if runs else ()))
    _print(given.ledger, ledger, heads, [_age_row(one, bool(runs)) for one in found])
    stale = sum(bool(one.stale) for one in found)
    if stale:
        print(f"{stale} stale")
    return _expired(ledger.entries) or int(bool(stale))


_IN_RUNS = ("as said", "passed", "otherwise", "not run")


def _age_row(one: Aged, runs: bool) -> tuple[str, ...]:
    entry = one.entry
    row = (entry.check, str(entry.verdict), entry.owner, days(entry.age(today())), _left(entry))
    if not runs:
        return row
    said = one.counts[Outcome.AS_SAID]
    counts = (said, *(one.counts[outcome] for outcome in (Outcome.PASSED, Outcome.OTHERWISE, Outcome.NOT_RUN)))
    return (*row, *map(str, counts), one.stale and f"STALE: {one.stale}")


def _left(entry: Entry) -> str:
    left = entry.days_left(today())
    return f"EXPIRED {days(-left)} ago" if left < 0 else str(left)


def _expired(entries: Sequence[Entry]) -> int:
    late = sum(one.expired(today()) for one in entries)
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


def _add(given: argparse.Namespace) -> int:
    entry = Entry(given.check, given.reason, given.owner, today(), given.expires, Verdict(given.verdict))
    folder = given.snapshots or given.ledger.parent / "snapshots"
    try:
        ids = {finding.check for run in read_runs(given.record) for finding in run}
        count = add_entry(given.ledger, entry, folder / "check-ids.txt", ids)
    except (LedgerError, ContractError, OSError) as error:
        print(f"parity ledger add: {error}", file=sys.stderr)
        return 2
    about = "" if count is None else f", about {count} check{'' if count == 1 else 's'}"
    print(f"{printable(str(given.ledger))}: added {entry.check}{about}, until {entry.expires}")
    return 0
