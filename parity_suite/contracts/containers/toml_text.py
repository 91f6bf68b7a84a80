"""TOML in bounded time: what would keep the parser, which is written in Python, is refused before it is asked."""

from __future__ import annotations

import re
import tomllib
from typing import Any, Final

#: The parser takes some seconds for about as much.
MOST_BYTES: Final = 2 * 2**20
#: Of a dotted key; no artefact has as many. The parser takes time that grows with the square of it.
_MOST_PARTS: Final = 100
#: Of a bare key or a number; Python itself reads no longer decimal number, and prints none.
_MOST_WORD: Final = 4300
#: Strings and comments as a whole, closed or not, words, dots, and what ends a key or a number.
_TOKEN: Final = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*+(?:"{3,5})?'
    r"|'''(?:[^']|'(?!''))*+(?:'{3,5})?"
    r'|"(?:[^"\\\n]|\\.)*+"?'
    r"|'[^'\n]*+'?"
    r"|#[^\n]*+"
    r"|[\w+-]++"
    r"|[.=,\[\]{}\n]",
    re.DOTALL,
)


def decode(raw: bytes) -> dict[str, Any]:
    """The value of a TOML file in UTF-8; ValueError says what is wrong with it."""
    text = raw.decode("utf-8")
    _require_short_keys(text)
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _require_short_keys(text: str) -> None:
    parts = 0
    for match in _TOKEN.finditer(text):
        sign = match.group()
        if sign == ".":
            parts += 1
            if parts > _MOST_PARTS:
                raise ValueError(f"a key of over {_MOST_PARTS} parts")
        elif sign[0] in "=,[]{}\n":
            parts = 0
        elif len(sign) > _MOST_WORD and sign[0] not in "\"'#":
            raise ValueError(f"a key or a number of over {_MOST_WORD} characters")
