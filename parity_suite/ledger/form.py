"""The form of an entry in the file: plain values of TOML, and its lines."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields
from typing import Any, Final

from parity_suite.contracts.holding import plain as escaped
from parity_suite.core.cause import Cause
from parity_suite.core.finding import Verdict
from parity_suite.core.value import from_json, to_json
from parity_suite.ledger.entry import Entry, PinnedEntry, Terms, UnpinnedEntry
from parity_suite.ledger.pin import KnownError, KnownOutput, KnownValue, Pin

#: The version of the file's form.
FORMAT: Final = 2

_FAILS: Final = ("outputs", "rules", "raised", "cause")
_VALUE: Final = tuple(field.name for field in fields(KnownValue))
_ERROR: Final = tuple(field.name for field in fields(KnownError))
_SIZES: Final = ("differs", "norm")


def lines_of(entry: Entry) -> Iterator[str]:
    """The table of an entry."""
    pinned = isinstance(entry, PinnedEntry)
    yield "[[entries]]" if pinned else "[[unpinned]]"
    if isinstance(entry, UnpinnedEntry):
        yield f"check = {_toml(entry.check)}"
    terms: Terms = entry.terms
    yield f"reason = {_toml(terms.reason)}"
    yield f"owner = {_toml(terms.owner)}"
    yield f"added = {terms.added}"
    yield f"expires = {terms.expires}"
    if isinstance(entry, UnpinnedEntry):
        yield f"verdict = {_toml(entry.said.value)}"
    elif isinstance(entry, PinnedEntry):
        yield f"cause = {_toml({**asdict(entry.cause), 'kind': entry.kind})}"
        yield from lines_of_checks(entry.pins)


def lines_of_checks(pins: Mapping[str, Pin]) -> Iterator[str]:
    """The key ``checks``, a line for each."""
    yield "checks = ["
    for check, pin in sorted(pins.items()):
        yield f"    {_toml({'check': check, 'verdict': pin.verdict.value, 'fails': _fails(pin)})},"
    yield "]"


def _fails(pin: Pin) -> dict[str, Any]:
    outputs = [_output(one) for one in pin.outputs]
    found = {"outputs": outputs, "rules": pin.rules, "raised": pin.raised, "cause": pin.cause}
    return {name: value for name, value in found.items() if value}


def _output(one: KnownOutput) -> dict[str, Any]:
    """What there is to say of it alone: most has no implementation, and is no threshold."""
    raw = dict(vars(one))
    if isinstance(one, KnownValue):
        raw |= {"gives": to_json(one.gives), "wanted": to_json(one.wanted)}
    else:
        raw["error"] = to_json(one.error)
    blank = ("implementation", "place", "bound", "differs", "norm", "fingerprint", "drawn")
    return {name: value for name, value in raw.items() if value is not None and (value or name not in blank)}


def pin_from(verdict: str, raw: Mapping[str, Any]) -> Pin:
    """How a check fails, as ``fails`` has it; ValueError with what is wrong with that."""
    _require_known(raw, _FAILS)
    outputs, rules, raised = (raw.get(name, []) for name in ("outputs", "rules", "raised"))
    if not isinstance(outputs, list) or not all(isinstance(one, dict) for one in outputs):
        raise ValueError("outputs are not a list of tables")
    if not isinstance(rules, list) or not all(_are_texts(one, 3) for one in rules):
        raise ValueError("rules are not lists of field, rule and implementation")
    if raised and not _are_texts(raised, 4):
        raise ValueError("raised is not a list of type, file, function and implementation")
    if not (outputs or rules or raised or raw.get("cause")):
        raise ValueError("nothing is known to fail")
    cause = Cause(raw["cause"]).value if raw.get("cause") else ""
    return Pin(Verdict(verdict), tuple(map(_output_from, outputs)), tuple(map(tuple, rules)), tuple(raised), cause)


def _output_from(raw: Mapping[str, Any]) -> KnownOutput:
    name, implementation = raw.get("output"), raw.get("implementation", "")
    if not _are_texts([name, implementation], 2):
        raise ValueError("an output has no name")
    if "error" in raw:
        _require_known(raw, _ERROR)
        return KnownError(str(name), implementation, _number(raw["error"]), raw.get("drawn", False) is True)
    _require_known(raw, _VALUE)
    place, pattern = raw.get("place", []), raw.get("fingerprint", [])
    if not isinstance(place, list) or not all(type(one) is int for one in place):
        raise ValueError(f"the place of {name} is not a list of whole numbers")
    if not isinstance(pattern, list):
        raise ValueError(f"the fingerprint of {name} is not a list of numbers")
    try:
        gives, wanted = from_json(raw.get("gives")), from_json(raw.get("wanted"))
    except (KeyError, TypeError, ValueError):
        raise ValueError(f"what {name} gives, or was wanted, is not a value") from None
    bound, (differs, norm) = raw.get("bound", False) is True, (_number(raw.get(one, 0.0)) for one in _SIZES)
    marks = tuple(map(_number, pattern))
    return KnownValue(str(name), implementation, tuple(place), gives, wanted, bound, differs, norm, marks)


def _number(raw: Any) -> float:
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        raise ValueError(f"{raw!r} is not a number")
    return float(raw)


def _require_known(raw: Mapping[str, Any], names: tuple[str, ...]) -> None:
    if unknown := sorted(set(raw) - set(names)):
        raise ValueError(f"{escaped(unknown[0])} is not one of {', '.join(names)}")


def _are_texts(raw: Any, count: int) -> bool:
    return isinstance(raw, list) and len(raw) == count and all(isinstance(one, str) for one in raw)


def _toml(value: Any) -> str:
    """A value in one line; JSON's escapes are those of TOML, which wants DEL escaped too."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{name} = {_toml(one)}" for name, one in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
