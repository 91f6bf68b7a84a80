"""What patterns, probe and positions tell of each other without an object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.spatial import cKDTree

from .mends import LOGARITHMS, VALUES
from .metres import in_metres
from .power import frames_out_of_power
from .scan import Array, Scan, finite_ratio
from .survey import Survey, few_photons, is_whole
from .suspects import DARK_COUNTS, bright_pixels, dead_pixels, held_power, share_of_power

#: Names of arrays that change what patterns mean, where somebody reads them.
MEANING: Final = ("mask", "dark", "background", "flat", "gain", "weight", "valid", "bad_pixel")
#: Pixels of one of the few counts that there have to be for the absence of others to say anything: in the
#: recipes, at any dose, a count occurs at least a sixth as often as the one before.
_FEW_PIXELS: Final = 50


#: The part of a probe's power in the middle half of rows and of columns, which right ones have more of.
_IN_MIDDLE: Final = 0.5
#: Photons of a pattern that do not fall alike twice.
_MANY_COUNTS: Final = 100.0
#: Pixels by which a frame is at another position.
_MOVED_PX: Final = 0.5


@dataclass(frozen=True, eq=False)
class Statistics:
    """What can be told without an object."""

    #: of the mean pattern with the probe's far field, over pixels that measured
    correlation: float
    #: the same with zero frequency of the patterns moved from the corner
    corner: float
    #: photons in all over pixels of a pattern
    photons: float
    #: of the median frame over that of the probe; 1 in the domain ``normalised``, where the probe is on any scale
    power: float
    #: (N, N) bool, pixels that did not measure
    lost: Array
    #: the part of the computed power that falls on them
    lost_power: float
    #: the power that those of them hold that are stuck, over the power of all that measured
    stuck_power: float
    #: the part of the probe's power that falls on pixels that the file's own mask leaves out
    masked_power: float
    #: indices of frames that are dark or far too bright
    apart: Array
    #: pixels that hold the greatest amplitude, 0 where that is of a few counts
    clipped: int
    #: whether there are 1 and 4 photons, and never 2 or 3
    squares: bool
    #: the same of amplitudes that are whole numbers, and are as bright as the probe: they were rounded
    rounded: bool
    #: whether a few counts are broken, and whole once they are squared
    roots: bool
    #: the mends after which they are whole, where that undoes a logarithm
    logarithm: tuple[str, ...]
    #: whether the probe lies in the corners of its array
    probe_in_corner: bool
    #: positions within a pixel of each other, or many within a few
    metres: bool
    #: all patches so far from each other that none shares a pixel with another
    scattered: bool
    #: indices of frames that hold the counts of an earlier one at another position
    copies: Array
    #: names of arrays that change what patterns mean, and that nobody reads
    unread: tuple[str, ...]


def statistics_of(scan: Scan, survey: Survey) -> Statistics:
    """The statistics of a scan; its object, where it has one, is not looked at but for what pixels should hold."""
    per_power = scan.counts_per_power
    bright = bright_pixels(survey, per_power)
    lost, held = bright | dead_pixels(survey, per_power), held_power(survey, bright)
    mean, light = np.where(lost, 0, survey.pixels.mean), np.where(lost, 0, survey.light)
    frames = survey.frames
    power = max(float(np.median(frames.power)) - held, 0.0)
    peak = float(frames.peak.max())
    broken, again = survey.broken
    whole = bool(min(survey.few[[1, 4]]) >= _FEW_PIXELS and not survey.few[[2, 3]].any())
    light_power = float(np.sum(survey.light[~bright] ** 2))
    over = finite_ratio(power, light_power) if scan.domain == "counts" else 1.0
    rooted = finite_ratio(float(survey.pixels.mean[~bright].sum()), light_power)
    rounded = whole and scan.domain == "counts" and _nearer(over, rooted)
    return Statistics(
        correlation=correlation(mean, light),
        corner=correlation(np.fft.fftshift(survey.pixels.mean), survey.light),
        photons=power * per_power * survey.count / mean.size,
        power=over,
        lost=lost,
        lost_power=share_of_power(survey, lost),
        stuck_power=finite_ratio(held, power) if held else 0.0,
        masked_power=survey.masked_power,
        apart=frames_out_of_power(scan, survey),
        clipped=_clipped(survey, bright) if peak**2 * per_power >= DARK_COUNTS else 0,
        squares=whole and not rounded,
        rounded=rounded,
        roots=bool(broken >= _FEW_PIXELS and not again),
        logarithm=_logarithm(survey, per_power) if min(broken, again) >= _FEW_PIXELS else (),
        probe_in_corner=_middle_share(scan.probe) < _IN_MIDDLE < _middle_share(_shifted(scan.probe)),
        metres=in_metres(scan),
        scattered=_scattered(scan),
        copies=_copies(scan, survey),
        unread=tuple(name for name in scan.unread if any(word in name.lower() for word in MEANING)),
    )


def _logarithm(survey: Survey, per_power: float) -> tuple[str, ...]:
    """The mends that undo a logarithm, if photons in a pixel are whole after them, in the patterns that were kept."""
    stored = np.stack(list(survey.kept.values())) * np.float32(np.sqrt(per_power))
    for chain in [(one, *after) for one in LOGARITHMS for after in (VALUES[:1], ())]:
        amplitude = stored
        for mend in chain:
            assert mend.patterns is not None
            amplitude = mend.patterns(amplitude)
        few = few_photons(amplitude)
        if np.count_nonzero(few > 0.5) >= _FEW_PIXELS and is_whole(few).all():
            return tuple(one.name for one in chain)
    return ()


def _clipped(survey: Survey, bright: Array) -> int:
    """Pixels of all patterns that hold the greatest amplitude, beside those that hold it whatever falls on them."""
    held = int(np.count_nonzero(bright & (survey.pixels.most == survey.frames.peak.max())))
    return max(survey.at_peak - held * survey.patterns, 0)


def _copies(scan: Scan, survey: Survey) -> Array:
    frames = survey.frames
    # Photons do not fall twice in the same way; without their noise, two places of an even specimen look the same.
    if survey.broken[0] or not survey.few[1:].any():
        return np.arange(0)
    known = np.flatnonzero(frames.judged & (frames.power * scan.counts_per_power >= _MANY_COUNTS))
    known = np.setdiff1d(known, frames_out_of_power(scan, survey))
    _, first, same = np.unique(frames.digest[known], return_index=True, return_inverse=True)
    earlier = known[first][same]
    moved = np.abs(scan.positions[known] - scan.positions[earlier]).max(axis=1, initial=0) >= _MOVED_PX
    return np.asarray(known[moved])


def correlation(one: Array, other: Array) -> float:
    """Pearson's, over all pixels."""
    one, other = one - one.mean(), other - other.mean()
    norm = float(np.sqrt(np.sum(one**2) * np.sum(other**2)))
    return float(np.sum(one * other)) / norm if norm > 0 else 0.0


def _middle_share(probe: Array) -> float:
    power = np.asarray(np.sum(np.abs(probe) ** 2, axis=0, dtype=np.float64))
    quarter = power.shape[0] // 4
    return finite_ratio(float(power[quarter:-quarter, quarter:-quarter].sum()), float(power.sum()))


def _shifted(probe: Array) -> Array:
    return np.fft.fftshift(probe, axes=(-2, -1))


def _nearer(power: float, rooted: float) -> bool:
    """Whether a power over the probe's is nearer to 1 than that of the roots."""
    return 0 < power < np.inf and rooted > 0 and abs(np.log(power)) < abs(np.log(rooted))


def roll_of(survey: Survey) -> tuple[int, int]:
    """Rows and columns by which to roll the patterns, so that their mean lies best on the probe's far field."""
    product = np.fft.rfft2(survey.light) * np.conj(np.fft.rfft2(survey.pixels.mean))
    common = np.fft.irfft2(product, s=survey.light.shape)
    size = common.shape[0]
    rows, columns = np.unravel_index(int(np.argmax(common)), common.shape)
    return _signed(int(rows), size), _signed(int(columns), size)


def _signed(shift: int, size: int) -> int:
    return shift - size if shift > size // 2 else shift


def _scattered(scan: Scan) -> bool:
    positions = np.unique(scan.positions, axis=0)
    if len(positions) < 2:
        return False
    # Two squares of N pixels share none where one of their offsets is N or more.
    nearest, _ = cKDTree(positions).query(positions, 2, p=np.inf)
    return bool(nearest[:, 1].min() >= scan.size)
