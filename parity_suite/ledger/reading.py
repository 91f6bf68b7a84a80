"""Reads a ledger, held to its contract and to the calendar."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any, Final

from parity_suite.compare.finding import Verdict
from parity_suite.contracts.check import check_file
from parity_suite.contracts.holding import plain
from parity_suite.contracts.versions import require_version
from parity_suite.contracts.violation import ContractError, Violation
from parity_suite.ledger.entry import Entry, Ledger

#: The ledger of a project, in its root.
FILE_NAME: Final = "parity-ledger.toml"

#: All that an entry says; the contract is closed to other names outermost alone.
_KEYS: Final = tuple(field.name for field in fields(Entry))


def read_ledger(path: Path, day: date) -> Ledger:
    """The ledger in a file; ContractError with all that is wrong with it on that day."""
    checked = check_file(path, "ledger")
    require_version(checked, "use the version of the suite that wrote it")
    found = checked.violations
    # A file that is no TOML, too large or not there has that one violation.
    if not any(one.field == "file" for one in found):
        document = tomllib.loads(path.read_text("utf-8"))
        found = (*found, *_beyond_the_contract(document, day))
    if found:
        raise ContractError(found, str(path))
    return Ledger(tuple(_entry(raw) for raw in document.get("entries", [])))


def _entry(raw: Mapping[str, Any]) -> Entry:
    added, expires = (date.fromisoformat(str(raw[name])) for name in ("added", "expires"))
    return Entry(raw["check"], raw["reason"], raw["owner"], added, expires, Verdict(raw["verdict"]))


def _beyond_the_contract(document: Mapping[str, Any], day: date) -> Iterator[Violation]:
    """Keys that an entry does not have, and its days; what is no entry has broken the contract already."""
    entries = document.get("entries", [])
    for place, raw in enumerate(entries if isinstance(entries, Sequence) else ()):
        if not isinstance(raw, Mapping):
            continue
        for name in sorted(set(raw) - set(_KEYS)):
            yield Violation(
                f"entries[].{plain(name)}", "unknown", "such a key", f"one of {', '.join(_KEYS)}", f"[{place}]"
            )
        yield from _off_the_calendar(raw, f"[{place}]", day)


def _off_the_calendar(raw: Mapping[str, Any], where: str, day: date) -> Iterator[Violation]:
    """Days that no calendar has, and an entry made in days to come."""
    for name in ("added", "expires"):
        text = str(raw.get(name, ""))
        if not text:
            continue
        try:
            then = date.fromisoformat(text)
        except ValueError:
            yield Violation(f"entries[].{name}", "date", repr(text), "a day of the calendar", where)
            continue
        if name == "added" and then > day:
            yield Violation("entries[].added", "not_after", repr(text), f"at most {day}, today in UTC", where)
