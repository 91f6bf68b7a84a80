"""Brings a ledger of the first format to the present one."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Final

from parity_suite.ledger.form import FORMAT
from parity_suite.ledger.writing import LedgerError, change_text

_FIRST: Final = 1
_FORMAT: Final = re.compile(r"^(\s*format\s*=\s*)1\b", re.MULTILINE)
_ENTRY: Final = re.compile(r"^(\s*\[\[\s*)entries(\s*\]\])", re.MULTILINE)


def migrate(path: Path) -> int:
    """Writes the entries of an old ledger as unpinned ones, which they were, and gives their number.

    LedgerError where it is of another format; ContractError with all that a ledger refuses by now.
    """
    count = 0

    def migrated(text: str) -> str:
        nonlocal count
        try:
            old = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise LedgerError(f"{path}: {error}") from None
        if old.get("format") != _FIRST:
            raise LedgerError(f"{path}: format {old.get('format')} is not the one that is migrated, {_FIRST}")
        new = _ENTRY.sub(r"\1unpinned\2", _FORMAT.sub(rf"\g<1>{FORMAT}", text, count=1))
        expected = {name: value for name, value in old.items() if name not in ("format", "entries")}
        expected |= {"format": FORMAT} | ({"unpinned": old["entries"]} if "entries" in old else {})
        if tomllib.loads(new) != expected:
            raise LedgerError(f"{path} is laid out otherwise than in tables of [[entries]]: write it so first")
        count = len(old.get("entries", []))
        return new

    if not path.is_file():
        raise LedgerError(f"{path} is not there")
    change_text(path, migrated)
    return count
