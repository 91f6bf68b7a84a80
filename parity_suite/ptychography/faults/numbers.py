"""Mistakes that show for some scalars alone: below one, fractional, or beyond what 31 bits hold."""

from __future__ import annotations

from typing import Any

import numpy as np

from parity_suite.core.kinds import Kind
from parity_suite.faults.fault import Ask, Fault, Given
from parity_suite.faults.need import Need
from parity_suite.ptychography.faults.needs import InputNeed

_BITS = 2**31


class LearnedScaleBelowOneIgnored(Fault, stage="scale", kind=Kind.IGNORED, needs=(Need.SCALARS,)):
    """Takes a learned scale below one for none."""

    def answer(self, ask: Ask, given: Given) -> Any:
        learned = given.get("learned")
        return ask({**given, "learned": None} if learned is not None and learned < 1 else given)


class PhotonsCutToWhole(Fault, stage="scale", kind=Kind.WHOLE, needs=(Need.SCALARS,)):
    """Drops what photons are beyond a whole number."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "nphotons": max(float(int(given["nphotons"])), 0.1)})


class PhotonsInThirtyOneBits(Fault, stage="scale", kind=Kind.CLIPPED, needs=(Need.SCALARS,)):
    """Holds no more photons than 31 bits do."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "nphotons": min(given["nphotons"], float(_BITS - 1))})


class SmallProbeScaleClipped(Fault, stage="probe", kind=Kind.CLIPPED, needs=(Need.SCALARS,)):
    """Takes a scale of the probe below a tenth for a tenth."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "probe_scale": max(given["probe_scale"], 0.1)})


class NetworkScaleAtLeastOne(Fault, stage="network", kind=Kind.CLIPPED, needs=(Need.SCALARS,)):
    """Takes a scale below one for one."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "scale": max(given["scale"], 1.0)})


class ObjectiveScaleAtLeastOne(Fault, stage="objective", kind=Kind.CLIPPED, needs=(Need.SCALARS,)):
    """Takes a scale below one for one."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "scale": max(given["scale"], 1.0)})


class CountsCutToWhole(Fault, stage="loss", kind=Kind.WHOLE, needs=(Need.SCALARS,)):
    """Drops what counts are beyond whole numbers."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "counts": np.floor(given["counts"])})


class CountsInThirtyOneBits(Fault, stage="loss", kind=Kind.CLIPPED, needs=(Need.SCALARS,)):
    """Holds no counts beyond 31 bits."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "counts": np.minimum(given["counts"], float(_BITS - 1))})


class SeedInThirtyOneBits(Fault, stage="observe", kind=Kind.SEED, needs=(InputNeed.DRAWS, Need.SCALARS)):
    """Takes of a seed what 31 bits hold."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "seed": given["seed"] % _BITS})


class DrawnInThirtyOneBits(Fault, stage="observe", kind=Kind.CLIPPED, needs=(InputNeed.DRAWS, Need.SCALARS)):
    """Draws no counts beyond 31 bits."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return np.minimum(ask(given), float(_BITS - 1))
