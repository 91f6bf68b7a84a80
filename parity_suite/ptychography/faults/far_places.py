"""Mistakes of places that are far away, below zero, or at the end of something long."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.core.kinds import Kind
from parity_suite.faults.fault import Ask, Fault, Given, like
from parity_suite.faults.need import Need
from parity_suite.ptychography.faults.needs import InputNeed

#: Pixels that a block, a texture or ten bits hold.
_BLOCK: Final = 1024
_ONCE: Final = "places so far away are asked for in one check"


def _in_thirty_one_bits(places: Array) -> Array:
    """Of places that 31 bits do not hold what is left of them."""
    wide = np.asarray(places, np.float64)
    return like(np.where(np.abs(wide) >= 2.0**31, np.fmod(wide, 2.0**31), wide), places)


class ScanFolded(Fault, stage="group", kind=Kind.MODULUS, needs=(Need.VALUES,)):
    """Takes positions below zero for those above."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "positions": np.abs(given["positions"])})


class CutPlacesInThirtyOneBits(Fault, stage="extract", kind=Kind.UNSET, needs=(Need.VALUES,)):
    """Takes of a position what 31 bits hold."""

    single = _ONCE

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "positions": _in_thirty_one_bits(given["positions"])})


class StitchPlacesInThirtyOneBits(Fault, stage="reassemble", kind=Kind.UNSET, needs=(Need.VALUES,)):
    """Takes of a position what 31 bits hold."""

    single = _ONCE

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "positions": _in_thirty_one_bits(given["positions"])})


class NearestInThirtyOneBits(Fault, stage="translate", kind=Kind.UNSET, needs=(InputNeed.NEAREST,)):
    """Moves to the nearest pixel by what 31 bits hold of an offset."""

    def answer(self, ask: Ask, given: Given) -> Any:
        if given.get("interpolation") != "nearest":
            return ask(given)
        return ask({**given, "offsets": _in_thirty_one_bits(given["offsets"])})


class LongObjectCutShort(Fault, stage="extract", kind=Kind.DROPPED, needs=(InputNeed.SHAPES,)):
    """Sees the first 1,024 rows and columns of an object."""

    def answer(self, ask: Ask, given: Given) -> Any:
        seen = given["object"].copy()
        seen[_BLOCK:] = seen[:, _BLOCK:] = 0
        return ask({**given, "object": seen})


class LongCanvasCutShort(Fault, stage="reassemble", kind=Kind.DROPPED, needs=(InputNeed.SHAPES,)):
    """Leaves what lies beyond 1,024 rows or columns of a canvas blank."""

    def answer(self, ask: Ask, given: Given) -> Any:
        got = {name: np.array(value) for name, value in ask(given).items()}
        for value in got.values():
            value[..., _BLOCK:, :] = value[..., _BLOCK:] = 0
        return got
