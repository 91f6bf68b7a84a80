"""Mistakes of a sampler of counts that show at some rates, or for one seed, alone."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from parity_suite.core.kinds import Kind
from parity_suite.faults.fault import Ask, Fault, Given, like


class _NormalBetween(Fault):
    """Rounds a normal law to whole counts at rates of a range."""

    rates: ClassVar[tuple[float, float]]

    def answer(self, ask: Ask, given: Given) -> Any:
        got, rate = ask(given), (given["scale"] * given["amplitude"].astype(np.float64)) ** 2
        drawn = np.random.Generator(np.random.PCG64([given["seed"], 3])).standard_normal(rate.shape)
        counts = np.maximum(np.rint(rate + np.sqrt(rate) * drawn), 0)
        least, most = self.rates
        return like(np.where((rate > least) & (rate < most), counts, got), got)


class NormalAroundTen(_NormalBetween, stage="observe", kind=Kind.DISTRIBUTION):
    """Rounds a normal law to whole counts at rates between 3 and 25."""

    rates = 3.0, 25.0


class NormalAboveForty(_NormalBetween, stage="observe", kind=Kind.DISTRIBUTION):
    """Rounds a normal law to whole counts at rates above 40."""

    rates = 40.0, np.inf


class SeedZeroTakenForNone(Fault, stage="observe", kind=Kind.SEED):
    """Draws other counts at every call where the seed is zero."""

    _bits: ClassVar = np.random.Generator(np.random.PCG64(5))

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "seed": given["seed"] or int(self._bits.integers(1, 2**30))})
