"""Sizes in bytes as people write them."""

from __future__ import annotations

import re
from typing import Final

_UNITS: Final = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}
_SIZE: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?", re.IGNORECASE)


def size_of(text: str) -> int:
    """Bytes of a text such as ``500``, ``64M`` or ``1.5 GiB``, in powers of 1024; ValueError where it is none."""
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no size, such as 64M or 10G")
    return int(float(match[1]) * _UNITS[match[2].lower()])
