"""JSON values that come back as they went in, and one way to write them."""

from __future__ import annotations

import contextlib
import json
import math
import reprlib
from collections.abc import Iterator, Mapping
from typing import Any, Final

from parity_suite.contracts import Violation
from parity_suite.contracts.containers.json_text import MAX_DEPTH

#: The range of float64; Python itself refuses to read or write some thousand digits.
_MOST_BITS: Final = 1024


def encode(document: Mapping[str, Any]) -> bytes:
    """ASCII with sorted keys and an indent of two; equal documents give equal bytes.

    A float is written with the fewest digits that give back the same float64.
    """
    text = json.dumps(document, sort_keys=True, indent=2, ensure_ascii=True, allow_nan=False)
    return f"{text}\n".encode("ascii")


def value_violations(value: object, place: str, depth: int = 0) -> Iterator[Violation]:
    """All that keeps a value from being JSON that comes back as it went in; ``place`` is its name in messages."""
    if depth > MAX_DEPTH:
        yield Violation(place, "depth", "more levels", f"at most {MAX_DEPTH} levels of objects and lists")
    elif isinstance(value, dict):
        for key, item in value.items():
            if isinstance(key, str):
                yield from value_violations(item, f"{place}.{key}", depth + 1)
            else:
                yield Violation(place, "key", shown(key), "text as a key")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from value_violations(item, f"{place}[{index}]", depth + 1)
    elif isinstance(value, float):
        if not math.isfinite(value):
            yield Violation(place, "finite", str(value), "a finite number")
    elif isinstance(value, int):
        if value.bit_length() > _MOST_BITS:
            yield Violation(place, "size", f"{value.bit_length()} bits", f"a whole number of at most {_MOST_BITS} bits")
    elif value is not None and not isinstance(value, str):
        yield Violation(place, "json", type(value).__name__, "null, true, false, a number, text, a list or a dict")


def shown(value: object) -> str:
    """A value in a message: whatever it is, short."""
    # A whole number of some thousand digits has no repr.
    with contextlib.suppress(ValueError):
        return "null" if value is None else reprlib.repr(value)
    return type(value).__name__
