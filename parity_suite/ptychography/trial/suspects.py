"""Frames that stand apart from the rest of a scan, and pixels that did not measure."""

from __future__ import annotations

from itertools import product
from typing import Final

import numpy as np

from .scan import Array
from .survey import Survey

#: Excess of a frame up to which it is believed, however calm the others are: right frames of the measured star lie at
#: 0.014 at most, of synthetic scans of 1000 photons at 0.036, and there the deviation is large.
FRAME_EXCESS: Final = 0.03
#: Median absolute deviations above the median: right frames lie within 6, in 19 scans of 30 to 321 frames.
FRAME_MAD: Final = 12.0
#: Counts that a pixel that is always dark should have had: by chance it stays dark in exp(-20) of all scans.
DARK_COUNTS: Final = 20.0
#: Of the power, what pixels that did not measure may hold if they are to be filled: of more, what is filled in would
#: be most of the scan, and any scan is what it was filled with.
MOST_FILLED: Final = 0.5
#: A pixel that does not see what its neighbours see holds so many times their power, and what is computed for it; one
#: that does, as of a beam that nothing scatters, is computed to.
HOT: Final = 25.0
#: Frames in which a lit pixel holds one and the same count, which of a rate of 20 happens in 0.09^11, and in which any
#: does: of a rate of 1 in 0.37^23.
STUCK_FRAMES: Final = 12
_STUCK_AT_ALL: Final = 24


def frames_apart(excess: Array, judged: Array) -> Array:
    """The indices of frames whose excess ``(M,)`` is far above that of the rest, of those that were ``judged (M,)``."""
    finite = excess[np.isfinite(excess) & judged]
    if not finite.size:
        return np.arange(0)
    middle = float(np.median(finite))
    deviation = float(np.median(np.abs(finite - middle)))
    return np.flatnonzero(~(excess <= max(FRAME_EXCESS, middle + FRAME_MAD * deviation)) & judged)


def stuck_pixels(survey: Survey, counts_per_power: float) -> Array:
    """(N, N) bool: pixels that hold the same value in every frame while others vary: a bright one, or any where what is
    computed would have been seen.
    """
    held = survey.pixels
    # On a background that is all there is of it a dark pixel holds one value too.
    seen = (survey.judged >= _STUCK_AT_ALL) & (_expected(survey, counts_per_power) >= DARK_COUNTS)
    constant = (held.least == held.most) & (held.most > 0)
    constant &= seen | (held.most**2 * counts_per_power >= DARK_COUNTS)
    varied = held.least < held.most
    if survey.judged < STUCK_FRAMES or np.count_nonzero(varied) < np.count_nonzero(constant):
        return np.zeros_like(constant)
    return np.asarray(constant)


def hot_pixels(survey: Survey, counts_per_power: float) -> Array:
    """(N, N) bool: single pixels that hold far more than those around them, and than what is computed."""
    held, computed = survey.pixels.mean**2, survey.pixels.computed
    if survey.judged < STUCK_FRAMES:
        return np.zeros(held.shape, bool)
    around = np.sort([np.roll(held, way, axis=(0, 1)) for way in product((-1, 0, 1), repeat=2) if any(way)], axis=0)
    # Next to another hot one, it is still among the two brightest of nine.
    seen = np.maximum(around[-2], computed)
    return np.asarray((held > HOT * seen) & (held * counts_per_power * survey.judged > HOT * DARK_COUNTS))


def dead_pixels(survey: Survey, counts_per_power: float) -> Array:
    """(N, N) bool: pixels that are dark in every frame, where what is computed would have been seen."""
    return np.asarray((survey.pixels.most == 0) & (_expected(survey, counts_per_power) >= DARK_COUNTS))


def _expected(survey: Survey, counts_per_power: float) -> Array:
    """(N, N): counts that each pixel should have had in all frames."""
    return survey.pixels.computed * counts_per_power * survey.judged


def bright_pixels(survey: Survey, counts_per_power: float) -> Array:
    """(N, N) bool: pixels that hold light whatever falls on them."""
    return stuck_pixels(survey, counts_per_power) | hot_pixels(survey, counts_per_power)


def held_power(survey: Survey, bright: Array) -> float:
    """What such pixels hold of a frame."""
    return float(np.sum(survey.pixels.mean[bright] ** 2))


def told(lost: Array, share: float, held: float, whose: str) -> str:
    """That pixels (N, N) bool did not measure, on which this ``share`` of the ``computed`` or the ``probe's`` power
    falls, or which hold so much of what the others do.
    """
    count = f"{int(lost.sum())} pixel{'s' if lost.sum() > 1 else ''}"
    if held > share:
        holds, them = ("hold", "them") if lost.sum() > 1 else ("holds", "it")
        return f"{count} never measured, and {holds} {held:.2g} times the power of all others, whatever falls on {them}"
    return f"{count} never measured, and {share:.2g} of the {whose} power falls there"


def unmeasured_power(masked: float, lost: float) -> float:
    """The part of all power on pixels that the mask leaves out, and on those of the rest that did not measure."""
    return masked + (1 - masked) * lost


def listed(frames: Array) -> str:
    """The first of some frames, for a sentence."""
    return ", ".join(map(str, frames[:5])) + (", ..." if frames.size > 5 else "")


def share_of_power(survey: Survey, pixels: Array) -> float:
    """The part of the computed power that falls on some pixels ``(N, N)`` bool."""
    computed = survey.pixels.computed
    total = float(computed.sum())
    return float(computed[pixels].sum()) / total if total > 0 else 0.0
