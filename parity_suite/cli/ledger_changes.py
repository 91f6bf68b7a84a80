"""``parity ledger add``, ``update`` and ``migrate``: what changes the file of known divergences."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from parity_suite.contracts.holding import printable
from parity_suite.contracts.tables import text_table
from parity_suite.core.finding import Verdict
from parity_suite.core.run_causes import numbered
from parity_suite.ledger.entry import Terms, UnpinnedEntry, today
from parity_suite.ledger.migrating import migrate
from parity_suite.ledger.runs import Run, read_run
from parity_suite.ledger.writing import LedgerError, add_causes, add_pattern, update


def add_to(actions: Any) -> Iterator[argparse.ArgumentParser]:
    """Declares the actions, and gives their parsers."""
    yield _declare_add(actions)
    updated = actions.add_parser(
        "update",
        help="narrow and extend entries to what a run measured",
        description="Takes out checks that pass, pins anew those that fail for the cause of their entry in another "
        "way, adds those that fail for it and that no entry is about, and pins what stands without pins. What did not "
        "run stays. The record is of a whole run.",
    )
    _add_from(updated, required=True)
    updated.set_defaults(run=_saying("update", _update))
    yield updated
    moved = actions.add_parser(
        "migrate",
        help="bring a ledger of format 1 to the present format",
        description="Writes the entries of a ledger of format 1 as unpinned ones; parity ledger update then pins them.",
    )
    moved.set_defaults(run=_saying("migrate", _migrate))
    yield moved


def _declare_add(actions: Any) -> argparse.ArgumentParser:
    added: argparse.ArgumentParser = actions.add_parser(
        "add",
        help="append entries; the rest of the file stays as it is",
        description="With --from, appends an entry for a cause of that run, or for each, with its checks and what "
        "exactly fails in them; without --cause or --all, lists the causes. With CHECK instead, appends an unpinned "
        "entry, which excuses whatever fails with its verdict: for what is not measured yet. It must match a check, of "
        "snapshots/check-ids.txt beside the ledger, where there is one, or of --record, and none of another entry.",
    )
    added.add_argument("check", nargs="?", metavar="CHECK", help="its id, or a pattern in which * stands for any text")
    _add_from(added, required=False)
    which = added.add_mutually_exclusive_group()
    which.add_argument("--cause", type=int, metavar="N", help="with --from: the cause of that number")
    which.add_argument("--all", action="store_true", help="with --from: every cause that no entry is of")
    added.add_argument("--reason", help="what is different, and why it is left so: at least ten letters")
    added.add_argument("--owner", help="who answers for it")
    added.add_argument(
        "--expires", type=_end, metavar="DATE", help="last day, as 2027-01-31 or 30d, at most 180 days from now"
    )
    failures = [str(one) for one in Verdict if one not in (Verdict.OK, Verdict.NOT_RUN)]
    added.add_argument("--verdict", choices=failures, help="with CHECK: how it is to fail")
    added.add_argument("--snapshots", type=Path, metavar="DIR", help="folder of check-ids.txt, if it is another one")
    added.add_argument("--record", nargs="+", type=Path, default=[], metavar="FILE", help="runs that have CHECK")
    added.set_defaults(run=_saying("add", _add))
    return added


def _add_from(parser: argparse.ArgumentParser, *, required: bool) -> None:
    said = "record.json of a whole run"
    parser.add_argument("--from", dest="measured", type=Path, required=required, metavar="RECORD", help=said)


def _end(text: str) -> date:
    """A day, or a number of days from today as ``30d``."""
    try:
        if text.endswith("d") and text[:-1].isdecimal():
            return today() + timedelta(days=int(text[:-1]))
        return date.fromisoformat(text)
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(f"{text!r} is neither a day, such as 2027-01-31, nor 30d") from None


def _saying(name: str, action: Callable[[argparse.Namespace], None]) -> Callable[[argparse.Namespace], int]:
    """The action as a command: 2 where it says why it cannot be done."""

    def run(given: argparse.Namespace) -> int:
        try:
            action(given)
        except (ValueError, OSError) as error:
            print(f"parity ledger {name}: {error}", file=sys.stderr)
            return 2
        return 0

    return run


def _add(given: argparse.Namespace) -> None:
    if (given.check is None) is (given.measured is None):
        raise LedgerError("either CHECK or --from RECORD is wanted")
    if given.measured is None:
        _require(given, "reason", "owner", "expires", "verdict")
        _add_pattern(given)
        return
    run = _whole_run(given.measured)
    if given.cause is None and not given.all:
        _print_causes(run)
        raise LedgerError("which of them: --cause N or --all")
    _require(given, "reason", "owner", "expires")
    terms = Terms(given.reason, given.owner, today(), given.expires)
    for line in add_causes(given.ledger, run.findings, given.cause, terms) or ["the run has nothing to be mended"]:
        print(printable(line))


def _require(given: argparse.Namespace, *names: str) -> None:
    if missing := [f"--{name}" for name in names if getattr(given, name) is None]:
        raise LedgerError(f"{', '.join(missing)} is missing")


def _add_pattern(given: argparse.Namespace) -> None:
    terms = Terms(given.reason, given.owner, today(), given.expires)
    entry = UnpinnedEntry(terms, given.check, Verdict(given.verdict))
    folder = given.snapshots or given.ledger.parent / "snapshots"
    ids = {finding.check for path in given.record for finding in read_run(path).findings}
    count = add_pattern(given.ledger, entry, folder / "check-ids.txt", ids)
    about = "" if count is None else f", about {count} check{'' if count == 1 else 's'}"
    print(f"{printable(str(given.ledger))}: added {entry.check}{about}, unpinned, until {terms.expires}")


def _update(given: argparse.Namespace) -> None:
    run = _whole_run(given.measured)
    if not given.ledger.is_file():
        raise LedgerError(f"{given.ledger} is not there")
    for line in update(given.ledger, run.findings) or ["every entry is as the run measured it"]:
        print(printable(line))


def _migrate(given: argparse.Namespace) -> None:
    count = migrate(given.ledger)
    more = "; parity ledger update --from RECORD pins them" if count else ""
    print(f"{printable(str(given.ledger))}: {count} {'entry' if count == 1 else 'entries'}, unpinned{more}")


def _whole_run(path: Path) -> Run:
    """The run of a record; LedgerError where it is only a part of one."""
    run = read_run(path)
    if run.partial:
        raise LedgerError(f"{path} is not of a whole run: {run.partial}")
    return run


def _print_causes(run: Run) -> None:
    causes = numbered(run.findings)
    heads = ("cause", "what", "checks", "fails as", "looks like", "first check")
    rows = []
    for number, (cause, those) in enumerate(causes.items(), 1):
        verdicts = ", ".join(sorted({one.verdict.value for one in those if one.red}))
        kinds = sorted({one.kind.value for one in those if one.kind})
        rows.append((str(number), str(cause), str(len(those)), verdicts, ", ".join(kinds), those[0].check))
    for line in text_table(heads, rows, fold=True):
        print(printable(line))
