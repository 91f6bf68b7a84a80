"""One pass over the patterns: what each frame and pixel holds, and how far each frame is from what is computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from .far_field import FarField
from .photon_noise import expected_distance
from .scan import Array, Scan, neighbours, spread

#: Counts of so few photons are told apart: 0 to 4, and all that is more or not whole.
_FEW: Final = 5
#: A count is whole within this part of it, which a root in float32 leaves.
_WHOLE: Final = 1e-4
#: Counts up to which whole ones are told from others.
_SMALL: Final = 20.5
#: Pixels of all patterns up to which every frame is held against what is computed. What is computed takes ten times as
#: long as reading: of longer scans that is done of blocks with so many pixels, and of the other frames the power is
#: looked at.
JUDGED_PIXELS: Final = 2**25
_HALF: Final = 0.5
#: The golden section, whose multiples come back to no row of a raster.
_GOLDEN: Final = 0.6180339887
#: Frames that mends and moves are tried on; of 8, none of the right scans had a mend that left less than half.
TRIED: Final = 8
#: Frames that are held against a map of all positions.
PLACED: Final = 24
#: Neighbours that are reconstructed where there is no object: fewer leave too little overlap, more take longer.
NEIGHBOURS: Final = 60


@dataclass(frozen=True, eq=False)
class Frames:
    """Sums over the pixels of each frame, (M,) float64; those of ``computed`` are zero where there is no object.

    All but power and peak are zero of a frame that is not judged.
    """

    #: of the squares of what was measured
    power: Array
    #: the greatest amplitude
    peak: Array
    #: of the squares of what is computed
    computed: Array
    #: of measured times computed
    common: Array
    #: of the squared differences that photon noise of the computed rate makes
    noise: Array
    #: of measured times computed without an object
    flat: Array
    #: (M,) bool, whether the frame was held against what is computed
    judged: Array
    #: (M,) int64, the same for patterns of the same values; 0 of a frame that is not judged
    digest: Array

    def excess(self, scale: float | Array = 1.0, noise: float = 1.0) -> Array:
        """Squared distance beyond photon noise over the computed power, frame by frame, with ``scale`` times, or (M,),
        what is computed; infinite where nothing is computed. Of the noise this part of it is taken off.
        """
        beyond = self.power - 2 * scale * self.common + scale**2 * (self.computed - noise * self.noise)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.where(self.computed > 0, beyond / (scale**2 * self.computed), np.inf))

    def scale(self, held: float = 0.0, share: float = 0.0) -> float:
        """The root of measured over computed power, in the middle of the frames: photon noise does not change it.

        Pixels that did not measure, with the power ``held`` in each frame and this ``share`` of the computed power, are
        left out.
        """
        lit = self.computed > 0
        ratio = (self.power[lit] - held) / self.computed[lit]
        return float(np.sqrt(max(np.median(ratio) / (1 - share), 0.0))) if lit.any() and share < 1 else 1.0

    def without_object(self, light: Array) -> float:
        """What the best multiple of the probe's far field leaves of the power, in the middle of the frames."""
        lit = (self.power > 0) & self.judged
        explained = self.flat[lit] ** 2 / float(np.sum(light**2))
        return float(np.median(1 - explained / self.power[lit])) if lit.any() else 1.0


@dataclass(frozen=True, eq=False)
class Pixels:
    """What each pixel holds over all frames, (N, N) float64."""

    mean: Array
    #: the mean of the squares
    power: Array
    least: Array
    most: Array
    #: the power that is computed, of the probe alone where there is no object, averaged over frames
    computed: Array


@dataclass(frozen=True, eq=False)
class Survey:
    """What one pass over a scan finds."""

    frames: Frames
    pixels: Pixels
    #: pixels of all frames whose count is 0, 1, 2, 3, 4
    few: Array
    #: pixels of all frames of a few counts that are not whole, and those of them whose square is not whole either
    broken: Array
    #: pixels of all patterns that hold the greatest amplitude of the scan; of several of the same values those of one
    at_peak: int
    #: the amplitude far from the object, sqrt(|FFT2(P)|^2 / N^2), (N, N); zero where no pixel measured
    light: Array
    #: the part of the computed power that falls on pixels that the file's own mask leaves out
    masked_power: float
    #: some patterns by their index
    kept: Mapping[int, Array]

    @property
    def count(self) -> int:
        """M."""
        return len(self.frames.power)

    @property
    def patterns(self) -> int:
        """Those of the frames that were judged which differ."""
        return len(np.unique(self.frames.digest[self.frames.judged]))

    @property
    def judged(self) -> int:
        """Frames that were held against what is computed."""
        return int(np.count_nonzero(self.frames.judged))

    def sample(self, frames: Array) -> Array:
        """The patterns (m, N, N) at indices that are among those that were kept."""
        return np.stack([self.kept[int(frame)] for frame in frames]) if len(frames) else self._none

    @property
    def _none(self) -> Array:
        return np.zeros((0, *self.light.shape), np.float32)


def light_of(probe: Array) -> Array:
    """(N, N) float64: the amplitude of the probe (P, N, N) in the far field, without an object."""
    waves = np.fft.fft2(probe.astype(np.complex128))
    power = (waves.real**2 + waves.imag**2).sum(axis=0)
    return np.asarray(np.fft.fftshift(np.sqrt(power)) / probe.shape[-1])


def few_photons(amplitude: Array) -> Array:
    """The photons of the pixels that have few, from the root of their number."""
    return np.asarray(amplitude[amplitude < np.sqrt(_SMALL)] ** 2)


def is_whole(counts: Array) -> Array:
    """Of each, within what a root in float32 leaves."""
    whole = np.rint(counts)
    return np.asarray(np.abs(counts - whole) <= _WHOLE * np.maximum(whole, 1))


class Tally:
    """Sums of the blocks of a scan seen so far; of a long scan part of the frames is judged, unless ``every`` one is
    to be.
    """

    def __init__(self, scan: Scan, *, every: bool = False) -> None:
        self._scan = scan
        self._seen_frames = 0
        size, count = scan.size, len(scan.positions)
        self._part = 1.0 if every else min(1.0, JUDGED_PIXELS / max(count * size * size, 1))
        self._blocks = 0
        self.judged = np.zeros(count, bool)
        sighted = scan.object is not None
        placed = np.union1d(spread(count, TRIED), spread(count, PLACED))
        self._wanted = placed if sighted else neighbours(scan.positions, NEIGHBOURS)
        self.kept: dict[int, Array] = {}
        self.digest = np.zeros(count, np.int64)
        self.columns = {name: np.zeros(count) for name in ("power", "peak", "computed", "common", "noise", "flat")}
        self.total, self.squares, self.most, self.computed = np.zeros((4, size, size))
        self.least = np.full((size, size), np.inf)
        self.few = np.zeros(_FEW, np.int64)
        self.broken = np.zeros(2, np.int64)
        self.at_peak = 0
        self._known: set[int] = set()
        self.highest = 0.0
        self.masked = self.whole = 0.0
        self.light = self._seen(light_of(scan.probe))
        self._root = np.float32(np.sqrt(scan.counts_per_power))
        self._field = None if scan.object is None else FarField(scan.probe, scan.object)

    def add(self, block: Array) -> None:
        """Takes in the next patterns (m, N, N)."""
        place = slice(self._seen_frames, self._seen_frames + len(block))
        self._seen_frames = place.stop
        for frame in self._wanted[(self._wanted >= place.start) & (self._wanted < place.stop)]:
            self.kept[int(frame)] = block[frame - place.start].copy()
        self._blocks += 1
        if (self._blocks - 1) * _GOLDEN % 1 < self._part:
            self.judged[place] = True
            self._judge(place, block)
        else:
            self.columns["power"][place] = np.einsum("mij,mij->m", block, block)
            self.columns["peak"][place] = block.max(axis=(1, 2))

    def _judge(self, place: slice, block: Array) -> None:
        self._measured(place, block)
        self._counted(block)
        if self._field is None:
            return
        computed = self._seen(self._field.amplitude(self._scan.positions[place]))
        self.computed += np.sum(computed * computed, axis=0, dtype=np.float64)
        noise = expected_distance(self._root * computed)
        self.columns["computed"][place] = np.sum(computed * computed, axis=(1, 2), dtype=np.float64)
        self.columns["common"][place] = np.sum(computed * block, axis=(1, 2), dtype=np.float64)
        self.columns["noise"][place] = np.sum(noise, axis=(1, 2), dtype=np.float64) / self._scan.counts_per_power

    def _seen(self, amplitude: Array) -> Array:
        """What is computed (..., N, N), of pixels that measured; what others would have held is nobody's to judge."""
        unmeasured = self._scan.unmeasured
        if unmeasured is None:
            return amplitude
        seen = amplitude * ~unmeasured
        whole = float(np.sum(amplitude.astype(np.float64) ** 2))
        self.whole += whole
        self.masked += whole - float(np.sum(seen.astype(np.float64) ** 2))
        return seen

    def _measured(self, place: slice, block: Array) -> None:
        squares = block.astype(np.float64) ** 2
        self.columns["power"][place] = squares.sum(axis=(1, 2))
        digests = [hash(one.tobytes()) for one in block]
        self.digest[place] = digests
        self.columns["flat"][place] = np.einsum("mij,ij->m", block, self.light)
        peaks = self.columns["peak"][place] = block.max(axis=(1, 2))
        self.total += block.sum(axis=0, dtype=np.float64)
        self.squares += squares.sum(axis=0)
        np.maximum(self.most, block.max(axis=0), out=self.most)
        np.minimum(self.least, block.min(axis=0), out=self.least)
        if peaks.max() > self.highest:
            self.highest, self.at_peak = float(peaks.max()), 0
        for pattern, digest in zip(block, digests, strict=True):
            if digest not in self._known:
                self._known.add(digest)
                # A maximum that a file reaches is reached by the same bytes.
                self.at_peak += int(np.count_nonzero(pattern == np.float32(self.highest)))

    def _counted(self, block: Array) -> None:
        low = few_photons(self._root * block)
        # Of less than half of one the square is nearly nothing, and that is whole.
        broken = low[(low > _HALF) & ~is_whole(low)]
        self.broken += np.array([broken.size, np.count_nonzero(~is_whole(broken**2))])
        self.few += np.bincount(np.rint(low).astype(np.int64), minlength=_FEW)[:_FEW]

    def survey(self) -> Survey:
        """What was found of all blocks."""
        count = int(np.count_nonzero(self.judged))
        computed = self.light**2 if self._field is None else self.computed / count
        pixels = Pixels(self.total / count, self.squares / count, self.least, self.most, computed)
        masked = self.masked / self.whole if self.whole else 0.0
        frames = Frames(**self.columns, judged=self.judged, digest=self.digest)
        return Survey(frames, pixels, self.few, self.broken, self.at_peak, self.light, masked, self.kept)


def survey_of(scan: Scan, *, every: bool = False) -> Survey:
    """Reads every pattern once, as :class:`Tally` says; memory does not grow with their number."""
    tally = Tally(scan, every=every)
    for block in scan.patterns():
        tally.add(block)
    return tally.survey()
