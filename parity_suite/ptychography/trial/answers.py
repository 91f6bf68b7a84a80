"""What would mend a scan with an object: mends that are named only if every frame is believed after them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from .displacement import displacement_of
from .excess import ALWAYS, Excess, excess_of
from .mends import INVERSIONS, MENDS, SWAPPED
from .metres import beyond_canvas, in_metres, pixel_size_of
from .repairs import DROP, FILL, FIT, MOST_DROPPED, PIXELS, SCALE, mended, without_frames
from .scan import Array, Scan, sound_frames, spread
from .search import AS_GOOD, Candidate, Names, search
from .survey import TRIED, Survey, survey_of
from .verdict import Answer

#: Answers of as many mends that are looked at.
_MOST: Final = 4
#: A scan that is believed has a better answer where that leaves at most this part of its excess, which must be more
#: than is always believed: below, photon noise and whole-pixel positions are all that there is.
MENDED: Final = 1 / 3

_WORDS: Final = {
    DROP: "frames that stand apart dropped",
    FILL: "pixels that did not measure filled by a reconstruction from the others",
    SCALE: "the probe at the scale of the measured power",
    PIXELS: "positions over the size of a pixel",
    FIT: "positions scaled, turned and moved to where the frames fit",
}
#: Of those, what is another thing where there is an object.
_SIGHTED: Final = {FILL: "pixels that did not measure filled by probe and object"}


def answers_of(
    scan: Scan, survey: Survey, found: Excess, pixel_size: float | None, known: Names = ()
) -> tuple[Answer, ...]:
    """The answers of fewest mends, each enough by itself; none where nothing is wrong or no mend is known. Those that
    are ``known`` come first.
    """
    if known:
        return _beside(scan, known, pixel_size)
    if (found.pixels_lost or found.masked or found.apart.size) and (answer := answer_of(scan, ())):
        return (answer,)
    frames, measured = _tried(scan, survey, found)
    if not frames.size:
        return ()
    free = scan.domain == "normalised"
    if (metres := in_metres(scan)) or beyond_canvas(scan):
        sized = _sized(scan, frames, measured, pixel_size)
        if metres or sized:
            return sized
    if found.believed and found.typical <= ALWAYS:
        return ()
    ranked = search(scan, frames, measured, free=free)
    if not ranked:
        return ()
    chosen = _chosen(ranked)
    if found.believed:
        return tuple(_answers(scan, chosen)) if _far_better(ranked, found) else ()
    answers = tuple(_answers(scan, chosen))
    if not answers and not free:
        scaled = _answers(scan, _chosen(search(scan, frames, measured, free=True)), (SCALE,))
        # Another scale takes something off of much that is wrong.
        answers = tuple(one for one in scaled if one.leaves <= ALWAYS)
    return answers


def _beside(scan: Scan, known: Names, pixel_size: float | None) -> tuple[Answer, ...]:
    """The answers that begin with mends that are known, which may be enough."""
    if answer := answer_of(scan, known):
        return (answer,)
    changed = mended(scan, known)
    survey = survey_of(changed)
    more = answers_of(changed, survey, excess_of(changed, survey), pixel_size)
    return tuple(
        replace(one, names=(*known, *one.names), words=words_of((*known, *one.names), sighted=True)) for one in more
    )


def _sized(scan: Scan, frames: Array, measured: Array, pixel_size: float | None) -> tuple[Answer, ...]:
    """The answer of a pixel size, that is given or is found, and of the other way round if need be."""
    for turn in (None, INVERSIONS[-1], SWAPPED, *INVERSIONS[:-1]):
        size = pixel_size or pixel_size_of(scan, frames, measured, turn)
        names = (PIXELS, turn.name) if turn else (PIXELS,)
        if size and (answer := answer_of(scan, names, size)):
            return (answer,)
    return ()


def _tried(scan: Scan, survey: Survey, found: Excess) -> tuple[Array, Array]:
    """The indices (m,) of some frames and their patterns (m, N, N), dark where pixels did not measure."""
    frames = sound_frames(survey.frames.power, spread(survey.count, TRIED))
    measured = survey.sample(frames)
    # Of stuck pixels each alone can hold more than all others together.
    measured[:, found.lost] = 0
    return frames, measured


def _chosen(ranked: list[Candidate]) -> list[Names]:
    """Of all that are as good as the best, those of fewest mends."""
    factor, more = AS_GOOD
    close = [one for one in ranked if one.excess <= ranked[0].excess * factor + more]
    fewest = min(len(one.names) for one in close)
    # About the middle of the canvas and of the scan is one answer where these are near each other.
    alike = {tuple(name.replace("mirror", "invert") for name in one.names): one for one in reversed(close)}
    return [one.names for one in close if len(one.names) == fewest and one in alike.values()][:_MOST]


def _far_better(ranked: list[Candidate], found: Excess) -> bool:
    as_it_is = next(one.excess for one in ranked if not one.names)
    worth = min(found.typical, as_it_is) > ALWAYS and as_it_is - ranked[0].excess > found.by_chance
    return worth and ranked[0].excess <= MENDED * as_it_is


def _answers(scan: Scan, chosen: list[Names], last: Names = ()) -> Iterator[Answer]:
    for names in chosen:
        if answer := answer_of(scan, (*names, *last)):
            yield answer


def answer_of(scan: Scan, names: Names, pixel_size: float | None = None) -> Answer | None:
    """These mends, with what lost pixels and frames apart take beside them; None where not all is believed then."""
    one = mended(scan, names, pixel_size)
    survey = survey_of(one)
    found = excess_of(one, survey)
    if found.pixels_lost or found.masked:
        if not found.fillable:
            return None
        names, one = (*names, FILL), mended(one, (FILL,))
        survey = survey_of(one)
        found = excess_of(one, survey)
    if found.apart.size and found.apart.size <= MOST_DROPPED * len(found.frames):
        names, one = (*names, DROP), without_frames(one, found.apart)
        survey = survey_of(one)
        found = excess_of(one, survey)
    if not names or not found.believed or _contradicted(one, survey, found):
        return None
    return Answer(names, words_of(names, sighted=True), found.typical, pixel_size if PIXELS in names else None)


def _contradicted(scan: Scan, survey: Survey, found: Excess) -> bool:
    """Whether frames that are believed at sight fit better elsewhere, or after one more mend."""
    moved = displacement_of(scan, survey, found)
    if moved is not None and moved.matters:
        return True
    frames, measured = _tried(scan, survey, found)
    if found.typical <= ALWAYS or not frames.size:
        return False
    ranked = search(scan, frames, measured, free=scan.domain == "normalised")
    return bool(ranked) and _far_better(ranked, found)


def words_of(names: Names, *, sighted: bool) -> str:
    """Mends in words."""
    words = _WORDS | (_SIGHTED if sighted else {})
    # Without an object nobody knows where the canvas ends.
    known = names if sighted else [name.replace("invert", "mirror") for name in names]
    return ", ".join(MENDS[name].words if name in MENDS else words[name] for name in known)
