"""Which way round patterns and positions are, without an object: whichever lets one explain neighbouring patterns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Final

import numpy as np

from .mends import (
    FLIPS,
    INVERSIONS,
    LATER,
    MENDS,
    MOST_ROLLED,
    MUCH_LATER,
    PROBE_CONJUGATED,
    REVERSED,
    SWAPPED,
    TRANSPOSED,
)
from .reconstruct import SWEEPS, Left, left_by_object
from .scan import Array, Scan, neighbours, sound_frames
from .search import MOST_COMPOSED, Candidate, Names
from .statistics import roll_of
from .survey import NEIGHBOURS, Survey

#: Neighbours that are reconstructed where all compositions are looked through, and the sweeps that tell the best of
#: them; so many of these are then tried in full.
_FEWER, _FEW_SWEEPS, _IN_FULL = 24, 4, 3
#: What is left below which nothing is looked for: the measured star has 0.0074, its like inverted 0.042.
_CALM: Final = 0.01
#: Sweeps after which what is left is held against a scan: of right ones it is 0.0071 at most, where photon noise does
#: not make more,
_MANY_SWEEPS: Final = 24
#: so that twice that is not usual; of a weak specimen, half of what the probe alone leaves, right ones 0.14 of it.
_USUAL: Final = 0.014
_UNEXPLAINED: Final = 1 / 2
#: Photon noise above which patterns say nothing of the specimen.
_NOISY: Final = 0.5
#: A geometry is the better one where it leaves at most this part of what the given one leaves, right ones 0.31 or less,
_BETTER: Final = 1 / 3
#: and so little at all.
_LITTLE: Final = 0.02
#: Ways that leave so much of what the best leaves, or so much more, are as good.
_AS_GOOD: Final = 1.3
_SAME: Final = 0.001


@dataclass(frozen=True, eq=False)
class _Bench:
    """Neighbouring frames in the middle of a scan."""

    scan: Scan
    frames: Array
    measured: Array
    kept: Array
    sweeps: int

    def left(self, names: Names) -> Left:
        scan, measured, kept = self.scan, self.measured, self.kept[None]
        positions, probe = scan.positions, scan.probe
        for one in (MENDS[name] for name in names):
            if one.patterns is not None:
                measured, kept = one.patterns(measured), one.patterns(kept)
            if one.positions is not None:
                positions = one.positions(positions, scan)
            if one.probe is not None:
                probe = one.probe(probe)
        return left_by_object(probe, positions[self.frames], measured, kept[0], scan.counts_per_power, self.sweeps)


@dataclass(frozen=True)
class Geometry:
    """What a short reconstruction says of a scan without an object."""

    #: what it leaves as the scan is, of its power
    left: float
    #: the same and more, after the few sweeps that tell one way from another
    short: Left
    #: the ways of few mends that leave far less
    ways: Sequence[Candidate] = ()
    #: whether no object explains neighbouring patterns, however long it is looked for, though photon noise would let it
    unexplained: bool = False


def geometry_of(scan: Scan, survey: Survey, lost: Array) -> Geometry:
    """What a short reconstruction leaves, and which way round the scan would have to be for it to leave far less."""
    bench = _bench(scan, survey, lost, NEIGHBOURS)
    short = bench.left(())
    as_it_is = short.excess
    # Where photon noise is more than what is left, an object follows that, whichever way round the patterns are.
    if not np.isfinite(as_it_is) or as_it_is <= max(_CALM, short.noise):
        return Geometry(as_it_is, short)
    if ways := _better(bench, as_it_is, _single(survey)):
        return Geometry(as_it_is, short, ways)
    quick = _bench(scan, survey, lost, _FEWER, _FEW_SWEEPS)
    likely = sorted(_composed(survey), key=lambda names: quick.left(names).excess)[:_IN_FULL]
    if ways := _better(bench, as_it_is, likely):
        return Geometry(as_it_is, short, ways)
    left, noise, *_ = replace(bench, sweeps=_MANY_SWEEPS).left(())
    unexplained = _is_unexplained(left, noise, survey.frames.without_object(survey.light))
    return Geometry(left, short, (), unexplained)


def _is_unexplained(left: float, noise: float, flat: float) -> bool:
    """Whether an object leaves more than of right scans, of which ``flat`` is what the probe alone leaves."""
    usual = min(_USUAL, max(_CALM, _UNEXPLAINED * flat))
    return noise <= _NOISY and left > max(usual, noise)


def _bench(scan: Scan, survey: Survey, lost: Array, wanted: int, sweeps: int = SWEEPS) -> _Bench:
    frames = sound_frames(survey.frames.power, neighbours(scan.positions, wanted))
    measured = survey.sample(frames)
    measured[:, lost] = 0
    return _Bench(scan, frames, measured, ~lost, sweeps)


def _better(bench: _Bench, as_it_is: float, ways: Iterable[Names]) -> list[Candidate]:
    """The ways that leave far less than the given one, and no more than the best by much."""
    found = sorted(Candidate(bench.left(names).excess, names) for names in ways)
    best = found[0].excess
    if best > min(_LITTLE, _BETTER * as_it_is):
        return []
    return [one for one in found if one.excess <= best * _AS_GOOD + _SAME]


def _single(survey: Survey) -> list[Names]:
    order = (*LATER, *MUCH_LATER, REVERSED)
    ways = [(one.name,) for one in (*FLIPS, TRANSPOSED, *INVERSIONS, SWAPPED, *order, PROBE_CONJUGATED)]
    rolled = _rolled(survey)
    return [*ways, tuple(one.name for one in FLIPS), *([rolled] if rolled else [])]


def _rolled(survey: Survey) -> Names:
    """The mend that brings the mean pattern to the probe's; none where they are in one place, or far apart."""
    rolls = zip(("rows", "columns"), roll_of(survey), strict=True)
    return tuple(f"roll_{axis}{pixels:+d}" for axis, pixels in rolls if 0 < abs(pixels) <= MOST_ROLLED)


def _composed(survey: Survey) -> list[Names]:
    axes = [(), *((flip,) for flip in FLIPS), FLIPS]
    patterns = [(*turn, *flips) for turn in ((), (TRANSPOSED,)) for flips in axes]
    positions = [(*swap, *way) for swap in ((), (SWAPPED,)) for way in ((), *((one,) for one in INVERSIONS))]
    pairs = [(*one, *other) for one, other in product(patterns, positions) if len(one) + len(other) <= MOST_COMPOSED]
    single = [one for one in (*patterns, *positions) if len(one) == 1]
    # Each takes a while, so that a shift by a frame and a roll are tried beside one other mend alone.
    pairs += [(*one, later) for one, later in product(single, LATER)]
    found = [tuple(mend.name for mend in pair) for pair in pairs if len(pair) > 1]
    rolled = _rolled(survey)
    return [*found, *((*rolled, one.name) for (one,) in single if 0 < len(rolled) < MOST_COMPOSED)]
