"""JSON and TOML files as the columns that a contract names."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from parity_suite.contracts.containers.json_text import decode
from parity_suite.contracts.containers.tree import depth_of, document_values
from parity_suite.contracts.holding import Holding, plain, refusal
from parity_suite.contracts.limits import Limits

#: Strings and comments as a whole, closed or not, dots, and what ends a key or a number.
_TEXT_OR_SIGN: Final = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*+(?:"{3,5})?'
    r"|'''(?:[^']|'(?!''))*+(?:'{3,5})?"
    r'|"(?:[^"\\\n]|\\.)*+"?'
    r"|'[^'\n]*+'?"
    r"|#[^\n]*+"
    r"|[.=,\[\]{}\n]",
    re.DOTALL,
)
#: Of a dotted key; no artefact has as many.
_MOST_PARTS: Final = 100
#: The parser is written in Python and takes a second for about as much.
_MOST_TOML: Final = 4 * 2**20


@contextmanager
def open_json(path: Path, wanted: Collection[str], limits: Limits) -> Iterator[Holding]:
    """The values of a JSON file; ContractError where it is no strict JSON object in UTF-8."""
    yield _holding(path, wanted, limits, lambda raw: decode(raw, limits.max_depth), "strict JSON in UTF-8")


@contextmanager
def open_toml(path: Path, wanted: Collection[str], limits: Limits) -> Iterator[Holding]:
    """The values of a TOML file; dates and times are text in ISO 8601."""
    small = replace(limits, max_text=min(limits.max_text, _MOST_TOML))
    yield _holding(path, wanted, small, _toml, "TOML in UTF-8")


def _toml(raw: bytes) -> Any:
    text = raw.decode("utf-8")
    _require_short_keys(text)
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _require_short_keys(text: str) -> None:
    """Before anything is parsed: the parser takes time that grows with the square of the parts of a key."""
    parts = 0
    for match in _TEXT_OR_SIGN.finditer(text):
        sign = match.group()
        if sign == ".":
            parts += 1
            if parts > _MOST_PARTS:
                raise ValueError(f"a key of over {_MOST_PARTS} parts")
        elif sign[0] in "=,[]{}\n":
            parts = 0


def _holding(
    path: Path, wanted: Collection[str], limits: Limits, parse: Callable[[bytes], Any], language: str
) -> Holding:
    try:
        size = path.stat().st_size
        if size > limits.max_text:
            raise refusal(path, "size", f"{size} bytes", f"at most {limits.max_text}")
        with path.open("rb") as stream:
            document = parse(stream.read(limits.max_text))
    except OSError as error:
        raise refusal(path, "readable", error.strerror or type(error).__name__, "a readable file") from error
    except ValueError as error:
        # A ContractError is a ValueError, too, and says it already.
        if hasattr(error, "violations"):
            raise
        raise refusal(path, "readable", str(error), language) from error
    if not isinstance(document, dict):
        raise refusal(path, "readable", f"a {type(document).__name__}", f"{language}, an object outermost")
    if depth_of(document, limits.max_depth) > limits.max_depth:
        raise refusal(path, "depth", "more levels", f"at most {limits.max_depth} levels of objects and lists")
    return Holding(document_values(document, wanted), tuple(map(plain, document)))
