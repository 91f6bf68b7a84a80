"""Adds an entry to the text of a ledger, whose comments and order stay."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Collection
from functools import partial
from pathlib import Path

from parity_suite.contracts.violation import ContractError
from parity_suite.ledger.entry import Entry, Ledger, matches, today
from parity_suite.ledger.reading import read_ledger
from parity_suite.writing import update_whole


class LedgerError(ValueError):
    """An entry that cannot be added, with the reason."""


def add_entry(path: Path, entry: Entry, list_path: Path, more_ids: Collection[str] = ()) -> int | None:
    """Appends the entry and gives the number of known checks that it is about; None where no ids are known.

    The ids are those of the list, where there is one, and ``more_ids``. Nothing is written where the result would be
    no ledger, ContractError, or where the entry matches no id or one that another entry matches, LedgerError.
    """
    ids = set(list_path.read_text("utf-8").split() if list_path.is_file() else ()) | set(more_ids)
    about = [check for check in ids if entry.matches(check)]
    if ids and not about:
        where = list_path if list_path.is_file() else "the records"
        raise LedgerError(f"{entry.check} matches none of the {len(ids)} checks of {where}")
    # Read and written under one lock, since another entry may be added at the same moment.
    update_whole(path, partial(_with_entry, path, entry, about))
    return len(about) if ids else None


def _with_entry(path: Path, entry: Entry, about: Collection[str], old: bytes) -> bytes:
    # Bytes, so that the ends of lines stay what they are.
    try:
        text = _appended(old.decode("utf-8"), entry)
    except UnicodeDecodeError as error:
        raise LedgerError(f"{path} is not UTF-8: {error}") from None
    _require_one_each(_validated(path, text), entry, about)
    return text.encode("utf-8")


def _appended(old: str, entry: Entry) -> str:
    end = "\r\n" if "\r\n" in old else "\n"
    lines = [
        "[[entries]]",
        *(f"{name} = {_toml(getattr(entry, name))}" for name in ("check", "reason", "owner")),
        f"added = {entry.added}",
        f"expires = {entry.expires}",
        f"verdict = {_toml(str(entry.verdict))}",
    ]
    before = old or f"format = 1{end}"
    gap = end if before.endswith("\n") else end * 2
    return f"{before}{gap}{end.join(lines)}{end}"


def _toml(text: str) -> str:
    """A basic string of TOML; JSON's escapes are its own, but it wants DEL escaped too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _validated(path: Path, text: str) -> Ledger:
    """The ledger that the text would be."""
    with tempfile.TemporaryDirectory() as folder:
        trial = Path(folder) / "ledger.toml"
        try:
            trial.write_bytes(text.encode("utf-8"))
        except UnicodeEncodeError as error:
            raise LedgerError(f"not UTF-8: {error}") from None
        try:
            return read_ledger(trial, today())
        except ContractError as error:
            raise ContractError(error.violations, f"{path} with the new entry") from None


def _require_one_each(ledger: Ledger, entry: Entry, about: Collection[str]) -> None:
    """A check has one entry. Where no ids are known, what is plain from the entries' own texts is refused."""
    for other in ledger.entries:
        if other == entry:
            continue
        both = [check for check in sorted(about) if other.matches(check)]
        if both:
            raise LedgerError(f"{other.check} is about {both[0]} already: a check has one entry")
        if matches(other.check, entry.check) or matches(entry.check, other.check):
            raise LedgerError(f"{other.check} is about the same checks as {entry.check}: a check has one entry")
