"""Whether the frames of a scan fit its object better some pixels from where the file puts them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Final, NamedTuple

import numpy as np

from .excess import Excess
from .far_field import FarField
from .photon_noise import expected_distance
from .scan import Array, Scan, left_out, sound_frames, spread
from .survey import TRIED, Survey
from .verdict import Reason, TrialVerdict

#: Pixels by which a frame is moved at a time, to its eight neighbours of each step: up to 7.75 along an axis.
_STEPS: Final = (4.0, 2.0, 1.0, 0.5, 0.25)
#: Pixels from its place up to which nobody minds where a frame fits best: of right scans with 1e5 photons and more it
#: is 0.6 at most, of the measured star 0.5.
_FAR: Final = 1.0
#: The part of the excess that right positions leave at most: the measured star keeps an excess of its own,
_LEAVES: Final = 1 / 2
#: and what they take off at least.
_WORTH: Final = 0.001


class Displacement(NamedTuple):
    """Where frames fit best; each number is that of the middle one, in pixels and parts of the computed power."""

    #: from where the file puts a frame
    pixels: float
    #: the excess there, and where it fits best
    excess: float
    leaves: float
    #: less of which may be lost by chance
    by_chance: float
    #: (m, 2) positions of some frames, and where these fit best
    given: Array
    best: Array

    @property
    def share(self) -> float:
        """The part of the excess that is taken off where frames fit best."""
        return 1 - self.leaves / self.excess if self.excess > 0 else 0.0

    @property
    def matters(self) -> bool:
        """Whether the positions are not those of the patterns."""
        enough = self.excess - self.leaves > max(_WORTH, self.by_chance)
        return self.pixels >= _FAR and enough and self.leaves <= _LEAVES * self.excess

    @property
    def reason(self) -> Reason:
        words = (
            f"frames fit best {self.pixels:.2g} pixels from their positions: there {self.leaves:.2g} is left of an "
            f"excess of {self.excess:.2g}"
        )
        numbers = {"pixels": self.pixels, "excess": self.excess, "leaves": self.leaves}
        return Reason("positions", TrialVerdict.SUSPECT, words, numbers)


def displacement_of(scan: Scan, survey: Survey, found: Excess) -> Displacement | None:
    """Where some frames of a scan with an object fit best; None where there is too little for it to matter."""
    frames = sound_frames(survey.frames.power, spread(survey.count, TRIED))
    if not frames.size or not found.typical > _WORTH:
        return None
    kept = ~left_out(scan, found.lost)
    excess = excess_at(scan, survey.sample(frames)[:, kept], kept, found.scale)
    given = scan.positions[frames]
    at, as_it_is = given.copy(), excess(given)
    best = as_it_is.copy()
    for step in _STEPS:
        around = at.copy()
        for way in product((-step, 0.0, step), repeat=2):
            moved = around + way
            left = excess(moved)
            better = left < best
            at[better], best[better] = moved[better], left[better]
    pixels, before, after = (float(np.median(one)) for one in (np.hypot(*(at - given).T), as_it_is, best))
    return Displacement(pixels, before, after, found.by_chance, given, at)


def excess_at(scan: Scan, measured: Array, kept: Array, scale: float) -> Callable[[Array], Array]:
    """What gives the excess (m,) at positions (m, 2) of patterns ``measured (m, K)``, the ``kept (N, N)`` pixels."""
    assert scan.object is not None
    field = FarField(scan.probe, scan.object)
    root = np.float32(np.sqrt(scan.counts_per_power))

    def excess(positions: Array) -> Array:
        computed = field.amplitude(positions)[:, kept]
        distance = np.sum((measured - np.float32(scale) * computed) ** 2, axis=1, dtype=np.float64) / scale**2
        noise = np.sum(expected_distance(root * computed), axis=1, dtype=np.float64) / scan.counts_per_power
        return np.asarray((distance - noise) / np.sum(computed * computed, axis=1, dtype=np.float64))

    return excess
