"""JSON that any reader takes, which has neither infinities nor NaN."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from enum import Enum
from typing import Any, Final

import numpy as np

#: What most of a document is.
_AS_IT_IS: Final = frozenset({str, int, bool, type(None)})


def plain(value: Any, *, gaps: bool = False) -> Any:
    """Nested mappings, sequences, arrays, members of an enum and numbers, complex ones as pairs, as JSON has them.

    A number that is not finite is the text ``inf``, ``-inf`` or ``nan``, which :func:`number` reads; or, where it means
    no more than that there is none to tell (``gaps``), null.
    """
    if type(value) in _AS_IT_IS:
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, complex):
        return [plain(value.real, gaps=gaps), plain(value.imag, gaps=gaps)]
    if isinstance(value, Mapping):
        return {name: plain(item, gaps=gaps) for name, item in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist(), gaps=gaps)
    if isinstance(value, list | tuple):
        return [plain(item, gaps=gaps) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None if gaps else str(value)
    return value


def number(value: float | str) -> float:
    """A number as :func:`plain` wrote it."""
    return float(value)


def json_text(document: Any, *, sort_keys: bool = False) -> str:
    """The text of a document's file; equal documents give equal text. ValueError for what is not :func:`plain`."""
    return json.dumps(document, indent=1, sort_keys=sort_keys, allow_nan=False) + "\n"
