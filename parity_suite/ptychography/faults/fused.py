"""Faults of a method that illuminates and diffracts in one, whose backend does each of the two rightly."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from parity_suite.core.kinds import Kind
from parity_suite.faults.fault import Ask, Fault, Given, like
from parity_suite.faults.need import Need
from parity_suite.ptychography.faults.needs import InputNeed

_FAR_FIELD: Final = "illuminate+diffract"


class ProbeConjugatedInOne(Fault, stage=_FAR_FIELD, kind=Kind.CONJUGATE, needs=(Need.FUSED,)):
    """Multiplies by the conjugate of the probe, where the stage by itself does not."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "probe": given["probe"].conj()})


class ModesLeftOutInOne(Fault, stage=_FAR_FIELD, kind=Kind.DROPPED, needs=(Need.FUSED, InputNeed.MODES)):
    """Takes the first probe mode alone."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "probe": given["probe"][:1]})


class CornerInOne(Fault, stage=_FAR_FIELD, kind=Kind.FFTSHIFT, needs=(Need.FUSED,)):
    """Leaves the zero frequency in the corner, where the stage by itself does not."""

    def answer(self, ask: Ask, given: Given) -> Any:
        got = ask(given)
        return like(np.ascontiguousarray(np.fft.ifftshift(got, axes=(1, 2))), got)
