"""Faults of cutting patches out of an object."""

from __future__ import annotations

from typing import Any

import numpy as np

from parity_suite.core.kinds import Kind
from parity_suite.faults.fault import Ask, Fault, Given, like, swapped
from parity_suite.ptychography.faults.needs import InputNeed


class CutOffsetSign(Fault, stage="extract", kind=Kind.SIGN):
    """Measures positions from the middle of the canvas with the wrong sign."""

    def answer(self, ask: Ask, given: Given) -> Any:
        height, width = given["object"].shape
        middle = np.array([width // 2, height // 2]).reshape(1, 1, 2, 1)
        return ask({**given, "positions": like(2 * middle - given["positions"], given["positions"])})


class CutAxesSwapped(Fault, stage="extract", kind=Kind.AXES):
    """Takes x for the row."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "positions": swapped(given["positions"])})


class CutAtNearestPixel(Fault, stage="extract", kind=Kind.NEAREST):
    """Rounds positions to whole pixels."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "positions": np.rint(given["positions"])})


class CutOffByOne(Fault, stage="extract", kind=Kind.SHIFT):
    """Puts pixel N//2 - 1 at the position."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "positions": given["positions"] + given["positions"].dtype.type(1)})


class CutBetweenPixels(Fault, stage="extract", kind=Kind.HALF_PIXEL):
    """Puts the middle of the patch, (N - 1) / 2, at the position: half a pixel off where N is even."""

    def answer(self, ask: Ask, given: Given) -> Any:
        shift = given["positions"].dtype.type(given["size"] // 2 - (given["size"] - 1) / 2)
        return ask({**given, "positions": given["positions"] + shift})


class CutEdgeReplicated(Fault, stage="extract", kind=Kind.REPLICATED, needs=(InputNeed.BORDER,)):
    """Repeats the border of the object outside it instead of zeros."""

    def answer(self, ask: Ask, given: Given) -> Any:
        canvas, positions, size = given["object"], given["positions"], given["size"]
        pad = 2 * size + 1
        ends = np.array(canvas.shape[::-1]).reshape(1, 1, 2, 1) + size
        # In float64: rounded again, the moved positions would show even where no patch hangs over the border.
        clipped = np.clip(positions.astype(np.float64), -size, ends) + pad
        return ask({"object": np.pad(canvas, pad, mode="edge"), "positions": clipped, "size": size})


class PatchesMirrored(Fault, stage="extract", kind=Kind.MIRROR):
    """Flips every patch left to right."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return np.ascontiguousarray(ask(given)[:, :, ::-1])


class PatchesTransposed(Fault, stage="extract", kind=Kind.TRANSPOSE):
    """Swaps rows and columns of every patch."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return np.ascontiguousarray(np.swapaxes(ask(given), 1, 2))


class PatchesConjugated(Fault, stage="extract", kind=Kind.CONJUGATE):
    """Conjugates every patch."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return np.conj(ask(given))


class ChannelsTransposed(Fault, stage="extract", kind=Kind.ORDER, history=("F22",), needs=(InputNeed.CHANNELS,)):
    """Counts channels along the columns of the grid."""

    def answer(self, ask: Ask, given: Given) -> Any:
        patches = ask(given)
        g = round(patches.shape[3] ** 0.5)
        order = np.arange(g * g).reshape(g, g).T.ravel() if g * g == patches.shape[3] else slice(None)
        return np.ascontiguousarray(patches[..., order])


class OneChannelForAll(Fault, stage="extract", kind=Kind.REPEATED, history=("F09",), needs=(InputNeed.CHANNELS,)):
    """Cuts every channel of a group at the position of its first."""

    def answer(self, ask: Ask, given: Given) -> Any:
        first = given["positions"][..., :1]
        return ask({**given, "positions": np.repeat(first, given["positions"].shape[3], axis=3)})


class LastPartialBatchBlank(Fault, stage="extract", kind=Kind.DROPPED, history=("F06", "F10")):
    """Works in batches of two and leaves the last one zero where it is not full."""

    def answer(self, ask: Ask, given: Given) -> Any:
        patches = ask(given).copy()
        patches[len(patches) // 2 * 2 :] = 0
        return patches
