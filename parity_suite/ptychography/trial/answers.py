"""What would mend a scan with an object: mends that are named only if every frame is believed after them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from .excess import Excess, excess_of
from .mends import MENDS
from .metres import in_metres, pixel_size_of
from .repairs import DROP, FILL, MOST_DROPPED, PIXELS, SCALE, mended, without_frames
from .scan import Array, Scan, spread
from .search import Candidate, Names, search, sound_frames
from .survey import Survey, survey_of
from .verdict import Answer

#: Frames that mends are tried on; of 8, none of the right scans had a mend that left less than half.
_TRIED: Final = 8
#: Mends that leave so much of what the best leaves, or so much more of the power, fit as well: photon noise of 8 frames
#: of 1000 photons is 0.002.
_AS_GOOD: Final = (1.3, 0.004)
#: Answers of as many mends that are looked at.
_MOST: Final = 4
#: A scan that is believed has a better answer where that leaves at most this part of its excess,
MENDED: Final = 1 / 3
#: which must be so much at least: below, photon noise and whole-pixel positions are all that there is.
WORTH_MENDING: Final = 0.012

_WORDS: Final = {
    DROP: "frames that stand apart dropped",
    FILL: "pixels that did not measure filled by probe and object",
    SCALE: "the probe at the scale of the measured power",
    PIXELS: "positions over the size of a pixel",
}


def answers_of(scan: Scan, survey: Survey, found: Excess, pixel_size: float | None) -> tuple[Answer, ...]:
    """The answers of fewest mends, each enough by itself; none where nothing is wrong or no mend is known."""
    if (found.pixels_lost or found.masked or found.apart.size) and (answer := _answer(scan, (), None)):
        return (answer,)
    frames = sound_frames(survey.frames.power, spread(survey.count, _TRIED))
    if not frames.size:
        return ()
    measured = sample(scan, frames)
    # Of stuck pixels each alone can hold more than all others together.
    measured[:, found.lost] = 0
    free = scan.domain == "normalised"
    if in_metres(scan.positions):
        size = pixel_size or pixel_size_of(scan, frames, measured)
        return tuple(_answers(scan, [()], (PIXELS,), size)) if size else ()
    ranked = search(scan, frames, measured, free=free)
    if not ranked:
        return ()
    chosen = _chosen(ranked)
    if found.believed:
        return tuple(_answers(scan, chosen)) if _far_better(ranked, found) else ()
    answers = tuple(_answers(scan, chosen))
    if not answers and not free:
        answers = tuple(_answers(scan, _chosen(search(scan, frames, measured, free=True)), (SCALE,)))
    return answers


def sample(scan: Scan, frames: Array) -> Array:
    """The patterns (m, N, N) at these ascending indices."""
    parts = [block[frames[(frames >= at.start) & (frames < at.stop)] - at.start] for at, block in scan.blocks()]
    return np.concatenate(parts)


def _chosen(ranked: list[Candidate]) -> list[Names]:
    """Of all that are as good as the best, those of fewest mends."""
    factor, more = _AS_GOOD
    close = [one for one in ranked if one.excess <= ranked[0].excess * factor + more]
    fewest = min(len(one.names) for one in close)
    # About the middle of the canvas and of the scan is one answer where these are near each other.
    alike = {tuple(name.replace("mirror", "invert") for name in one.names): one for one in reversed(close)}
    return [one.names for one in close if len(one.names) == fewest and one in alike.values()][:_MOST]


def _far_better(ranked: list[Candidate], found: Excess) -> bool:
    as_it_is = next(one.excess for one in ranked if not one.names)
    return min(found.typical, as_it_is) > WORTH_MENDING and ranked[0].excess <= MENDED * as_it_is


def _answers(scan: Scan, chosen: list[Names], last: Names = (), pixel_size: float | None = None) -> Iterator[Answer]:
    for names in chosen:
        if answer := _answer(scan, (*names, *last), pixel_size):
            yield answer


def _answer(scan: Scan, names: Names, pixel_size: float | None) -> Answer | None:
    """These mends, with what lost pixels and frames apart take beside them; None where not all is believed then."""
    one = mended(scan, names, pixel_size)
    found = excess_of(one, survey_of(one))
    if found.pixels_lost or found.masked:
        if not found.fillable:
            return None
        names, one = (*names, FILL), mended(one, (FILL,))
        found = excess_of(one, survey_of(one))
    if found.apart.size and found.apart.size <= MOST_DROPPED * len(found.frames):
        names, one = (*names, DROP), without_frames(one, found.apart)
        found = excess_of(one, survey_of(one))
    if not names or not found.believed:
        return None
    return Answer(names, words_of(names), found.typical, pixel_size if PIXELS in names else None)


def words_of(names: Names) -> str:
    """Mends in words."""
    return ", ".join(MENDS[name].words if name in MENDS else _WORDS[name] for name in names)
