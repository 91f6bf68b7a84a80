"""Of tests that are alike, those that run each time; the others are marked long and run before a release."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import pytest

#: Two workers, where another test of the same file asks in them each time what is the worker's to say.
IN_WORKERS: Final = pytest.param(("-n", "2"), marks=pytest.mark.long)


def thinned(values: Iterable[Any], every: int, *, ids: Iterable[str] | None = None) -> list[Any]:
    """The values as parameters, of which one in ``every`` runs each time; a value that is a tuple is unpacked."""
    given = list(values)
    names = list(ids) if ids is not None else [None] * len(given)
    return [
        pytest.param(
            *(value if isinstance(value, tuple) else (value,)),
            id=name,
            marks=() if place % every == 0 else pytest.mark.long,
        )
        for place, (value, name) in enumerate(zip(given, names, strict=True))
    ]
