"""Writes a ledger anew, of which comments, order and what is not changed stay."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path

from parity_suite.contracts.violation import ContractError
from parity_suite.core.finding import Finding
from parity_suite.core.id_list import TornList, read_list
from parity_suite.core.run_causes import RunCause, numbered
from parity_suite.core.writing import update_whole
from parity_suite.ledger.entry import Entry, PinnedEntry, Terms, UnpinnedEntry, today
from parity_suite.ledger.form import FORMAT, lines_of, lines_of_checks
from parity_suite.ledger.ledger import Ledger
from parity_suite.ledger.measured import entry_of, update_of
from parity_suite.ledger.patterns import matches
from parity_suite.ledger.pin import Pin
from parity_suite.ledger.reading import read_ledger


class LedgerError(ValueError):
    """What cannot be written into a ledger, with the reason."""


def add_pattern(path: Path, entry: UnpinnedEntry, list_path: Path, more_ids: Collection[str] = ()) -> int | None:
    """Appends an entry that is not pinned and gives the number of known checks that it is about; None where no ids are
    known.

    The ids are those of the list, where there is one, and ``more_ids``. Nothing is written where the result would be
    no ledger, ContractError, or where the entry matches no id or one that another entry matches, LedgerError.
    """
    try:
        listed = read_list(list_path)
    except TornList as error:
        raise LedgerError(f"{list_path} is torn: {error}") from None
    ids = (set(listed.checks) if listed else set()) | set(more_ids)
    about = [check for check in ids if entry.matches(check)]
    if ids and not about:
        where = list_path if listed else "the records"
        raise LedgerError(f"{entry.check} matches none of the {len(ids)} checks of {where}")

    def added(text: str) -> str:
        _require_one_each(ledger_of(path, text), entry, about)
        return appended(text, [entry])

    change_text(path, added)
    return len(about) if ids else None


def add_causes(path: Path, findings: Sequence[Finding], number: int | None, terms: Terms) -> list[str]:
    """Appends an entry for the cause of that number in a run, from 1, or for each that has none, with all checks that
    no entry is about; gives a line for each. LedgerError where the one that is asked for needs none.
    """
    lines: list[str] = []

    def added(text: str) -> str:
        ledger = ledger_of(path, text)
        made: list[PinnedEntry] = []
        for place, (cause, those) in enumerate(numbered(findings).items(), 1):
            if number not in (None, place):
                continue
            new = [one for one in those if ledger.of(one.check) is None]
            if said := _why_not(ledger, cause, new):
                lines.append(f"cause {place}, {cause}, {said}")
            else:
                made.append(entry_of(cause, new, terms, len(ledger.pinned) + len(made) + 1))
                lines.append(f"{made[-1].name}: {cause}, {len(new)} check{'' if len(new) == 1 else 's'}")
        if number is not None and not made:
            raise LedgerError(lines[0] if lines else f"the run has no cause {number}")
        return appended(text, made)

    change_text(path, added)
    return lines


def _why_not(ledger: Ledger, cause: RunCause, new: Sequence[Finding]) -> str:
    """Why a cause needs no entry of its own; empty where it does."""
    known = ledger.of_cause(cause)
    if not new:
        return "is known"
    return f"is that of {known.name}, which parity ledger update extends" if known else ""


def update(path: Path, findings: Sequence[Finding], *, whole: bool = True) -> list[str]:
    """Brings a ledger to what a ``whole`` run measured, or parts of one; gives a line for each change, and for what was
    left.
    """
    lines: list[str] = []

    def updated(text: str) -> str:
        ledger = ledger_of(path, text)
        found = update_of(ledger, findings, whole=whole)
        lines.extend(found.lines)
        new = appended(rewritten(text, found.pins, found.measured), found.made)
        if new != text and _said(ledger_of(path, new)) != _said(found.applied_to(ledger)):
            raise LedgerError(f"{path} is laid out otherwise than this command does, and cannot be rewritten")
        return new

    change_text(path, updated)
    return lines


def _said(ledger: Ledger) -> list[list[str]]:
    """What each entry says: one that pins what is not a number is equal to none, not even to itself."""
    return [sorted(lines_of(one)) for one in (*ledger.pinned, *ledger.unpinned)]


def change_text(path: Path, change: Callable[[str], str]) -> None:
    """Writes what becomes of the text of a ledger, empty where there is none, if that is a ledger: else ContractError.

    It is read and written under one lock, since another may be written at the same moment.
    """

    def changed(old: bytes) -> bytes:
        # Bytes, so that the ends of lines stay what they are.
        try:
            text = change(old.decode("utf-8"))
        except UnicodeDecodeError as error:
            raise LedgerError(f"{path} is not UTF-8: {error}") from None
        ledger_of(path, text)
        return text.encode("utf-8")

    update_whole(path, changed)


def ledger_of(path: Path, text: str) -> Ledger:
    """The ledger that a text would be at ``path``; none at all where it is empty."""
    if not text:
        return Ledger()
    with tempfile.TemporaryDirectory() as folder:
        trial = Path(folder) / "ledger.toml"
        try:
            trial.write_bytes(text.encode("utf-8"))
        except UnicodeEncodeError as error:
            raise LedgerError(f"not UTF-8: {error}") from None
        try:
            return read_ledger(trial, today())
        except ContractError as error:
            error.source = str(path)
            raise


def appended(old: str, entries: Iterable[Entry]) -> str:
    """The text with entries at its end; those without pins come last in any ledger that is read."""
    end = _end_of_line(old)
    text = old or f"format = {FORMAT}{end}"
    for entry in entries:
        gap = "" if text.endswith(end * 2) else end if text.endswith("\n") else end * 2
        text = f"{text}{gap}{end.join(lines_of(entry))}{end}"
    return text


def rewritten(text: str, pins: Mapping[int, Mapping[str, Pin]], without: Collection[int] = ()) -> str:
    """The text with other checks in the entries of these numbers, from 1, which are taken away where none are left; and
    without the unpinned ones of the numbers of ``without``. LedgerError where an entry is laid out otherwise than here.
    """
    found, count = [], {"entries": 0, "unpinned": 0}
    for block in _blocks(text):
        kind = block.split("]", 1)[0].strip(" \t[")
        if block.lstrip().startswith("[[") and kind in count:
            count[kind] += 1
            number = count[kind]
            if kind == "unpinned" and number in without:
                block = _comments_after(block)
            elif kind == "entries" and number in pins:
                block = _with_checks(block, pins[number]) if pins[number] else _comments_after(block)
        found.append(block)
    return "".join(found)


def _blocks(text: str) -> list[str]:
    """The text before the first table, then each table with what follows it."""
    blocks = [""]
    for line in text.splitlines(keepends=True):
        if line.lstrip().startswith("[["):
            blocks.append("")
        blocks[-1] += line
    return blocks


def _with_checks(block: str, pins: Mapping[str, Pin]) -> str:
    lines = block.splitlines(keepends=True)
    bare = [line.strip() for line in lines]
    try:
        first = bare.index("checks = [")
        last = bare.index("]", first)
    except ValueError:
        raise LedgerError(f"the checks of an entry do not stand in lines of their own:\n{block}") from None
    end = _end_of_line(block)
    return "".join([*lines[:first], *(f"{line}{end}" for line in lines_of_checks(pins)), *lines[last + 1 :]])


def _comments_after(block: str) -> str:
    """What follows a table, and may be about the next one."""
    lines = block.splitlines(keepends=True)
    said = [k for k, line in enumerate(lines) if line.strip() and not line.lstrip().startswith("#")]
    return "".join(lines[said[-1] + 1 :]).lstrip("\r\n")


def _end_of_line(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _require_one_each(ledger: Ledger, entry: UnpinnedEntry, about: Collection[str]) -> None:
    """A check has one entry. Where no ids are known, what is plain from the entries' own texts is refused."""
    for other in ledger.entries:
        both = [check for check in sorted(about) if other.matches(check)]
        if both:
            raise LedgerError(f"{other.name} is about {both[0]} already: a check has one entry")
        texts = list(other.pins) if isinstance(other, PinnedEntry) else [other.name]
        for text in texts:
            if matches(text, entry.check) or matches(entry.check, text):
                raise LedgerError(f"{other.name} is about the same checks as {entry.check}: a check has one entry")
