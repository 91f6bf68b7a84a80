"""The trial of a scan without an object: statistics first, then which way round it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from .answers import words_of
from .background import background_without_object
from .excess import TYPICAL
from .exposures import exposures_of
from .geometry import Geometry, geometry_of
from .mends import PROBE_SHIFTED, SHIFTED, VALUES, normalised_again
from .oddities import DARK_POWER, MOST_POWER, WELL_CORRELATED, in_corner, oddities, pixels_lost
from .power import frames_out_of_power
from .repairs import DROP, FILL, MOST_DROPPED, PIXELS, mended
from .scan import Scan, left_out
from .search import Names
from .statistics import Statistics, statistics_of
from .survey import Survey, survey_of
from .suspects import MOST_FILLED, unmeasured_power
from .verdict import Answer, Reason, Trial, TrialVerdict, ranked

_ROOT, _SQUARE = VALUES


def try_blind(scan: Scan, survey: Survey, pixel_size: float | None) -> Trial:
    """The trial of a scan without an object."""
    found = statistics_of(scan, survey)
    reasons = list(oddities(found, sighted=False))
    names, one, survey, seen = _mended(scan, survey, found, pixel_size)
    if seen.metres:
        # Where nobody knows how far the frames are apart, no object explains them.
        return _trial(reasons, (), found, None)
    geometry = geometry_of(one, survey, left_out(one, seen.lost))
    reasons += _of_geometry(geometry)
    if not geometry.ways:
        reasons += _of_light(one, survey, seen, geometry)
    if geometry.unexplained:
        return _trial(reasons, (), found, geometry.left)
    if geometry.ways:
        # Turned patterns, or another probe, correlate otherwise.
        turned = mended(one, geometry.ways[0].names)
        seen = statistics_of(turned, survey_of(turned))
    answers = _answers(names, geometry, found, seen)
    size = pixel_size if PIXELS in names else None
    told = tuple(Answer(mends, words_of(mends, sighted=False), leaves, size) for mends, leaves in answers if mends)
    return _trial(reasons, told, found, geometry.left)


def _of_geometry(found: Geometry) -> Iterator[Reason]:
    left = {"left": found.left}
    if found.ways:
        leaves = found.ways[0].excess
        words = f"a short reconstruction leaves {found.left:.2g}, and {leaves:.2g} after a mend of the geometry"
        yield Reason("geometry", TrialVerdict.REFUSED, words, {**left, "leaves": leaves})
    if found.unexplained:
        words = f"no object explains neighbouring patterns: a reconstruction leaves {found.left:.2g} of their power"
        yield Reason("unexplained", TrialVerdict.SUSPECT, words, left)


def _of_light(scan: Scan, survey: Survey, found: Statistics, geometry: Geometry) -> Iterator[Reason]:
    """What the power of frames and of dark pixels says."""
    power = np.delete(survey.frames.power, found.apart)
    if two := exposures_of(power, expected=False):
        yield two.reason("")
    elif two := exposures_of(geometry.short.exposures):
        yield two.reason(", each beside its neighbours")
    if light := background_without_object(scan, survey, ~left_out(scan, found.lost), geometry.short.background):
        yield light


def _answers(names: Names, geometry: Geometry, found: Statistics, seen: Statistics) -> Sequence[tuple[Names, float]]:
    """Mends with what they leave: those that the statistics ask for, then those of the geometry, then filled pixels;
    none where something is odd after them all. ``seen`` are the statistics after all but the last.
    """
    after = [(way.names, way.excess) for way in geometry.ways] or [((), geometry.left)]
    little = after[0][1] <= TYPICAL
    holes = pixels_lost(seen) or seen.masked_power > DARK_POWER
    if holes and little and unmeasured_power(seen.masked_power, seen.lost_power) <= MOST_FILLED:
        # What is left was judged on the pixels that measured.
        after = [((*way, FILL), leaves) for way, leaves in after]
        seen = replace(seen, lost_power=0.0, stuck_power=0.0, masked_power=0.0)
    # That the power is off has many reasons, and a root is one of them only if an object explains the patterns then.
    sure = found.squares or found.roots or found.power <= MOST_POWER or little
    if not sure or any(oddities(replace(seen, unread=()), sighted=False)):
        return ()
    return [((*names, *way), leaves) for way, leaves in after]


def _trial(reasons: list[Reason], answers: tuple[Answer, ...], found: Statistics, left: float | None) -> Trial:
    numbers = {"correlation": found.correlation, "power": found.power, "lost_power": found.lost_power}
    if left is not None:
        numbers["left"] = left
    return Trial(ranked(reasons), answers, None, numbers)


def _mended(
    scan: Scan, survey: Survey, found: Statistics, pixel_size: float | None
) -> tuple[Names, Scan, Survey, Statistics]:
    """The mends that the statistics ask for, the scan after them, what a look at it finds, and its statistics."""
    names: Names = ()
    if found.metres and pixel_size:
        names, scan = (*names, PIXELS), mended(scan, (PIXELS,), pixel_size)
    if found.probe_in_corner:
        names, scan = (*names, PROBE_SHIFTED.name), PROBE_SHIFTED(scan)
    if in_corner(found):
        names, scan = (*names, SHIFTED.name), SHIFTED(scan)
    if found.logarithm:
        names, scan = (*names, *found.logarithm), mended(scan, found.logarithm)
    elif found.roots or found.squares or found.power > MOST_POWER:
        value = _SQUARE if found.roots else _ROOT
        changed = normalised_again(value(scan))
        after = statistics_of(changed, survey_of(changed))
        if after.power <= MOST_POWER and after.correlation >= WELL_CORRELATED:
            names, scan = (*names, value.name), changed
    apart = frames_out_of_power(scan, survey)
    if 0 < apart.size <= MOST_DROPPED * survey.count:
        names, scan = (*names, DROP), mended(scan, (DROP,))
    if not names:
        return names, scan, survey, found
    survey = survey_of(scan)
    return names, scan, survey, statistics_of(scan, survey)
