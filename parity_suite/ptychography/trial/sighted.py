"""The trial of a scan that has an object: what probe and object give at the positions is what was measured, or not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from .answers import answers_of
from .displacement import Displacement, displacement_of
from .excess import Excess, excess_of
from .oddities import masked, oddities
from .repairs import FILL, SCALE
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
    found = excess_of(scan, survey)
    answers = answers_of(scan, survey, found, pixel_size)
    moved = None if answers else displacement_of(scan, survey, found)
    odd = oddities(statistics_of(scan, survey), sighted=True)
    reasons = [*_displaced(moved), *_reasons(survey, found, answers), *odd]
    numbers = {"scale": survey.frames.scale(), "without_object": found.without_object}
    return Trial(ranked(reasons), answers, found.typical, numbers)


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


def _displaced(moved: Displacement | None) -> Iterator[Reason]:
    if moved is not None and moved.matters:
        words = (
            f"frames fit best {moved.pixels:.2g} pixels from their positions: there {moved.leaves:.2g} is left of an "
            f"excess of {moved.excess:.2g}"
        )
        yield Reason("positions", TrialVerdict.SUSPECT, words, moved._asdict())


def _typical(survey: Survey, found: Excess, answers: tuple[Answer, ...]) -> Reason:
    limit, flat = f"an excess of {found.typical:.3g}, at most {found.limit:.2g} is believed", found.without_object
    numbers = {"excess": found.typical, "without_object": flat}
    if any(one.names == (SCALE,) for one in answers):
        scale = survey.frames.scale()
        words = f"amplitudes are {scale:.3g} times what probe and object give"
        return Reason("scale", TrialVerdict.SUSPECT, words, {**numbers, "scale": scale})
    contradicts = bool(answers) or not found.typical <= min(NOTHING_IN_COMMON, max(flat, found.limit))
    words = f"the patterns are not what probe and object give: {limit}"
    return Reason("excess", TrialVerdict.REFUSED if contradicts else TrialVerdict.SUSPECT, words, numbers)
