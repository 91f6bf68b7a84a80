"""A linear map of all positions under which the frames of a scan fit its object better: a scale, a turn, a shift."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from .displacement import Displacement, displacement_of, excess_at
from .excess import Excess
from .far_field import FarField
from .scan import Array, Scan, left_out, sound_frames, spread
from .survey import PLACED, Survey
from .verdict import Reason, TrialVerdict

#: Frames below which their places tell no map from chance.
_FEWEST: Final = 6
#: Times that the map is found, each from the last one, and a step in pixels over which amplitudes are linear.
_ROUNDS, _STEP = 3, 0.5
#: Pixels by which a frame is moved at once.
_MOST: Final = 1.0
#: Pixels by which the map moves the outermost frame, and standard errors of it, from which on it matters: of right
#: scans 0.34 and 3.1, but for those of so few photons that both are chance.
_FAR: Final = 0.75
_SURE: Final = 8.0
#: The part of the excess that the map leaves at most: of right scans 0.98, but for what is nothing.
_LEAVES: Final = 0.9
#: and of the part that frames take off that are moved each by itself, which the map does at least: on the star 0.85.
_OF_FREE: Final = 1 / 2
#: A deviation of places in pixels that nobody gets below, and the median of distances in a plane over theirs.
_SHARP, _MEDIAN = 0.05, 1.1774
#: Times that frames far from the map are weighed less, and the spread of positions along an axis over that of the other
#: below which they lie on a line.
_REWEIGHTED, _FLAT = 8, 1e-6


@dataclass(frozen=True, eq=False)
class Placement:
    """Positions (M, 2) go to ``middle + matrix (positions - middle) + shift``."""

    matrix: Array
    shift: Array
    middle: Array
    #: pixels by which the outermost frame is moved, and how sure that is, in standard errors
    pixels: float
    sure: float
    #: the excess of the frames that were moved before and after, in their middle
    excess: float
    leaves: float

    def __call__(self, positions: Array) -> Array:
        return np.asarray(self.middle + self.shift + (positions - self.middle) @ self.matrix.T)

    @property
    def share(self) -> float:
        """The part of the excess that the map takes off."""
        return 1 - self.leaves / self.excess if self.excess > 0 else 0.0

    @property
    def matters(self) -> bool:
        """Whether the frames lie elsewhere."""
        return self.pixels >= _FAR and self.sure >= _SURE and self.leaves <= _LEAVES * self.excess

    @property
    def words(self) -> str:
        """The map, as far as it is more than a hundredth of a pixel or a tenth of a per cent."""
        (xx, xy), (yx, yy) = self.matrix
        scale, turn = (xx + yy) / 2, float(np.degrees(np.arctan2(yx - xy, xx + yy)))
        sheared = max(abs(xx - yy), abs(xy + yx)) / 2
        told = (
            (f"{scale:.3g} times as far apart", abs(scale - 1) >= 0.005),
            (f"turned by {turn:.2g} degrees", abs(turn) >= 0.3),
            (f"sheared by {sheared:.2g}", sheared >= 0.01),
            (f"moved by {self.shift[0]:+.2g} in x and {self.shift[1]:+.2g} in y", np.abs(self.shift).max() >= 0.5),
        )
        return ", ".join(words for words, matters in told if matters) or "elsewhere"

    @property
    def reason(self) -> Reason:
        left = f"there {self.leaves:.2g} is left of an excess of {self.excess:.2g}"
        words = f"frames fit best where the positions are {self.words}: {left}"
        numbers = {"pixels": self.pixels, "excess": self.excess, "leaves": self.leaves}
        return Reason("positions", TrialVerdict.SUSPECT, words, numbers)


def fits_elsewhere(scan: Scan, survey: Survey, found: Excess) -> Placement | Displacement | None:
    """Where the frames of a scan with an object fit better than where the file puts them, by a map if one tells it."""
    moved = displacement_of(scan, survey, found)
    if moved is None:
        return None
    placed = placement_of(scan, survey, found, moved)
    # Of frames that lie each elsewhere a map takes something off by chance.
    if placed and placed.matters and placed.share >= _OF_FREE * moved.share:
        return placed
    return moved if moved.matters else None


def placement_of(scan: Scan, survey: Survey, found: Excess, moved: Displacement) -> Placement | None:
    """The map under which some frames of a scan with an object fit best; None where there are too few of them.

    It is looked for around that which takes a few frames to where they were ``moved``.
    """
    frames = sound_frames(survey.frames.power, spread(survey.count, PLACED))
    if len(frames) < _FEWEST:
        return None
    kept = ~left_out(scan, found.lost)
    measured = survey.sample(frames)[:, kept]
    given = scan.positions[frames]
    middle = given.mean(axis=0)
    fit = fit_map(moved.given, moved.best, middle)
    for _ in range(_ROUNDS):
        at = _mapped(given, fit, middle)
        fit = fit_map(given, at + _steps(scan, found, kept, measured, at), middle)
    excess = excess_at(scan, measured, kept, found.scale)
    there = _mapped(given, fit, middle)
    before, after = (float(np.median(excess(one))) for one in (given, there))
    pixels = float(np.hypot(*(there - given).T).max())
    return Placement(fit.matrix, fit.shift, middle, pixels, fit.sure, before, after)


class _Fit(NamedTuple):
    """A linear map about a middle, and how sure it is, in standard errors."""

    matrix: Array
    shift: Array
    sure: float


def _mapped(positions: Array, fit: _Fit, middle: Array) -> Array:
    return np.asarray(middle + fit.shift + (positions - middle) @ fit.matrix.T)


def _steps(scan: Scan, found: Excess, kept: Array, measured: Array, at: Array) -> Array:
    """Pixels (m, 2) by which patterns (m, K) of the ``kept`` pixels lie beside ``at (m, 2)``, as far as amplitudes are
    linear in them.
    """
    assert scan.object is not None
    field = FarField(scan.probe, scan.object)

    def amplitude(positions: Array) -> Array:
        return np.float32(found.scale) * field.amplitude(positions)[:, kept]

    steps = np.eye(2) * _STEP
    slopes = [(amplitude(at + step) - amplitude(at - step)) / np.float32(2 * _STEP) for step in steps]
    left = measured - amplitude(at)
    (xx, xy), (_, yy) = ([np.einsum("mk,mk->m", one, other) for other in slopes] for one in slopes)
    x, y = (np.einsum("mk,mk->m", one, left) for one in slopes)
    area = xx * yy - xy**2
    moves = np.stack([yy * x - xy * y, xx * y - xy * x], axis=1) / np.where(area > 0, area, np.inf)[:, None]
    return np.clip(moves, -_MOST, _MOST)


def fit_map(given: Array, best: Array, middle: Array) -> _Fit:
    """The linear map that takes positions ``given (m, 2)`` to ``best (m, 2)``, of which some may be far off."""
    away, moves = given - middle, best - given
    weight = np.ones(len(given))
    for _ in range(_REWEIGHTED):
        centre, shift = np.average(away, 0, weight), np.average(moves, 0, weight)
        spread_out = (away - centre) * weight[:, None]
        inertia = spread_out.T @ (away - centre)
        # Along an axis on which all lie nothing is known, and the map leaves it.
        slope = np.linalg.pinv(inertia, rcond=_FLAT) @ (spread_out.T @ (moves - shift))
        left = np.hypot(*(moves - shift - (away - centre) @ slope).T)
        deviation = max(float(np.median(left)) / _MEDIAN, _SHARP)
        weight = 1 / (1 + (left / (2 * deviation)) ** 2)
    sure = np.sqrt(np.sum(slope * (inertia @ slope)) + weight.sum() * np.sum(shift**2)) / deviation
    return _Fit(np.eye(2) + slope.T, shift - centre @ slope, float(sure))
