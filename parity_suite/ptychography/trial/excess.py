"""How far a scan with an object is from what it should be, as one number and frame by frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from .power import frames_out_of_power
from .scan import Array, Scan, finite_ratio
from .survey import Survey
from .suspects import (
    MOST_FILLED,
    bright_pixels,
    dead_pixels,
    frames_apart,
    held_power,
    share_of_power,
    unmeasured_power,
)

#: Excess in the middle of the frames up to which a scan is believed. The measured star lies at 0.0082 at most, cropped
#: or not, at 0.014 with 1000 photons a frame, and synthetic scans at 0.002; patterns rolled by a pixel lie about
#: here, and are told by their mend.
TYPICAL: Final = 0.03
#: and up to which it is however weak the specimen: of one that hardly scatters, half of what the probe alone leaves is
#: not believed. Right scans have 0.16 of that at most.
ALWAYS: Final = 0.012
_OF_FLAT: Final = 1 / 2
#: Of what photon noise makes, the part by which an excess may shrink by chance where much is tried: of right scans at
#: most 0.08 of it where frames are moved.
_BY_CHANCE: Final = 1 / 8
#: Below this there is less noise than photons make, so that none is to be taken off: the recipes at 1000 photons a
#: frame have -0.001 or more in their middle.
TOO_CALM: Final = -0.02
#: Power on pixels that do not measure up to which nobody minds: a dark column near the middle of the star has 0.017.
LOST_POWER: Final = 0.002


@dataclass(frozen=True, eq=False)
class Excess:
    """The excess of a scan, judged."""

    #: (M,), infinite of frames that were not judged
    frames: Array
    #: in the middle of the frames
    typical: float
    #: indices of frames that stand apart from the others
    apart: Array
    #: (N, N) bool, pixels that did not measure
    lost: Array
    #: their part of the computed power
    lost_power: float
    #: what those of them hold that are bright whatever falls on them, over the power that all others hold
    held_power: float
    #: by which what is computed was multiplied
    scale: float
    #: the part of the computed power that falls on pixels that the file's own mask leaves out
    masked_power: float
    #: what the probe alone leaves of the power, in the middle of the frames
    without_object: float
    #: what photon noise makes of the squared distance, over the computed power, in the middle of the frames
    noise: float

    @property
    def by_chance(self) -> float:
        """What less excess says nothing."""
        return _BY_CHANCE * self.noise

    @property
    def limit(self) -> float:
        """The excess in the middle of the frames up to which the scan is believed."""
        return min(TYPICAL, max(ALWAYS, _OF_FLAT * self.without_object))

    @property
    def pixels_lost(self) -> bool:
        """Whether pixels that did not measure matter."""
        return max(self.lost_power, self.held_power) > LOST_POWER

    @property
    def masked(self) -> bool:
        """Whether so much falls on pixels of the mask that a reader who knows none is misled."""
        return self.masked_power > LOST_POWER

    @property
    def fillable(self) -> bool:
        """Whether enough measured for the rest to be filled in."""
        return unmeasured_power(self.masked_power, self.lost_power) <= MOST_FILLED

    @property
    def believed(self) -> bool:
        """Whether every frame is what it should be."""
        return self.typical <= self.limit and not self.apart.size and not self.pixels_lost


def excess_of(scan: Scan, survey: Survey) -> Excess:
    """The excess of a scan with an object; in the domain ``normalised``, where probe and object are on any scale, with
    that of the power.
    """
    frames = survey.frames
    bright = bright_pixels(survey, scan.counts_per_power)
    lost, held = bright | dead_pixels(survey, scan.counts_per_power), held_power(survey, bright)
    share = share_of_power(survey, lost)
    scale = frames.scale(held, share) if scan.domain == "normalised" else 1.0
    found, judged = frames.excess(scale), frames.judged
    if _middle(found[judged]) < TOO_CALM:
        found = frames.excess(scale, noise=0.0)
    apart = frames_apart(found, judged)
    if not judged.all():
        apart = np.union1d(apart, frames_out_of_power(scan, survey))
    lit = frames.computed > 0
    return Excess(
        frames=found,
        typical=_middle(found[judged]),
        apart=apart,
        lost=lost,
        lost_power=share,
        held_power=finite_ratio(held, float(np.median(frames.power)) - held) if held else 0.0,
        scale=scale,
        masked_power=survey.masked_power,
        without_object=frames.without_object(survey.light),
        noise=_middle(frames.noise[lit] / frames.computed[lit]),
    )


def _middle(values: Array) -> float:
    return float(np.median(values)) if values.size else np.inf
