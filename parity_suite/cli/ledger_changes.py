"""``parity ledger add``, ``update`` and ``migrate``: what changes the file of known divergences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import typer

from parity_suite.cli.ending import refused
from parity_suite.contracts.holding import printable
from parity_suite.contracts.tables import text_table
from parity_suite.core.cause import Cause
from parity_suite.core.finding import Finding, Verdict
from parity_suite.core.run_causes import numbered
from parity_suite.ledger import migrating, writing
from parity_suite.ledger.entry import Terms, UnpinnedEntry, today
from parity_suite.ledger.runs import read_run
from parity_suite.ledger.writing import LedgerError, add_causes, add_pattern

app = typer.Typer()

#: Of checks that a run did not leave out, and that have no finding of their own.
_LOST: Final = (Cause.CRASHED, Cause.UNREPORTED)

OtherLedger = Annotated[Path | None, typer.Option("--ledger", metavar="FILE", help="as before the action")]
Parts = Annotated[
    bool, typer.Option("--parts", help="with --from: the records are of parts of a run (-k, -m, files, shards)")
]


def _end(text: str) -> date:
    """A day, or a number of days from today as ``30d``."""
    try:
        if text.endswith("d") and text[:-1].isdecimal():
            return today() + timedelta(days=int(text[:-1]))
        return date.fromisoformat(text)
    except (ValueError, OverflowError):
        raise typer.BadParameter(f"{text!r} is neither a day, such as 2027-01-31, nor 30d") from None


@contextmanager
def _saying(name: str) -> Iterator[None]:
    """Exit code 2 where an action says why it cannot be done."""
    try:
        yield
    except (ValueError, OSError) as error:
        raise typer.Exit(refused(f"parity ledger {name}: {error}")) from None


@app.command("add")
def add(
    context: typer.Context,
    check: Annotated[
        str | None, typer.Argument(help="its id, or a pattern in which * stands for any text", show_default=False)
    ] = None,
    measured: Annotated[
        list[Path] | None,
        typer.Option("--from", metavar="RECORD", help="record.json of a whole run; with --parts repeatable"),
    ] = None,
    parts: Parts = False,
    cause: Annotated[int | None, typer.Option(metavar="N", help="with --from: the cause of that number")] = None,
    every: Annotated[bool, typer.Option("--all", help="with --from: every cause that no entry is of")] = False,
    reason: Annotated[
        str | None, typer.Option(help="what is different, and why it is left so: at least ten letters")
    ] = None,
    owner: Annotated[str | None, typer.Option(help="who answers for it")] = None,
    expires: Annotated[
        date | None,
        typer.Option(parser=_end, metavar="DATE", help="last day, as 2027-01-31 or 30d, at most 180 days from now"),
    ] = None,
    verdict: Annotated[
        Literal["numerical", "semantic", "contract", "error"] | None, typer.Option(help="with CHECK: how it is to fail")
    ] = None,
    snapshots: Annotated[
        Path | None, typer.Option(metavar="DIR", help="folder of check-ids.txt, if it is another one")
    ] = None,
    record: Annotated[list[Path] | None, typer.Option(metavar="FILE", help="runs that have CHECK; repeatable")] = None,
    ledger: OtherLedger = None,
) -> None:
    """Append entries; the rest of the file stays as it is.

    With --from, appends an entry for a cause of that run, or for each, with its checks and what exactly fails in them;
    without --cause or --all, lists the causes. With --parts, what -k, -m, named files or shards left out of a run is in
    no entry; of several records a check is as in the last that has it. With CHECK instead, appends an unpinned entry,
    which excuses whatever fails with its verdict: for what is not measured yet. It must match a check, of
    snapshots/check-ids.txt beside the ledger, where there is one, or of --record, and none of another entry.
    """
    path = ledger or context.obj
    with _saying("add"):
        if (check is None) is (not measured):
            raise LedgerError("either CHECK or --from RECORD is wanted")
        if cause is not None and every:
            raise LedgerError("either --cause or --all")
        given = {"reason": reason, "owner": owner, "expires": expires}
        if check is not None:
            terms = _terms({**given, "verdict": verdict})
            assert verdict is not None
            entry = UnpinnedEntry(terms, check, Verdict(verdict))
            _add_pattern(path, entry, snapshots or path.parent / "snapshots", record or ())
            return
        findings = _of_parts(measured or ()) if parts else _of_whole(measured or ())
        if cause is None and not every:
            _print_causes(findings)
            raise LedgerError("which of them: --cause N or --all")
        for line in add_causes(path, findings, cause, _terms(given)) or ["the run has nothing to be mended"]:
            print(printable(line))


def _terms(given: Mapping[str, Any]) -> Terms:
    """The terms of an entry; LedgerError where one of what is given is not."""
    if missing := [f"--{name}" for name, value in given.items() if value is None]:
        raise LedgerError(f"{', '.join(missing)} is missing")
    return Terms(given["reason"], given["owner"], today(), given["expires"])


def _add_pattern(path: Path, entry: UnpinnedEntry, folder: Path, records: Sequence[Path]) -> None:
    ids = {finding.check for one in records for finding in read_run(one).findings}
    count = add_pattern(path, entry, folder / "check-ids.txt", ids)
    about = "" if count is None else f", about {count} check{'' if count == 1 else 's'}"
    print(f"{printable(str(path))}: added {entry.check}{about}, unpinned, until {entry.terms.expires}")


@app.command("update")
def update(
    context: typer.Context,
    measured: Annotated[
        list[Path],
        typer.Option("--from", metavar="RECORD", help="record.json of a whole run; with --parts repeatable"),
    ],
    parts: Parts = False,
    ledger: OtherLedger = None,
) -> None:
    """Narrow and extend entries to what a run measured.

    Takes out checks that pass, pins anew those that fail for the cause of their entry in another way, adds those that
    fail for it and that no entry is about, and pins what stands without pins. What did not run stays. With --parts what
    -k, -m, named files or shards left out stays as well, and so does what stands without pins.
    """
    path = ledger or context.obj
    with _saying("update"):
        findings = _of_parts(measured) if parts else _of_whole(measured)
        if not path.is_file():
            raise LedgerError(f"{path} is not there")
        for line in writing.update(path, findings, whole=not parts) or ["every entry is as the run measured it"]:
            print(printable(line))


@app.command("migrate")
def migrate(context: typer.Context, ledger: OtherLedger = None) -> None:
    """Bring a ledger of format 1 to the present format.

    Writes its entries as unpinned ones; parity ledger update then pins them.
    """
    path = ledger or context.obj
    with _saying("migrate"):
        count = migrating.migrate(path)
        more = "; parity ledger update --from RECORD pins them" if count else ""
        print(f"{printable(str(path))}: {count} {'entry' if count == 1 else 'entries'}, unpinned{more}")


def _of_whole(paths: Sequence[Path]) -> Sequence[Finding]:
    """What one whole run found; LedgerError, with what to do about it, where a record is only of a part of one."""
    if len(paths) > 1:
        raise LedgerError("the record of one whole run is wanted; --parts takes those of several parts")
    run = read_run(paths[0])
    if run.partial:
        raise LedgerError(f"{paths[0]} is not of a whole run: {run.partial}; --parts takes what it has")
    return run.findings


def _of_parts(paths: Sequence[Path]) -> list[Finding]:
    """What parts of a run found, each check as in the last of them that has it.

    LedgerError where one of them ended before all that it set out to ask, or they are not of one thing.
    """
    runs = [read_run(path) for path in paths]
    for path, run in zip(paths, runs, strict=True):
        if run.facts.cut_short or any(one.cause in _LOST for one in run.findings):
            raise LedgerError(f"{path} is of a run that did not end: {run.partial}")
    for name in ("commit", "suite"):
        if len(said := {getattr(run, name) for run in runs}) > 1:
            raise LedgerError(f"the records are of more than one {name}: {', '.join(sorted(said))}")
    last = {finding.check: place for place, run in enumerate(runs) for finding in run.findings}
    return [one for place, run in enumerate(runs) for one in run.findings if last[one.check] == place]


def _print_causes(findings: Sequence[Finding]) -> None:
    causes = numbered(findings)
    heads = ("cause", "what", "checks", "fails as", "looks like", "first check")
    rows = []
    for number, (cause, those) in enumerate(causes.items(), 1):
        verdicts = ", ".join(sorted({one.verdict.value for one in those if one.red}))
        kinds = sorted({one.kind.value for one in those if one.kind})
        rows.append((str(number), str(cause), str(len(those)), verdicts, ", ".join(kinds), those[0].check))
    for line in text_table(heads, rows, fold=True):
        print(printable(line))
