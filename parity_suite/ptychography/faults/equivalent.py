"""Changes that look like mistakes and are none on the inputs that a stage takes, each with the proof.

A check that sees one of them raises a false alarm.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from parity_suite.faults.fault import Ask, Fault, Given, like


class TwinWaves(Fault, stage="diffract"):
    """Diffracts the twin of every wave, conjugated and turned by 180 degrees."""

    equivalent = "the transform of conj(psi(-r)) is the conjugate of that of psi, and |conj z| = |z|: the twin image"

    def answer(self, ask: Ask, given: Given) -> Any:
        twin = np.roll(np.flip(np.conj(given["psi"]), axis=(2, 3)), 1, axis=(2, 3))
        return ask({**given, "psi": np.ascontiguousarray(twin)})


class PhaseOnEveryWave(Fault, stage="diffract"):
    """Turns the phase of every exit wave by a quarter."""

    equivalent = "the transform is linear and |i z| = |z|; a global phase is a gauge"

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "psi": like(1j * given["psi"], given["psi"])})


class PhaseOfEachMode(Fault, stage="diffract"):
    """Turns every probe mode by a half."""

    equivalent = "modes add incoherently, in |z|^2, and |-z| = |z|"

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "psi": -given["psi"]})


class UnmovedLeftAlone(Fault, stage="translate"):
    """Returns images whose offset is zero as they are, without interpolation."""

    equivalent = "at a zero offset the bilinear weights are 1 and 0, and 1 x + 0 y = x for finite y"

    def answer(self, ask: Ask, given: Given) -> Any:
        got = np.array(ask(given))
        images, offsets = given["images"], given["offsets"]
        if len(offsets) == len(images):
            still = ~np.any(offsets, axis=1)
            got[still] = images[still].astype(got.dtype)
        return got


class StitchedInReverse(Fault, stage="reassemble"):
    """Puts the last group down first where all come onto one canvas."""

    equivalent = "addition commutes: what the order changes is round-off, which the budget allows"

    def answer(self, ask: Ask, given: Given) -> Any:
        if np.ndim(given["centre"]) != 1:
            return ask(given)
        turned = {name: np.ascontiguousarray(given[name][::-1]) for name in ("patches", "positions")}
        return ask({**given, **turned})
