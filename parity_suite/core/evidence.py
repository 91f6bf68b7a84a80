"""What another meaning was told from round-off by."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Basis(StrEnum):
    """What was looked at."""

    NONE = ""
    #: a value without round-off is another one
    EXACT = "exact"
    #: of the precision itself, since nothing was repeated
    IN_FLOAT32 = "in-float32"
    IN_FLOAT64 = "in-float64"
    #: the error, the distance of an exact value, or the value beside a bound, when all was repeated in float64
    ERROR_IN_FLOAT64 = "error-in-float64"
    DISTANCE_IN_FLOAT64 = "distance-in-float64"
    VALUE_IN_FLOAT64 = "value-in-float64"
    #: a bound, of which nothing was repeated
    BOUND = "bound"
    #: what the oracle in float32, and inputs moved by one ulp, make of the output, or of all that the stage gives
    ROUND_OFF = "round-off"
    ROUND_OFF_OF_STAGE = "round-off-of-stage"
    #: there is no float64, and no such round-off is known
    UNTOLD = "untold"


_WORDS = {
    Basis.NONE: "",
    Basis.EXACT: "an exact value differs",
    Basis.IN_FLOAT32: "measured in float32",
    Basis.IN_FLOAT64: "measured in float64",
    Basis.ERROR_IN_FLOAT64: "in float64 the error is {:.3g}",
    Basis.DISTANCE_IN_FLOAT64: "in float64 it is off by {:.2g}",
    Basis.VALUE_IN_FLOAT64: "a bound is exceeded; in float64 the value is {:.3g}",
    Basis.BOUND: "a bound is exceeded",
    Basis.ROUND_OFF: "no float64; the oracle in float32 and one ulp of input move it by {:.3g}",
    Basis.ROUND_OFF_OF_STAGE: (
        "no float64; the oracle in float32 and one ulp of input move what the stage gives by {:.3g}"
    ),
    Basis.UNTOLD: "no float64, and how far round-off goes here cannot be told: taken for another meaning",
}


@dataclass(frozen=True)
class Evidence:
    """``size`` is what was measured there, where anything was; ``str()`` is the sentence."""

    basis: Basis = Basis.NONE
    size: float | None = None
    #: whether what stays in float64 is no more than float32 makes
    like_float32: bool = False
    #: whether it shrinks like round-off and is taken for meaning, since no rounding looks like it
    unlike_rounding: bool = False

    def __str__(self) -> str:
        text = _WORDS[self.basis].format(self.size)
        if self.like_float32:
            text += ", no more than float32 makes: it is computed in float32 inside"
        if self.unlike_rounding:
            text += ", but no rounding looks like this: another meaning in float32 alone"
        return text

    def __bool__(self) -> bool:
        return self.basis is not Basis.NONE


NO_EVIDENCE: Final = Evidence()
