"""What a backend, or the input that it is asked, must have for a mistake to show."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any, Final, Self

from parity_suite.backends.capabilities import Capabilities
from parity_suite.core.packs import BY_NAME

#: The axis along which a stage has an answer for each item or, where it has none, one of those that may be permuted.
OF_ITEMS: Final = "items"


class Requirement(StrEnum):
    """Words for each need, by which it is known; a pack derives its own from it.

    One of arrays may say along which axis, by its symbol, they must be of what ``size``, a number or, where stages
    differ, a function of the stage's name.
    """

    along: str
    size: int | Callable[[str], int]

    def __new__(cls, words: str, axis: str = "", size: Any = 0) -> Self:
        one = str.__new__(cls, words)
        one._value_ = words
        one.along, one.size = axis, size
        return one

    def is_allowed(self, known: Capabilities, stage: str) -> bool:
        """Whether a backend that declares this may be asked for arrays of the size."""
        axis = self.along
        if axis == OF_ITEMS and stage in BY_NAME:
            axis = next(filter(None, (BY_NAME[stage].items, *BY_NAME[stage].permuted)), "")
        return known.allows(stage, axis, self.size(stage) if callable(self.size) else self.size)


class Need(Requirement):
    """What mistakes of any stage need."""

    BATCH = "64 items in one call", OF_ITEMS, 64
    CROWD = "more than 5,000 items in one call", OF_ITEMS, 5000
    DAMAGE = "input that breaks its contract"
    PAIR = "a second backend that reads the same format"
    CHOICE = "a choice between implementations"
    COARSE = "an implementation with coarser coordinates"
    COMPILED = "an implementation that is made for each shape"
    VARIABLE = "a switch in the environment"
    WAYS = "a second mode of running, as compiled"
    FORMS = "arrays in another form than C order"
    SURROUNDINGS = "another thread, a global generator, or an answer that is written over"
    AGAIN = "a gradient asked twice"
    VALUES = "numbers that are real, very large, or none"
    SCALARS = "scalars below one, fractional, or beyond 31 bits"
    REPEATS = "items or positions that are the same"
    DECLARED = "a convention that is declared"
    FUSED = "a chain of stages that is done in one"
