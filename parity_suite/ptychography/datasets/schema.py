"""Tables of a TOML file read strictly into frozen dataclasses: what is wrong is said by key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, field, fields
from typing import Any, TypeVar

T = TypeVar("T")


def bounded(low: float, high: float) -> Any:
    """A dataclass field whose number, or each number of its tuple, lies in ``[low, high]``."""
    return field(metadata={"low": low, "high": high})


def one_of(*choices: object) -> Any:
    """A dataclass field that holds one of ``choices``."""
    return field(metadata={"choices": choices})


def read_table(cls: type[T], table: Mapping[str, Any], where: str, problems: list[str]) -> T | None:
    """``table`` as an instance of the dataclass ``cls``, or None with what is wrong added to ``problems``.

    Understood types: int, float (an int will do), str, and tuples of two of a kind.
    """
    wanted: dict[str, Field[Any]] = {entry.name: entry for entry in fields(cls)}  # type: ignore[arg-type]
    found = [f"{where}{key}: unknown key" for key in table if key not in wanted]
    found += [f"{where}{key}: missing" for key in wanted if key not in table]
    values = {}
    for key in wanted.keys() & table.keys():
        complaint = _complaint(table[key], wanted[key])
        if complaint:
            found.append(f"{where}{key}: {complaint}, got {table[key]!r}")
        values[key] = _converted(table[key], str(wanted[key].type))
    problems += sorted(found)
    return None if found else cls(**values)


def _converted(value: Any, hint: str) -> Any:
    if hint == "float":
        return float(value) if _is_number(value) else value
    if hint.startswith("tuple[") and isinstance(value, list):
        return tuple(_converted(item, hint[len("tuple[") :].split(",")[0]) for item in value)
    return value


def _complaint(value: Any, entry: Field[Any]) -> str:
    hint = str(entry.type)
    if hint.startswith("tuple["):
        if not (isinstance(value, list) and len(value) == 2):
            return "wants two values"
        inner = hint[len("tuple[") :].split(",")[0]
        return next(filter(None, (_scalar_complaint(item, inner, entry) for item in value)), "")
    return _scalar_complaint(value, hint, entry)


def _scalar_complaint(value: Any, hint: str, entry: Field[Any]) -> str:
    fits = {
        "int": isinstance(value, int) and not isinstance(value, bool),
        "float": _is_number(value),
        "str": isinstance(value, str),
    }
    if not fits[hint]:
        return f"wants {hint}"
    limits = entry.metadata
    if "choices" in limits and value not in limits["choices"]:
        return f"wants one of {', '.join(map(str, limits['choices']))}"
    if "low" in limits and not limits["low"] <= value <= limits["high"]:
        return f"wants {limits['low']:g} to {limits['high']:g}"
    return ""


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
