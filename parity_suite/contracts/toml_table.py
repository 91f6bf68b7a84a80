"""One table of a TOML file, read strictly: a wrong type, a missing or unknown key is a violation, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from parity_suite.contracts.violation import Violation

T = TypeVar("T")


class TomlTable:
    """Takes keys out of a table one by one; ``close`` reports the keys that nobody took."""

    def __init__(self, raw: Mapping[str, Any], path: str, problems: list[Violation]) -> None:
        self._raw = dict(raw)
        self._known: list[str] = []
        self._path = path
        self.problems = problems

    def required(self, key: str, kind: type[T], stand_in: T) -> T:
        """The value of ``key``; ``stand_in`` after a violation where it is missing or of another type."""
        if key not in self._raw:
            self.complain(key, "required", "no such key", f"a value of type {kind.__name__}")
        return self.optional(key, kind, stand_in)

    def optional(self, key: str, kind: type[T], default: T) -> T:
        """The value of ``key``, or ``default`` where it is missing."""
        self._known.append(key)
        if key not in self._raw:
            return default
        value = self._raw.pop(key)
        if not _is(value, kind):
            self.complain(key, "type", repr(value), f"a value of type {kind.__name__}")
            return default
        return value  # type: ignore[no-any-return]

    def number(self, key: str) -> float | None:
        """An integer or float, or None where there is none."""
        self._known.append(key)
        if key not in self._raw:
            return None
        value = self._raw.pop(key)
        if _is(value, int) or _is(value, float):
            return float(value)
        self.complain(key, "type", repr(value), "a number")
        return None

    def items(self, key: str, kind: type[T], choices: tuple[T, ...] = ()) -> tuple[T, ...]:
        """A list of ``kind``, each item among the choices where there are any; empty where it is missing."""
        values = self.optional(key, list, [])
        wanted = " or ".join(map(str, choices)) or f"items of type {kind.__name__}"
        strange = [value for value in values if not _is(value, kind) or (choices and value not in choices)]
        for value in strange:
            self.complain(key, "one_of" if choices else "type", repr(value), wanted)
        return tuple(value for value in values if value not in strange)

    def child(self, key: str) -> TomlTable:
        """A table inside this one; empty where it is missing."""
        return TomlTable(self.optional(key, dict, {}), self._name(key), self.problems)

    def children(self, key: str) -> dict[str, TomlTable]:
        """The tables of a table of tables, by name."""
        group = self.child(key)
        return {name: group.child(name) for name in list(group._raw)}

    def texts(self, key: str) -> dict[str, str] | None:
        """A table of texts, such as a condition; None where it is missing."""
        if key not in self._raw:
            return None
        table = self.child(key)
        return {name: table.required(name, str, "") for name in list(table._raw)}

    def close(self) -> None:
        """Report every key that was never asked for."""
        for key in self._raw:
            self.complain(key, "unknown_key", f"the key {key!r}", f"one of {', '.join(sorted(self._known))}")

    def complain(self, key: str, rule: str, found: str, wanted: str) -> None:
        """Add a violation at ``key`` of this table."""
        self.problems.append(Violation(self._name(key), rule, found, wanted))

    def _name(self, key: str) -> str:
        return f"{self._path}.{key}" if self._path else key


def _is(value: object, kind: type) -> bool:
    """isinstance, except that TOML's booleans are no integers."""
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
