"""The trial of a scan without an object: statistics first, then which way round it is."""

from __future__ import annotations

from dataclasses import replace

from .answers import words_of
from .excess import TYPICAL
from .geometry import geometry_of
from .mends import SHIFTED, VALUES, normalised_again
from .oddities import DARK_POWER, MOST_POWER, WELL_CORRELATED, in_corner, oddities, pixels_lost
from .power import frames_out_of_power
from .repairs import DROP, FILL, MOST_DROPPED, PIXELS, mended
from .scan import Scan, left_out
from .search import Names
from .statistics import Statistics, statistics_of
from .survey import Survey, survey_of
from .suspects import MOST_FILLED, unmeasured_power
from .verdict import Answer, Reason, Trial, TrialVerdict

_ROOT, _SQUARE = VALUES


def try_blind(scan: Scan, survey: Survey, pixel_size: float | None) -> Trial:
    """The trial of a scan without an object."""
    found = statistics_of(scan, survey)
    reasons = list(oddities(found, sighted=False))
    names, one, seen = _mended(scan, survey, found, pixel_size)
    if seen.metres:
        # Where nobody knows how far the frames are apart, no object explains them.
        return _trial(reasons, (), found, None)
    left, ways = geometry_of(one, survey_of(one), left_out(one, seen.lost))
    if ways:
        words = f"a short reconstruction leaves {left:.2g}, and {ways[0].excess:.2g} after a mend of the geometry"
        reasons.append(Reason("geometry", TrialVerdict.REFUSED, words, {"left": left, "leaves": ways[0].excess}))
    after = [(way.names, way.excess) for way in ways] or [((), left)]
    holes = pixels_lost(seen) or seen.masked_power > DARK_POWER
    if holes and unmeasured_power(seen.masked_power, seen.lost_power) <= MOST_FILLED and after[0][1] <= TYPICAL:
        # What is left was judged on the pixels that measured.
        after = [((*way, FILL), leaves) for way, leaves in after]
        seen = replace(seen, lost_power=0.0, stuck_power=0.0, masked_power=0.0)
    # That the power is off has many reasons, and a root is one of them only if an object explains the patterns then.
    sure = found.squares or found.roots or found.power <= MOST_POWER or after[0][1] <= TYPICAL
    if not sure or any(oddities(replace(seen, unread=()), sighted=False)):
        return _trial(reasons, (), found, left)
    ends = [((*names, *way), leaves) for way, leaves in after]
    answers = (Answer(all_of, words_of(all_of), leaves, _size(names, pixel_size)) for all_of, leaves in ends if all_of)
    return _trial(reasons, tuple(answers), found, left)


def _trial(reasons: list[Reason], answers: tuple[Answer, ...], found: Statistics, left: float | None) -> Trial:
    numbers = {"correlation": found.correlation, "power": found.power, "lost_power": found.lost_power}
    if left is not None:
        numbers["left"] = left
    return Trial(tuple(sorted(reasons, key=lambda one: -one.verdict.gravity)), answers, None, numbers)


def _size(names: Names, pixel_size: float | None) -> float | None:
    return pixel_size if PIXELS in names else None


def _mended(scan: Scan, survey: Survey, found: Statistics, pixel_size: float | None) -> tuple[Names, Scan, Statistics]:
    """The mends that the statistics ask for, the scan after them, and its statistics."""
    names: Names = ()
    if found.metres and pixel_size:
        names, scan = (*names, PIXELS), mended(scan, (PIXELS,), pixel_size)
    if in_corner(found):
        names, scan = (*names, SHIFTED.name), SHIFTED(scan)
    if found.roots or found.squares or found.power > MOST_POWER:
        value = _SQUARE if found.roots else _ROOT
        changed = normalised_again(value(scan))
        after = statistics_of(changed, survey_of(changed))
        if after.power <= MOST_POWER and after.correlation >= WELL_CORRELATED:
            names, scan = (*names, value.name), changed
    apart = frames_out_of_power(scan, survey)
    if 0 < apart.size <= MOST_DROPPED * survey.count:
        names, scan = (*names, DROP), mended(scan, (DROP,))
    return names, scan, statistics_of(scan, survey_of(scan)) if names else found
