"""Mistakes that take input which breaks its contract in one way, and refuse all else."""

from __future__ import annotations

from typing import Any

import numpy as np

from parity_suite.core.kinds import Kind
from parity_suite.faults.fault import Ask, Fault, Given
from parity_suite.faults.need import Need


class _Takes(Fault):
    """Refuses nothing by itself."""

    lenient = True
    single = "that input is refused is asked by refusal alone, of one case in one precision"


class ImaginaryNanAccepted(_Takes, stage="diffract", kind=Kind.REFUSAL, needs=(Need.DAMAGE,)):
    """Looks for NaN in the real part of a wave alone, and takes one in the imaginary part for zero."""

    def answer(self, ask: Ask, given: Given) -> Any:
        psi = given["psi"]
        if not np.iscomplexobj(psi) or not np.isnan(psi.imag).any():
            return ask(given)
        return ask({**given, "psi": (psi.real + 1j * np.nan_to_num(psi.imag)).astype(psi.dtype)})


class FarthestLeftAccepted(_Takes, stage="translate", kind=Kind.REFUSAL, needs=(Need.DAMAGE,)):
    """Takes an offset of minus infinity for none."""

    def answer(self, ask: Ask, given: Given) -> Any:
        offsets = given["offsets"]
        if offsets.dtype.kind != "f":
            return ask(given)
        return ask({**given, "offsets": np.where(np.isneginf(offsets), offsets.dtype.type(0), offsets)})


class EndlessPhotonsAccepted(_Takes, stage="scale", kind=Kind.REFUSAL, needs=(Need.DAMAGE,)):
    """Takes an infinite number of photons for a thousand million."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "nphotons": 1e9} if given["nphotons"] == np.inf else given)


class LoneCountsRepeated(_Takes, stage="loss", kind=Kind.REFUSAL, needs=(Need.DAMAGE,)):
    """Takes the counts of one item for those of all, as arithmetic of arrays does."""

    def answer(self, ask: Ask, given: Given) -> Any:
        counts, amplitude = given["counts"], given["amplitude"]
        if np.ndim(counts) != 4 or np.shape(counts)[1:] != np.shape(amplitude)[1:] or len(counts) != 1:
            return ask(given)
        return ask({**given, "counts": np.repeat(counts, len(amplitude), axis=0)})
