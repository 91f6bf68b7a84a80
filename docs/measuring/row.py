"""A row of the table of conventions: the rule, what each framework does by itself, and what measures the mistake."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np


class Measured(NamedTuple):
    """What a mistake does, and the checks that were red when it was made (``stage.law``)."""

    consequence: str
    seen: tuple[str, ...] | str

    @property
    def seen_by(self) -> str:
        if isinstance(self.seen, str):
            return self.seen
        return ", ".join(f"`{check}`" for check in self.seen) or "**nothing**"


@dataclass(frozen=True)
class Convention:
    """One convention. ``measure`` makes the mistake and says what came of it."""

    name: str
    rule: str
    torch: str
    tensorflow: str
    measure: Callable[[], Measured]


def relative(got: object, want: object) -> float:
    """``||got - want|| / ||want||`` of arrays or numbers, in double precision."""
    one, two = (np.asarray(value).astype(complex) for value in (got, want))
    return float(np.linalg.norm(one - two) / np.linalg.norm(two))


def number(value: float) -> str:
    """Two digits; 0 where nothing differs."""
    return "0" if value == 0 else f"{value:.1e}".replace("e+00", "").replace("e-0", "e-").replace("e+0", "e+")
