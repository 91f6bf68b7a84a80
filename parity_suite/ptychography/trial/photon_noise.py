"""How far the square root of a Poisson count lies from that of its rate."""

from __future__ import annotations

from typing import Final

import numpy as np

from .scan import Array

#: Up to this root of a rate the expectation is tabulated; beyond, two terms of its series are exact to 1e-5.
_LAST: Final = 8.0
_STEPS: Final = 2**14


def _table() -> Array:
    rate = np.linspace(0, _LAST, _STEPS + 1) ** 2
    # exp(-rate) rate^n / n!, a count at a time; a count beyond 200 does not happen at a rate of 64.
    chance, root = np.exp(-rate), np.zeros_like(rate)
    for count in range(1, 200):
        chance = chance * rate / count
        root += np.sqrt(count) * chance
    return (2 * rate - 2 * np.sqrt(rate) * root).astype(np.float32)


_TABLE: Final = _table()


def expected_distance(root: Array) -> Array:
    """``E (sqrt(n) - root)^2`` of a count n with rate ``root^2``: twice the rate where it is small, 1/4 where large."""
    place = np.minimum(root * np.float32(_STEPS / _LAST) + np.float32(0.5), np.float32(_STEPS)).astype(np.int32)
    return np.asarray(_TABLE[place])
