"""Strict JSON: no duplicate keys, no NaN, no lone surrogates, and a limit to depth."""

from __future__ import annotations

import json
import math
import re
import reprlib
from typing import Any, Final, NoReturn

#: Levels of objects and lists in one value; deeper is nothing that anyone wrote by hand.
MAX_DEPTH: Final = 32

_MOST_DIGITS: Final = 4300
#: The closing quote is optional, else the search would start anew at each quote of a text that never ends.
_STRING: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_BRACKET: Final = re.compile(r"[\[{\]}]")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def decode(raw: bytes, max_depth: int | None = None, max_values: int | None = None) -> Any:
    """The value in UTF-8 text; ValueError says what is wrong with it.

    ``max_depth`` bounds the levels of brackets, ``max_values`` the names and values together, and both before anything
    is parsed.
    """
    text = raw.decode("utf-8")
    if text.startswith("\ufeff"):
        raise ValueError("a byte order mark")
    _require_small(_STRING.sub("", text), max_depth, max_values)
    try:
        value = json.loads(
            text,
            object_pairs_hook=_without_duplicates,
            parse_constant=_refuse_constant,
            parse_float=_finite,
            parse_int=_whole,
        )
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if "\\u" in text and _SURROGATE.search(json.dumps(value, ensure_ascii=False)):
        raise ValueError("half of a surrogate pair, which is no text")
    return value


def _require_small(signs: str, max_depth: int | None, max_values: int | None) -> None:
    """Of a text without its strings: a parser goes one call deeper with each bracket, and each value takes memory."""
    if max_values is not None and sum(map(signs.count, ",[{:")) > max_values:
        raise ValueError(f"over {max_values} names and values")
    if max_depth is None:
        return
    depth = 0
    for match in _BRACKET.finditer(signs):
        depth += 1 if match.group() in "[{" else -1
        if depth > max_depth:
            raise ValueError(f"nested over {max_depth} levels deep")


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        keys = [key for key, _ in pairs]
        seen: set[str] = set()
        twice = next(key for key in keys if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise ValueError(f"duplicate key {reprlib.repr(twice)}")
    return members


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError(f"{reprlib.repr(text)[1:-1]}, which is no finite float64")
    return value


def _whole(text: str) -> int:
    # Python refuses longer ones too, since they take time that grows with the square of their length.
    if len(text) > _MOST_DIGITS:
        raise ValueError(f"a whole number of over {_MOST_DIGITS} digits")
    return int(text)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")
