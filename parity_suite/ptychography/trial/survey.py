"""One pass over the patterns: what each frame and pixel holds, and how far each frame is from what is computed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from .far_field import FarField
from .photon_noise import expected_distance
from .scan import Array, Scan

#: Counts of so few photons are told apart: 0 to 4, and all that is more or not whole.
_FEW: Final = 5
#: A count is whole within this part of it, which a root in float32 leaves.
_WHOLE: Final = 1e-4
#: Counts up to which whole ones are told from others.
_SMALL: Final = 20.5


@dataclass(frozen=True, eq=False)
class Frames:
    """Sums over the pixels of each frame, (M,) float64; those of ``computed`` are zero where there is no object."""

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

    def excess(self, scale: float = 1.0, noise: float = 1.0) -> Array:
        """Squared distance beyond photon noise over the computed power, frame by frame, with ``scale`` times what is
        computed; infinite where nothing is computed. Of the noise this part of it is taken off.
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
        lit = self.power > 0
        explained = self.flat[lit] ** 2 / float(np.sum(light**2))
        return float(np.median(1 - explained / self.power[lit])) if lit.any() else 1.0


@dataclass(frozen=True, eq=False)
class Pixels:
    """What each pixel holds over all frames, (N, N) float64."""

    mean: Array
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
    #: pixels of all frames that hold the greatest amplitude of the scan, or all but
    at_peak: int
    #: the amplitude far from the object, sqrt(|FFT2(P)|^2 / N^2), (N, N); zero where no pixel measured
    light: Array
    #: the part of the computed power that falls on pixels that the file's own mask leaves out
    masked_power: float

    @property
    def count(self) -> int:
        """M."""
        return len(self.frames.power)


def light_of(probe: Array) -> Array:
    """(N, N) float64: the amplitude of the probe (P, N, N) in the far field, without an object."""
    waves = np.fft.fft2(probe.astype(np.complex128))
    power = (waves.real**2 + waves.imag**2).sum(axis=0)
    return np.asarray(np.fft.fftshift(np.sqrt(power)) / probe.shape[-1])


def _is_whole(counts: Array) -> Array:
    whole = np.rint(counts)
    return np.asarray(np.abs(counts - whole) <= _WHOLE * np.maximum(whole, 1))


class _Tally:
    """Sums of the blocks seen so far."""

    def __init__(self, scan: Scan) -> None:
        self._scan = scan
        size, count = scan.size, len(scan.positions)
        self.columns = {name: np.zeros(count) for name in ("power", "peak", "computed", "common", "noise", "flat")}
        self.total, self.most, self.computed = np.zeros((3, size, size))
        self.least = np.full((size, size), np.inf)
        self.few = np.zeros(_FEW, np.int64)
        self.broken = np.zeros(2, np.int64)
        self.at_peak = 0
        self.highest = 0.0
        self.masked = self.whole = 0.0
        self.light = self._seen(light_of(scan.probe))
        self._root = np.float32(np.sqrt(scan.counts_per_power))
        self._field = None if scan.object is None else FarField(scan.probe, scan.object)

    def add(self, place: slice, block: Array) -> None:
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
        self.columns["power"][place] = np.sum(block.astype(np.float64) ** 2, axis=(1, 2))
        self.columns["flat"][place] = np.einsum("mij,ij->m", block, self.light)
        peaks = self.columns["peak"][place] = block.max(axis=(1, 2))
        self.total += block.sum(axis=0, dtype=np.float64)
        np.maximum(self.most, block.max(axis=0), out=self.most)
        np.minimum(self.least, block.min(axis=0), out=self.least)
        if peaks.max() > self.highest:
            self.highest, self.at_peak = float(peaks.max()), 0
        # A maximum that a file reaches is reached by the same bytes.
        self.at_peak += int(np.count_nonzero(block == np.float32(self.highest)))

    def _counted(self, block: Array) -> None:
        amplitude = self._root * block
        low = amplitude[amplitude < np.sqrt(_SMALL)] ** 2
        # Of less than half a photon the square is nearly nothing, and that is whole.
        broken = low[(low > 0.5) & ~_is_whole(low)]
        self.broken += [broken.size, np.count_nonzero(~_is_whole(broken**2))]
        self.few += np.bincount(np.rint(low).astype(np.int64), minlength=_FEW)[:_FEW]

    def survey(self) -> Survey:
        count = len(self._scan.positions)
        computed = self.light**2 if self._field is None else self.computed / count
        pixels = Pixels(self.total / count, self.least, self.most, computed)
        masked = self.masked / self.whole if self.whole else 0.0
        return Survey(Frames(**self.columns), pixels, self.few, self.broken, self.at_peak, self.light, masked)


def survey_of(scan: Scan) -> Survey:
    """Looks at every pattern once; memory does not grow with their number."""
    tally = _Tally(scan)
    for place, block in scan.blocks():
        tally.add(place, block)
    return tally.survey()
