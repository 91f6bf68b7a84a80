"""Faults of the gradient with respect to offsets, on images that are moved as they should be."""

from __future__ import annotations

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.core.kinds import Kind
from parity_suite.faults.fault import Ask, Given, swapped
from parity_suite.ptychography.faults.gradients import WrongGradient


class _OfOffsets(WrongGradient):
    """The gradient ``spoilt``; that of the images is right."""

    wrt = "offsets"

    def wrong(self, ask: Ask, given: Given) -> Array:
        return self.spoilt(ask(given), given["inputs"])

    def spoilt(self, gradient: Array, inputs: Given) -> Array:
        raise NotImplementedError


class OffsetGradientSign(_OfOffsets, stage="translate", kind=Kind.SIGN):
    """Gives the gradient with respect to where a pixel comes from, minus that with respect to the offset."""

    def spoilt(self, gradient: Array, inputs: Given) -> Array:
        return -gradient


class OffsetGradientZero(_OfOffsets, stage="translate", kind=Kind.ZERO):
    """Lets no gradient through to the offsets, as where they are rounded on the way."""

    def spoilt(self, gradient: Array, inputs: Given) -> Array:
        return np.zeros_like(gradient)


class OffsetGradientSwapped(_OfOffsets, stage="translate", kind=Kind.AXES):
    """Gives the gradient with respect to y for that with respect to x."""

    def spoilt(self, gradient: Array, inputs: Given) -> Array:
        return swapped(gradient)


class OffsetGradientMean(_OfOffsets, stage="translate", kind=Kind.REDUCTION):
    """Takes the mean over a block of images for the gradient of the offset that moves them all, not the sum."""

    def spoilt(self, gradient: Array, inputs: Given) -> Array:
        return gradient / max(1, len(inputs["images"]) // max(1, len(inputs["offsets"])))
