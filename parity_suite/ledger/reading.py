"""Reads a ledger, held to its contract and to the calendar."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any, Final

from parity_suite.contracts.check import check_file
from parity_suite.contracts.holding import plain
from parity_suite.contracts.versions import require_version
from parity_suite.contracts.violation import ContractError, Violation
from parity_suite.core.finding import Verdict
from parity_suite.core.run_causes import RunCause
from parity_suite.ledger.entry import PinnedEntry, Terms, UnpinnedEntry
from parity_suite.ledger.form import pin_from
from parity_suite.ledger.ledger import Ledger

#: The ledger of a project, in its root.
FILE_NAME: Final = "parity-ledger.toml"

#: The latest end of an entry, from the day on which it is read.
LONGEST_DAYS: Final = 180
#: The letters that a reason has at least.
LETTERS: Final = 10

_TERMS: Final = tuple(field.name for field in fields(Terms))
#: All that an entry says, by the name of its list; the contract is closed to other names outermost alone.
_KEYS: Final = {"entries": (*_TERMS, "cause", "checks"), "unpinned": ("check", *_TERMS, "verdict")}


def read_ledger(path: Path, day: date) -> Ledger:
    """The ledger in a file; ContractError with all that is wrong with it on that day."""
    checked = check_file(path, "ledger")
    require_version(checked, "parity ledger migrate brings an older one to it, and a later suite wrote a newer one")
    found = checked.violations
    # A file that is no TOML, too large or not there has that one violation.
    if not any(one.field == "file" for one in found):
        document = tomllib.loads(path.read_text("utf-8"))
        found = (*found, *_beyond_the_contract(document, day))
    if found:
        raise ContractError(found, str(path))
    return Ledger(
        tuple(_pinned(number, raw) for number, raw in enumerate(document.get("entries", []), 1)),
        tuple(_unpinned(raw) for raw in document.get("unpinned", [])),
    )


def _pinned(number: int, raw: Mapping[str, Any]) -> PinnedEntry:
    cause = dict(raw["cause"])
    kind = cause.pop("kind")
    pins = {one["check"]: pin_from(one["verdict"], one["fails"]) for one in raw["checks"]}
    return PinnedEntry(_terms(raw), number, RunCause(**cause), pins, kind)


def _unpinned(raw: Mapping[str, Any]) -> UnpinnedEntry:
    return UnpinnedEntry(_terms(raw), raw["check"], Verdict(raw["verdict"]))


def _terms(raw: Mapping[str, Any]) -> Terms:
    added, expires = (date.fromisoformat(str(raw[name])) for name in ("added", "expires"))
    return Terms(raw["reason"], raw["owner"], added, expires)


def _beyond_the_contract(document: Mapping[str, Any], day: date) -> Iterator[Violation]:
    """What no contract says of an entry; what is no entry has broken the contract already."""
    for part, keys in _KEYS.items():
        entries = document.get(part, [])
        for place, raw in enumerate(entries if isinstance(entries, Sequence) else ()):
            if not isinstance(raw, Mapping):
                continue
            where = f"[{place}]"
            for name in sorted(set(raw) - set(keys)):
                yield Violation(f"{part}[].{plain(name)}", "unknown", "such a key", f"one of {', '.join(keys)}", where)
            yield from _off_the_calendar(part, raw, where, day)
            yield from _without_reason(part, raw, where)
            if part == "entries":
                yield from _without_pins(raw, where)


def _off_the_calendar(part: str, raw: Mapping[str, Any], where: str, day: date) -> Iterator[Violation]:
    """Days that no calendar has, an entry made in days to come, and one that is to last too long."""
    for name in ("added", "expires"):
        text = str(raw.get(name, ""))
        if not text:
            continue
        try:
            then = date.fromisoformat(text)
        except ValueError:
            yield Violation(f"{part}[].{name}", "date", repr(text), "a day of the calendar", where)
            continue
        if name == "added" and then > day:
            yield Violation(f"{part}[].added", "not_after", repr(text), f"at most {day}, today in UTC", where)
        elif name == "expires" and (then - day).days > LONGEST_DAYS:
            wanted = f"at most {LONGEST_DAYS} days from {day}, today in UTC"
            yield Violation(f"{part}[].expires", "too_late", repr(text), wanted, where)


def _without_reason(part: str, raw: Mapping[str, Any], where: str) -> Iterator[Violation]:
    reason = raw.get("reason")
    if isinstance(reason, str) and sum(map(str.isalpha, reason)) < LETTERS:
        yield Violation(f"{part}[].reason", "letters", repr(plain(reason)), f"at least {LETTERS} letters", where)


def _without_pins(raw: Mapping[str, Any], where: str) -> Iterator[Violation]:
    """An entry about no check, one with another cause than a cause has, and pins that are none."""
    checks, cause = raw.get("checks"), raw.get("cause")
    if isinstance(cause, Mapping) and (unknown := set(cause) - {*(one.name for one in fields(RunCause)), "kind"}):
        yield Violation(f"entries[].cause.{plain(min(unknown))}", "unknown", "such a key", "a key of a cause", where)
    if checks == []:
        yield Violation("entries[].checks", "empty", "none", "the checks that fail", where)
    for one in checks if isinstance(checks, list) else ():
        if not isinstance(one, Mapping) or not isinstance(one.get("fails"), Mapping):
            continue
        if unknown := set(one) - {"check", "verdict", "fails"}:
            name = f"entries[].checks[].{plain(min(unknown))}"
            yield Violation(name, "unknown", "such a key", "check, verdict and fails", where)
        try:
            pin_from(Verdict.ERROR, one["fails"])
        except ValueError as error:
            wanted = "what an update of the ledger writes there"
            yield Violation("entries[].checks[].fails", "pin", str(error), wanted, f"{where} {one.get('check')}")
