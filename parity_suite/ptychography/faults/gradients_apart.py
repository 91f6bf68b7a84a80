"""Faults of gradients that show in one situation alone: a third mode, many items, a choice, a thread."""

from __future__ import annotations

import threading
from typing import ClassVar

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.core.kinds import Kind
from parity_suite.faults.fault import Ask, Given, like
from parity_suite.faults.need import Need
from parity_suite.ptychography.faults.gradients import WrongGradient
from parity_suite.ptychography.faults.needs import InputNeed


class GradientOfThirdModeMissing(WrongGradient, stage="diffract", kind=Kind.DROPPED):
    """Lets no gradient through to a third mode."""

    def wrong(self, ask: Ask, given: Given) -> Array:
        got = np.array(ask(given))
        got[:, 2:] = 0
        return got


class GradientAfterHundredMissing(WrongGradient, stage="loss", kind=Kind.DROPPED):
    """Lets no gradient through to the items after the hundredth."""

    def wrong(self, ask: Ask, given: Given) -> Array:
        got = np.array(ask(given))
        got[100:] = 0
        return got


class GradientAfterThousandMissing(WrongGradient, stage="extract", kind=Kind.DROPPED, needs=(Need.CROWD,)):
    """Leaves what the patches of the groups after the thousandth add out of the gradient of the object."""

    single = "a gradient of thousands of items is asked for in one check"

    def wrong(self, ask: Ask, given: Given) -> Array:
        inputs = given["inputs"]
        few = {**inputs, "positions": inputs["positions"][:1000]}
        found: Array = ask({**given, "inputs": few, "cotangent": given["cotangent"][:1000]})
        return found


class GradientOfOverlapCapped(WrongGradient, stage="extract", kind=Kind.CLIPPED, needs=(Need.CROWD,)):
    """Holds the gradient of a pixel of the object at that of 255 patches, as a counter of eight bits does."""

    single = "so many patches lie on one pixel in one check"

    def wrong(self, ask: Ask, given: Given) -> Array:
        right, ones = np.array(ask(given)), np.ones_like(given["cotangent"])
        patches = np.abs(ask({**given, "cotangent": ones}))
        return like(right * np.minimum(1, 255 / np.maximum(patches, 1)), right)


class GradientOfNearestInterpolated(WrongGradient, stage="translate", kind=Kind.IGNORED, needs=(InputNeed.NEAREST,)):
    """Gives the gradient of the interpolation where the nearest pixel was asked for."""

    wrt = "images"

    def wrong(self, ask: Ask, given: Given) -> Array:
        plain: Array = ask({**given, "inputs": {**given["inputs"], "interpolation": None}})
        return plain


class GradientOfPowerMissingInObject(WrongGradient, stage="objective", kind=Kind.DROPPED, needs=(InputNeed.SMALL,)):
    """Takes the factor that holds the power of the probe for a constant where groups are reassembled."""

    wrt = "probe"

    def wrong(self, ask: Ask, given: Given) -> Array:
        inputs = given["inputs"]
        found: Array = ask({**given, "inputs": {**inputs, "power": None}} if inputs["object_big"] else given)
        return found


class GradientOfTheFirstProbe(WrongGradient, stage="illuminate", kind=Kind.STATE, needs=(Need.AGAIN,)):
    """Differentiates by the patches with the probe that it was first given, as one that a graph captured."""

    single = "one check asks an instance for gradients beside two probes of one shape"

    wrt = "patches"
    _captured: ClassVar[str] = "probe"

    def __init__(self) -> None:
        self._first: dict[tuple[int, ...], Array] = {}

    def wrong(self, ask: Ask, given: Given) -> Array:
        now = given["inputs"][self._captured]
        first = self._first.setdefault(now.shape, now.copy())
        found: Array = ask({**given, "inputs": {**given["inputs"], self._captured: first}})
        return found


class GradientAtTheFirstWeights(
    GradientOfTheFirstProbe, stage="objective", kind=Kind.STATE, needs=(Need.AGAIN, InputNeed.SMALL)
):
    """Differentiates by the weights at those that it was first given, as ones that a graph captured."""

    single = "one check asks an instance for gradients at two sets of weights"

    wrt = "weights"
    _captured = "weights"


class GradientOfDarkObjectMissing(WrongGradient, stage="extract", kind=Kind.DROPPED, needs=(Need.AGAIN,)):
    """Lets no gradient through to pixels of the object that are zero, as a mask of its support does."""

    def wrong(self, ask: Ask, given: Given) -> Array:
        found: Array = np.where(given["inputs"]["object"] == 0, 0, ask(given))
        return like(found, given["inputs"]["object"])


class GradientOfWideImagesUnturned(WrongGradient, stage="translate", kind=Kind.SIGN, needs=(InputNeed.WIDE,)):
    """Moves the cotangent of images that are wider than high as the images are moved, and not back."""

    wrt = "images"

    def wrong(self, ask: Ask, given: Given) -> Array:
        inputs = given["inputs"]
        wide = inputs["images"].shape[2] > inputs["images"].shape[1]
        found: Array = ask({**given, "inputs": {**inputs, "offsets": -inputs["offsets"]}} if wide else given)
        return found


class CotangentWrittenOver(WrongGradient, stage="diffract", kind=Kind.IN_PLACE, needs=(Need.AGAIN,)):
    """Takes the cotangent that it is given for room of its own."""

    def wrong(self, ask: Ask, given: Given) -> Array:
        got: Array = ask(given)
        if given["cotangent"].flags.writeable:
            given["cotangent"][...] *= 0.5
        return got


class GradientMissingInAnotherThread(WrongGradient, stage="extract", kind=Kind.THREAD, needs=(Need.AGAIN,)):
    """Lets no gradient through where it is not asked from the main thread."""

    def wrong(self, ask: Ask, given: Given) -> Array:
        got: Array = ask(given)
        return got if threading.current_thread() is threading.main_thread() else np.zeros_like(got)
