"""One number or text that was got or wanted: as it is compared, as JSON, and as a person reads it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from parity_suite.contracts.plain_json import number, plain

#: None where there is nothing to show, as where nothing differs.
Value = bool | int | float | complex | str | None

_TEXT: Final = "text"


def value_of(element: Any) -> Value:
    """A scalar of NumPy's, or Python's own, as Python's own."""
    plain: Value = element.item() if hasattr(element, "item") else element
    return plain


def shown(value: Value) -> str:
    """Nine significant digits; texts, whole numbers and truth values as they are, and an empty text as ``none``."""
    if isinstance(value, float | complex):
        return f"{value:.9g}"
    return "" if value is None else str(value) or "none"


def to_json(value: Value) -> Any:
    """A number; ``[real, imaginary]``; ``{"text": ...}``, so that no text is taken for the number that it spells."""
    return {_TEXT: value} if isinstance(value, str) else plain(value)


def from_json(raw: Any) -> Value:
    """What :func:`to_json` made."""
    if isinstance(raw, Mapping):
        return str(raw[_TEXT])
    if isinstance(raw, list | tuple):
        real, imaginary = map(number, raw)
        return complex(real, imaginary)
    # JSON has no word for what is not finite, which is text there.
    return number(raw) if isinstance(raw, str) else raw
