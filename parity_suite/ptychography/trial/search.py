"""Which few mends together bring patterns and what is computed closest: all that there are are tried on some frames.

A roll of the patterns need not be tried: the cross-correlation of measured and computed tells all rolls at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
from scipy import fft

from .excess import TOO_CALM
from .far_field import FarField
from .mends import (
    CONJUGATED,
    FLIPS,
    FROM_CORNER,
    FROM_MIDDLE,
    INVERSIONS,
    LATER,
    MIRRORS,
    MOST_ROLLED,
    MUCH_LATER,
    NEGATIONS,
    PROBE_CONJUGATED,
    PROBE_SHIFTED,
    REVERSED,
    SHIFTED,
    SWAPPED,
    TRANSPOSED,
    VALUES,
    Mend,
)
from .photon_noise import expected_distance
from .scan import Array, Scan

#: Mends that are composed: a fourth would explain anything.
MOST_COMPOSED: Final = 3

Names = tuple[str, ...]
_Chain = tuple[Mend, ...]


@dataclass(frozen=True, order=True)
class Candidate:
    """Mends with the excess that they leave over the frames they were tried on."""

    excess: float
    names: Names


def search(scan: Scan, frames: Array, measured: Array, *, free: bool) -> list[Candidate]:
    """Every composition of at most three mends of a scan with an object, the best first; none is one of them.

    ``measured (m, N, N)`` are the patterns at ``frames (m,)``. Where the scale is ``free``, that of the power is taken.
    """
    turned = {chain: _turned(scan, measured, chain) for chain in _pattern_chains()}
    waves = {chain: fft.rfft2(block) for chain, block in turned.items()}
    powers = {chain: float(np.sum(block.astype(np.float64) ** 2)) for chain, block in turned.items()}
    found = []
    for computed_chain in _computed_chains():
        computed = _computed(scan, frames, computed_chain)
        wave = np.conj(fft.rfft2(computed))
        power, noise = float(np.sum(computed.astype(np.float64) ** 2)), _noise(scan, computed)
        for chain in turned:
            if len(chain) + len(computed_chain) <= MOST_COMPOSED and power > 0:
                common = fft.irfft2((waves[chain] * wave).sum(axis=0), s=measured.shape[1:])
                names = tuple(one.name for one in (*chain, *computed_chain))
                found += list(_rolled(names, common, powers[chain], power, noise, free))
    return sorted(found)


def _rolled(
    names: Names, common: Array, measured: float, computed: float, noise: float, free: bool
) -> Iterator[Candidate]:
    """The candidate at each roll of the patterns, of their correlation ``(N, N)`` with what is computed."""
    for rows, columns in product(range(-MOST_ROLLED, MOST_ROLLED + 1), repeat=2):
        rolls = tuple(f"roll_{axis}{pixels:+d}" for axis, pixels in (("rows", rows), ("columns", columns)) if pixels)
        if len(names) + len(rolls) <= MOST_COMPOSED:
            # Patterns that are rolled by r are like those computed where the correlation is taken at -r.
            together = float(common[-rows, -columns])
            scale = np.sqrt(measured / computed) if free else 1.0
            left = measured - 2 * scale * together + scale**2 * (computed - noise)
            if left < TOO_CALM * scale**2 * computed:
                left += scale**2 * noise
            excess = abs(left) / (scale**2 * computed)
            if np.isfinite(excess):
                yield Candidate(excess, (*names, *rolls))


def _pattern_chains() -> list[_Chain]:
    """Values first, then the corner, then the axes."""
    axes = [(), (TRANSPOSED,), *((flip,) for flip in FLIPS), FLIPS, *((TRANSPOSED, flip) for flip in FLIPS)]
    parts = ([(), *((one,) for one in VALUES)], [(), (SHIFTED,)], [*axes, (TRANSPOSED, *FLIPS)])
    return _short(parts)


def _computed_chains() -> list[_Chain]:
    turns: list[_Chain] = [(), (SWAPPED,), *((one,) for one in (*INVERSIONS, *MIRRORS))]
    turns += [(SWAPPED, one) for one in (*INVERSIONS, *MIRRORS)]
    # On a canvas that is not square it is not the same what comes first.
    turns += [(one, SWAPPED) for one in INVERSIONS]
    waves: list[_Chain] = [(), (CONJUGATED,), (PROBE_CONJUGATED,), (CONJUGATED, PROBE_CONJUGATED)]
    # What is rare is tried with turned patterns alone.
    alone: list[_Chain] = [(one,) for one in (REVERSED, *MUCH_LATER, FROM_MIDDLE, FROM_CORNER, PROBE_SHIFTED)]
    alone += [(*swap, one) for swap in ((), (SWAPPED,)) for one in NEGATIONS]
    return [*_short((turns, [(), *((one,) for one in LATER)], waves)), *alone]


def _short(parts: tuple[list[_Chain], ...]) -> list[_Chain]:
    joined: list[_Chain] = [sum(chains, ()) for chains in product(*parts)]
    return [chain for chain in joined if len(chain) <= MOST_COMPOSED]


def _turned(scan: Scan, block: Array, chain: _Chain) -> Array:
    for one in chain:
        assert one.patterns is not None
        block = one.patterns(block)
    if scan.domain == "normalised" and any(one in VALUES for one in chain):
        # To the power that the scan is to have; some frames stand for all.
        power = float(np.mean(np.sum(block.astype(np.float64) ** 2, axis=(1, 2))))
        block = block * np.float32(scan.size / 2 / np.sqrt(power))
    return np.ascontiguousarray(block)


def _computed(scan: Scan, frames: Array, chain: _Chain) -> Array:
    for one in chain:
        scan = one(scan)
    assert scan.object is not None
    return FarField(scan.probe, scan.object).amplitude(scan.positions[frames])


def _noise(scan: Scan, computed: Array) -> float:
    root = np.float32(np.sqrt(scan.counts_per_power))
    return float(np.sum(expected_distance(root * computed), dtype=np.float64)) / scan.counts_per_power
