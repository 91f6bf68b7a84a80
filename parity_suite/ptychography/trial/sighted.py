"""The trial of a scan that has an object: what probe and object give at the positions is what was measured, or not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from .answers import answer_of, answers_of
from .background import background_under
from .excess import Excess, excess_of
from .exposures import exposures_of, varied
from .oddities import masked, oddities
from .placement import Placement, fits_elsewhere
from .repairs import FILL, FIT, SCALE
from .scan import Scan
from .statistics import statistics_of
from .survey import Survey
from .suspects import listed, told
from .verdict import Answer, Reason, Trial, TrialVerdict, ranked

#: Excess above which an object has nothing to do with the patterns, whatever would mend it. An object from another
#: program, at other positions or of a few iterations leaves less.
NOTHING_IN_COMMON: Final = 0.25


def try_sighted(scan: Scan, survey: Survey, pixel_size: float | None) -> Trial:
    """The trial of a scan with an object."""
    found, seen = excess_of(scan, survey), statistics_of(scan, survey)
    answers = answers_of(scan, survey, found, pixel_size, known=seen.logarithm)
    reasons = [*_reasons(survey, found, answers), *oddities(seen, sighted=True)]
    if not answers:
        reasons, answers = _without_mend(scan, survey, found, reasons)
    numbers = {"scale": survey.frames.scale(), "without_object": found.without_object}
    return Trial(ranked(reasons), answers, found.typical, numbers)


def _without_mend(
    scan: Scan, survey: Survey, found: Excess, reasons: list[Reason]
) -> tuple[list[Reason], tuple[Answer, ...]]:
    """What is wrong with a scan that no mend of the search explains beside these reasons, and what would mend that."""
    fits = fits_elsewhere(scan, survey, found)
    exposures = _of_exposures(scan, survey, found)
    if exposures is not None and _calm_by_itself(survey, found):
        reasons = [one for one in reasons if one.kind != "excess"]
    more = (fits and fits.reason, exposures, background_under(scan, survey, found))
    reasons = [*(one for one in more if one), *reasons]
    placed = isinstance(fits, Placement) and answer_of(scan, (FIT,))
    return reasons, (placed,) if placed else ()


def _of_exposures(scan: Scan, survey: Survey, found: Excess) -> Reason | None:
    """What the power of each frame over the computed one says, of those that do not stand apart."""
    frames = survey.frames
    seen = frames.judged & (frames.computed > 0)
    seen[found.apart] = False
    power = np.asarray(frames.power[seen] / frames.computed[seen]) / found.scale**2
    if two := exposures_of(power):
        return two.reason(", each beside what is computed")
    photons = float(np.median(frames.power[seen])) * scan.counts_per_power if seen.any() else 0.0
    return varied(power, found.typical, photons) if photons > 0 else None


def _calm_by_itself(survey: Survey, found: Excess) -> bool:
    """Whether frames are believed once each has a scale of its own."""
    frames = survey.frames
    lit = frames.judged & (frames.computed > 0) & (frames.power > 0)
    scale = np.sqrt(np.where(lit, frames.power, 1) / np.where(lit, frames.computed, 1))
    return bool(np.median(frames.excess(scale)[lit]) <= found.limit)


def _reasons(survey: Survey, found: Excess, answers: tuple[Answer, ...]) -> Iterator[Reason]:
    if found.masked:
        yield masked(found.masked_power, "computed")
    if found.believed:
        if any(one.names != (FILL,) for one in answers):
            words = f"a mend leaves {answers[0].leaves:.2g} of an excess of {found.typical:.2g}"
            yield Reason("better", TrialVerdict.REFUSED, words, {"excess": found.typical})
        return
    # What is not a number is not believed either.
    if not found.typical <= found.limit:
        yield _typical(survey, found, answers)
    # Zero frequency in the corner, say, puts computed power where none was measured: only what is mended so is told.
    if found.pixels_lost and (found.typical <= found.limit or not answers or any(FILL in one.names for one in answers)):
        share = found.lost_power
        words = told(found.lost, share, found.held_power, "computed")
        yield Reason("pixels", TrialVerdict.REFUSED, words, {"pixels": int(found.lost.sum()), "power": share})
    if found.apart.size:
        words = f"{found.apart.size} of {len(found.frames)} frames stand apart from the rest: {listed(found.apart)}"
        yield Reason("frames", TrialVerdict.REFUSED, words, {"frames": int(found.apart.size)})


def _typical(survey: Survey, found: Excess, answers: tuple[Answer, ...]) -> Reason:
    limit, flat = f"an excess of {found.typical:.3g}, at most {found.limit:.2g} is believed", found.without_object
    numbers = {"excess": found.typical, "without_object": flat}
    if any(one.names == (SCALE,) for one in answers):
        scale = survey.frames.scale()
        words = f"amplitudes are {scale:.3g} times what probe and object give"
        return Reason("scale", TrialVerdict.SUSPECT, words, {**numbers, "scale": scale})
    if not np.isfinite(found.typical):
        away = int(np.count_nonzero(survey.frames.judged & (survey.frames.computed <= 0)))
        words = f"{away} of {survey.judged} frames lie beyond the object, where nothing is computed"
        return Reason("beyond", TrialVerdict.REFUSED, words, {"frames": away})
    contradicts = bool(answers) or not found.typical <= min(NOTHING_IN_COMMON, max(flat, found.limit))
    words = f"the patterns are not what probe and object give: {limit}"
    return Reason("excess", TrialVerdict.REFUSED if contradicts else TrialVerdict.SUSPECT, words, numbers)
