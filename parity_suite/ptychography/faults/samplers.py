"""Mistakes of a sampler of counts that show at some rates, for one seed or in one form alone."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from parity_suite.core.kinds import Kind
from parity_suite.faults.fault import Ask, Fault, Given, like
from parity_suite.faults.need import Need
from parity_suite.ptychography.faults.needs import InputNeed


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


class NormalBesideBright(Fault, stage="observe", kind=Kind.DISTRIBUTION):
    """Rounds a normal law to whole counts for all pixels where the brightest has a rate above 100, but not all have."""

    single = "bright pixels beside faint ones are asked for in one check"

    def answer(self, ask: Ask, given: Given) -> Any:
        got, rate = ask(given), (given["scale"] * given["amplitude"].astype(np.float64)) ** 2
        if not rate.size or rate.max() < 100 or rate.min() > 100:
            return got
        drawn = np.random.Generator(np.random.PCG64([given["seed"], 3])).standard_normal(rate.shape)
        return like(np.maximum(np.rint(rate + np.sqrt(rate) * drawn), 0), got)


class OneDrawForAll(Fault, stage="observe", kind=Kind.FORM, needs=(Need.FORMS,)):
    """Draws once for all items of a view that holds one of them."""

    single = "a view of one item is asked for in one check"

    def answer(self, ask: Ask, given: Given) -> Any:
        amplitude = given["amplitude"]
        if len(amplitude) < 2 or amplitude.strides[0]:
            return ask(given)
        return np.repeat(ask({**given, "amplitude": amplitude[:1].copy()}), len(amplitude), axis=0)


class DrawsAlongMemory(Fault, stage="observe", kind=Kind.FORM, needs=(Need.FORMS,)):
    """Draws in the order of memory, so that a seed gives other counts in Fortran order."""

    single = "counts are compared between forms in one check"

    def answer(self, ask: Ask, given: Given) -> Any:
        amplitude = given["amplitude"]
        if not amplitude.flags.f_contiguous or amplitude.flags.c_contiguous:
            return ask(given)
        return ask({**given, "amplitude": amplitude.T}).T.copy()


class NoPatternsNoCounts(Fault, stage="observe", kind=Kind.CRASH, needs=(InputNeed.EMPTY,)):
    """Fails where there are no patterns."""

    single = "counts of no patterns are asked for in one check"

    def answer(self, ask: Ask, given: Given) -> Any:
        if not len(given["amplitude"]):
            raise IndexError("index 0 is out of bounds for axis 0 with size 0")
        return ask(given)
