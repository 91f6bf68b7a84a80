"""Whether some frames of a scan were exposed longer than others."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from .scan import Array
from .verdict import Reason, TrialVerdict

#: Of two exposures, the longer over the shorter one, from which on it matters.
_LONGER: Final = 1.1
#: Two exposures lie so many deviations of either apart: two halves of one population 2.4 to 3.5, those of scans with
#: 1.3 times the exposure for some of the frames 7.7 or more.
_APART: Final = 6.0
#: The same where nothing is known of the specimen: of one that absorbs in one half there are two groups as well, and
#: at its rim frames of all powers.
_APART_UNKNOWN: Final = 10.0
#: What lies between the two, in the middle of the step: nothing, where none was exposed so.
_EMPTY: Final = 1 / 3
#: Of the frames, and frames, that have each exposure at least.
_PART, _FEWEST = 0.1, 4


#: The squared distance of the root of a frame's power from that of the others, in the middle of the frames, from which
#: on it matters: of a beam that varies by 5 % it is 0.0003, by chance a ninth of one over the photons of a frame.
_VARIES: Final = 0.004
#: Of the excess, what that and a scale of all take off at least.
_PART_OF: Final = 1 / 2


class Exposures(NamedTuple):
    """Two groups of frames."""

    #: the power of the brighter ones over that of the others, in the mean
    ratio: float
    #: how many are brighter
    brighter: int
    #: of so many
    frames: int

    def reason(self, beside: str) -> Reason:
        """What is said of them; ``beside`` is what the power of each was held against."""
        words = f"{self.brighter} of {self.frames} frames are {self.ratio:.2g} times as bright as the others{beside}"
        numbers = {"ratio": self.ratio, "brighter": self.brighter}
        return Reason("exposures", TrialVerdict.SUSPECT, f"{words}: two exposures", numbers)


def exposures_of(power: Array, *, expected: bool = True) -> Exposures | None:
    """The two groups into which the powers (M,) of frames fall; None where they are one.

    They are over what is ``expected`` of each frame, or where nobody knows that as they are.
    """
    values = np.sort(np.log(power[power > 0]))
    count, least = len(values), max(_FEWEST, int(np.ceil(_PART * len(values))))
    if count < 2 * least:
        return None
    sizes = np.arange(least, count - least + 1)
    # The split that leaves the least deviation within the two.
    total, squares = np.cumsum(values), float(np.sum(values**2))
    low = total[sizes - 1] / sizes
    high = (total[-1] - total[sizes - 1]) / (count - sizes)
    within = np.sqrt(np.maximum(squares - sizes * low**2 - (count - sizes) * high**2, 0) / count)
    best = int(np.argmin(within))
    step, size = float(high[best] - low[best]), int(sizes[best])
    gap = float(values[size] - values[size - 1])
    apart = _APART if expected else _APART_UNKNOWN
    if step < np.log(_LONGER) or step < apart * within[best] or gap < _EMPTY * step:
        return None
    return Exposures(float(np.exp(step)), count - size, count)


def varied(power: Array, excess: float, photons: float) -> Reason | None:
    """What is said of frames whose powers (m,), over what is computed of each, vary by more than frames of so many
    ``photons`` do by chance, if most of the ``excess`` is of that.
    """
    times = power / np.median(power)
    varies, takes = (float(np.median((np.sqrt(one) - 1) ** 2)) for one in (times, power))
    if varies < max(_VARIES, 1 / photons) or takes < _PART_OF * excess:
        return None
    low, high = (float(value) for value in np.quantile(times, [0.1, 0.9]))
    words = (
        f"eight of ten frames are {low:.2g} to {high:.2g} times as bright as what is computed: their exposures differ"
    )
    return Reason("exposures", TrialVerdict.SUSPECT, words, {"least": low, "most": high})
