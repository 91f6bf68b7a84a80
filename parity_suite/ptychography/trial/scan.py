"""A scan as the trial reads it: all but its patterns in memory, and these in blocks."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from parity_suite.contracts import load_contract
from parity_suite.contracts.containers import open_container
from parity_suite.contracts.limits import Limits
from parity_suite.contracts.model import names_of
from parity_suite.contracts.stored import Stored

from ..datasets.files import loaded
from ..datasets.frames import block_length, frames_of
from ..datasets.raw_file import DOMAINS

Array = NDArray[Any]

#: The fields of the patterns, of which a file has one.
PATTERNS: Final = ("diff3d", "diffraction")


@dataclass(frozen=True, eq=False)
class Scan:
    """What a trial is about; amplitudes come as float32 blocks (m, N, N), one after the other."""

    #: (M, 2) float64 [x, y] in pixels
    positions: Array
    #: (P, N, N) complex64
    probe: Array
    #: (H, W) complex64, None where there is none
    object: Array | None
    #: ``counts`` or ``normalised``
    domain: str
    #: counts in a pixel whose amplitude is 1
    counts_per_power: float
    #: may be called as often as is wanted
    patterns: Callable[[], Iterator[Array]]
    #: arrays beside those of the contract
    unread: tuple[str, ...] = ()
    #: which frames of the file these are; None for all
    kept: Array | None = None
    #: (N, N) bool, pixels that did not measure by the file's own mask, and are 0 in every pattern; None where all did
    unmeasured: Array | None = None
    #: (N, N) bool, pixels that hold what probe and object give, as they did not measure; None where all did
    filled: Array | None = None

    @property
    def size(self) -> int:
        """N, pixels along a side of a pattern."""
        return int(self.probe.shape[-1])

    def blocks(self) -> Iterator[tuple[slice, Array]]:
        """The patterns with the place of each block in the scan."""
        start = 0
        for block in self.patterns():
            yield slice(start, start + len(block)), block
            start += len(block)


def in_blocks(amplitude: Array) -> Callable[[], Iterator[Array]]:
    """The blocks of amplitudes (M, N, N) that are in memory."""
    step = block_length(amplitude.shape[-1])
    return lambda: (amplitude[at : at + step].astype(np.float32) for at in range(0, len(amplitude), step))


@contextmanager
def open_scan(path: Path, limits: Limits) -> Iterator[Scan]:
    """The scan in a file that keeps the contract ``raw``; open as long as its patterns are wanted.

    Raises ContractError where an array cannot be read.
    """
    known = names_of(load_contract("raw"))
    with open_container("npz", path, known, limits) as holding:
        small = {name: loaded(path, name, value) for name, value in holding.values.items() if name not in PATTERNS}
        name = next(one for one in PATTERNS if one in holding.values)
        stored = holding.values[name]
        assert isinstance(stored, Stored)
        amplitude = amplitude_of(small, name)
        unread = tuple(one for one in holding.names if one not in known and not one.startswith("product/"))
        yield scan_of(small, lambda: map(amplitude, frames_of(stored)), unread)


def scan_of(small: Mapping[str, Array], patterns: Callable[[], Iterator[Array]], unread: tuple[str, ...] = ()) -> Scan:
    """A scan of the arrays of a raw dataset, its patterns apart."""
    probe, truth = small["probeGuess"], small.get("objectGuess")
    domain = _domain(small)
    size = probe.shape[-1]
    per_power = float(small["nphotons"]) / (size / 2) ** 2 if domain == "normalised" else 1.0
    return Scan(
        positions=np.stack([small["xcoords"], small["ycoords"]], axis=1).astype(np.float64),
        probe=(probe if probe.ndim == 3 else probe[None]).astype(np.complex64),
        object=None if truth is None else truth.astype(np.complex64),
        domain=domain,
        counts_per_power=per_power,
        patterns=patterns,
        unread=unread,
        unmeasured=~small["mask"] if "mask" in small else None,
    )


def _domain(small: Mapping[str, Array]) -> str:
    if "domain" in small:
        return str(small["domain"])
    return DOMAINS[str(small["measurement_domain"])] if "measurement_domain" in small else "counts"


def amplitude_of(small: Mapping[str, Array], name: str) -> Callable[[Array], Array]:
    """What makes float32 amplitudes of a block of the patterns ``name``, beside the other arrays of the file."""
    counted = name == "diffraction" and str(small["measurement_domain"]) == "count_intensity"
    mask = small.get("mask")

    def amplitude(block: Array) -> Array:
        root = np.sqrt(block, dtype=np.float32) if counted else block.astype(np.float32)
        return root if mask is None else root * mask

    return amplitude


def left_out(scan: Scan, lost: Array) -> Array:
    """(N, N) bool: pixels that did not measure, by the file's own mask or as was found."""
    return lost if scan.unmeasured is None else lost | scan.unmeasured


def spread(count: int, wanted: int) -> Array:
    """At most ``wanted`` of ``count`` indices, evenly apart."""
    return np.unique(np.linspace(0, count - 1, min(count, wanted)).round().astype(np.int64)) if count else np.arange(0)


def neighbours(positions: Array, wanted: int) -> Array:
    """The ascending indices of at most ``wanted`` positions (M, 2) in the middle of a scan."""
    away = np.sum((positions - np.median(positions, axis=0)) ** 2, axis=1)
    return np.sort(np.argsort(away, kind="stable")[:wanted])


def sound_frames(power: Array, frames: Array) -> Array:
    """Those of ``frames`` that are neither dark nor saturated: within a factor 10 of the power in the middle."""
    middle = float(np.median(power[power > 0])) if np.any(power > 0) else 0.0
    return frames[(power[frames] > middle / 10) & (power[frames] < middle * 10)]


def sample(scan: Scan, frames: Array) -> Array:
    """The patterns (m, N, N) at these ascending indices."""
    parts = [block[frames[(frames >= at.start) & (frames < at.stop)] - at.start] for at, block in scan.blocks()]
    return np.concatenate(parts)


def finite_ratio(over: float, under: float) -> float:
    """A quotient of what is not negative, infinite where there is nothing below."""
    return over / under if under > 0 else math.inf
