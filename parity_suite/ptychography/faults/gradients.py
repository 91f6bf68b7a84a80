"""Faults of gradients: the value of a stage is right, and what is differentiated is not."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.backends.exceptions import NotProvided
from parity_suite.core.kinds import Kind
from parity_suite.faults.broken import troubles
from parity_suite.faults.fault import Ask, Fault, Given, like
from parity_suite.faults.need import Need
from parity_suite.ptychography.faults.needs import InputNeed


class WrongGradient(Fault):
    """Answers as the right stage does; ``vjp`` is wrong."""

    #: the input whose gradient is wrong; empty for any
    wrt: ClassVar[str] = ""

    @classmethod
    def doors(cls) -> tuple[str, ...]:
        return (*super().doors(), "vjp")

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask(given)

    def vjp(self, ask: Ask, given: Given) -> Array:
        if self.wrt not in ("", given["wrt"]):
            right: Array = ask(given)
            return right
        try:
            gradient = self.wrong(ask, given)
        except NotProvided as reason:
            noted = troubles()
            noted.withheld = str(reason) if noted.withheld is None else noted.withheld
            raise
        troubles().withheld = ""
        return gradient

    def wrong(self, ask: Ask, given: Given) -> Array:
        """The wrong gradient; ``ask`` gives the right one of the arguments of ``vjp``. Must not write into them."""
        raise NotImplementedError


class GradientOfProductUnconjugated(WrongGradient, stage="illuminate", kind=Kind.CONJUGATE):
    """Multiplies by the other factor of the product where its conjugate is due."""

    def wrong(self, ask: Ask, given: Given) -> Array:
        gradient: Array = ask({**given, "cotangent": np.conj(given["cotangent"])})
        return np.conj(gradient)


class GradientOfProbeFromOneItem(WrongGradient, stage="illuminate", kind=Kind.DROPPED):
    """Takes the gradient of the probe from the last item of the batch alone, as where a loop overwrites it."""

    wrt = "probe"

    def wrong(self, ask: Ask, given: Given) -> Array:
        cotangent = np.array(given["cotangent"])
        cotangent[:-1] = 0
        gradient: Array = ask({**given, "cotangent": cotangent})
        return gradient


class GradientOfOverlapAveraged(WrongGradient, stage="extract", kind=Kind.REDUCTION, needs=(InputNeed.OVERLAP,)):
    """Takes the mean over the patches that share a pixel of the object, not the sum."""

    def wrong(self, ask: Ask, given: Given) -> Array:
        gradient: Array = ask(given)
        shares = np.real(ask({**given, "cotangent": np.ones_like(given["cotangent"])}))
        return like(gradient / np.maximum(shares, 1), gradient)


class GradientBesideThePatch(WrongGradient, stage="reassemble", kind=Kind.SHIFT):
    """Reads the gradient of a patch one column beside where it was put."""

    def wrong(self, ask: Ask, given: Given) -> Array:
        centre = given["inputs"]["centre"]
        step = np.array([1, 0], centre.dtype).reshape((1, 1, 2, 1) if centre.ndim > 1 else 2)
        gradient: Array = ask({**given, "inputs": {**given["inputs"], "centre": centre + step}})
        return gradient


class GradientMovedForward(WrongGradient, stage="translate", kind=Kind.SIGN):
    """Moves the gradient of the images with them, where it has to be moved back."""

    wrt = "images"

    def wrong(self, ask: Ask, given: Given) -> Array:
        inputs = given["inputs"]
        gradient: Array = ask({**given, "inputs": {**inputs, "offsets": -inputs["offsets"]}})
        return gradient


class GradientOfFirstOfItsShape(WrongGradient, stage="diffract", kind=Kind.STATE, needs=(Need.AGAIN,)):
    """Gives the gradient at the first wave of a shape for that at any other, as where what it kept stays."""

    def __init__(self) -> None:
        self._first: dict[tuple[int, ...], Array] = {}

    def wrong(self, ask: Ask, given: Given) -> Array:
        psi = given["inputs"]["psi"]
        first = self._first.setdefault(psi.shape, np.array(psi))
        gradient: Array = ask({**given, "inputs": {**given["inputs"], "psi": first}})
        return gradient


class GradientWrittenOver(WrongGradient, stage="diffract", kind=Kind.STATE, needs=(Need.AGAIN,)):
    """Hands out one array for all gradients of a shape, which the next one is written into."""

    def __init__(self) -> None:
        self._buffers: dict[tuple[int, ...], Array] = {}

    def wrong(self, ask: Ask, given: Given) -> Array:
        gradient: Array = ask(given)
        buffer = self._buffers.setdefault(gradient.shape, np.empty_like(gradient))
        buffer[...] = gradient
        return buffer
