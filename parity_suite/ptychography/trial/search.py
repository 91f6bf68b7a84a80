"""Which few mends together bring patterns and what is computed closest: all that there are are tried on some frames.

A roll of the patterns need not be tried: the cross-correlation of measured and computed tells all rolls at once.
"""

from __future__ import annotations

from collections.abc import Sequence
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

#: Mends that leave so much of what the best leaves, or so much more of the power, fit as well: photon noise of 8 frames
#: of 1000 photons is 0.002.
AS_GOOD: Final = (1.3, 0.004)

Names = tuple[str, ...]
_Chain = tuple[Mend, ...]


@dataclass(frozen=True, order=True)
class Candidate:
    """Mends with the excess that they leave over the frames they were tried on."""

    excess: float
    names: Names


def search(scan: Scan, frames: Array, measured: Array, *, free: bool) -> list[Candidate]:
    """Of all compositions of at most three mends of a scan with an object those that fit as well as the best, and none
    of them at all; the best first.

    ``measured (m, N, N)`` are the patterns at ``frames (m,)``. Where the scale is ``free``, that of the power is taken.
    """
    turned = {chain: _turned(scan, measured, chain) for chain in _pattern_chains()}
    waves = {chain: fft.rfft2(block) for chain, block in turned.items()}
    powers = {chain: float(np.sum(block.astype(np.float64) ** 2)) for chain, block in turned.items()}
    # Rows and columns of each roll, none among them.
    rolls = np.array(list(product(range(-MOST_ROLLED, MOST_ROLLED + 1), repeat=2)))
    found: list[tuple[Names, Array]] = []
    for computed_chain in _computed_chains():
        computed = _computed(scan, frames, computed_chain)
        wave = np.conj(fft.rfft2(computed))
        power, noise = float(np.sum(computed.astype(np.float64) ** 2)), _noise(scan, computed)
        for chain in turned:
            if len(chain) + len(computed_chain) <= MOST_COMPOSED and power > 0:
                common = fft.irfft2((waves[chain] * wave).sum(axis=0), s=measured.shape[1:])
                names = tuple(one.name for one in (*chain, *computed_chain))
                few = len(names) + np.count_nonzero(rolls, axis=1) <= MOST_COMPOSED
                # Patterns that are rolled by r are like those computed where the correlation is taken at -r.
                excess = _excess(common[tuple(-rolls.T)], powers[chain], power, noise, free)
                found.append((names, np.where(few & np.isfinite(excess), excess, np.inf)))
    return _close(found, rolls)


def _excess(together: Array, measured: float, computed: float, noise: float, free: bool) -> Array:
    """The excess that is left at each value ``(k,)`` of the correlation of patterns with what is computed, of these
    powers and this photon noise.
    """
    scale = np.sqrt(measured / computed) if free else 1.0
    with np.errstate(all="ignore"):
        left = measured - 2 * scale * together.astype(np.float64) + scale**2 * (computed - noise)
        left = np.where(left < TOO_CALM * scale**2 * computed, left + scale**2 * noise, left)
        return np.asarray(np.abs(left) / (scale**2 * computed))


def _close(found: Sequence[tuple[Names, Array]], rolls: Array) -> list[Candidate]:
    best = min((float(excess.min()) for _, excess in found), default=np.inf)
    factor, more = AS_GOOD
    close = []
    for names, excess in found:
        kept = np.isfinite(excess) & (excess <= best * factor + more)
        if not names:
            kept |= np.isfinite(excess) & ~rolls.any(axis=1)
        close += [Candidate(float(excess[at]), (*names, *_roll_names(rolls[at]))) for at in np.flatnonzero(kept)]
    return sorted(close)


def _roll_names(roll: Array) -> Names:
    return tuple(f"roll_{axis}{pixels:+d}" for axis, pixels in zip(("rows", "columns"), roll, strict=True) if pixels)


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
