"""Faults of batches of one size alone: of none, of one, of those that a block does not divide, and of thousands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.core.kinds import Kind
from parity_suite.faults.fault import Ask, Fault, Given, like, towards
from parity_suite.faults.need import Need
from parity_suite.ptychography.faults.copies import StreamFault, at_once
from parity_suite.ptychography.faults.needs import InputNeed

#: Patches above which the history's reassembly took another path, and the block in which a silent one works.
_MANY: Final = 5000
_BLOCK: Final = 4096


class EmptyShiftCrashes(Fault, stage="translate", kind=Kind.CRASH, history=("F10",), needs=(InputNeed.EMPTY,)):
    """Fails where there is no image to move."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask(_some(given, "images"))


class EmptyCutCrashes(Fault, stage="extract", kind=Kind.CRASH, history=("F10",), needs=(InputNeed.EMPTY,)):
    """Fails where there is no position to cut at."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask(_some(given, "positions"))


class EmptyStitchCrashes(Fault, stage="reassemble", kind=Kind.CRASH, history=("F10",), needs=(InputNeed.EMPTY,)):
    """Fails where there is no patch to put down."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask(_some(given, "patches"))


class EmptyChunkNotStitched(
    StreamFault, stage="reassemble", kind=Kind.CRASH, history=("F10",), needs=(InputNeed.EMPTY,)
):
    """Fails on a chunk of a stream that holds no patches, and is right where everything comes at once."""

    def stream(self, ask: Ask, chunks: Sequence[tuple[Array, Array]], rest: Given) -> Any:
        return at_once(self, ask, [chunk for chunk in chunks if _some({"patches": chunk[0]}, "patches")], rest)


class StreamEndsAtEmptyChunk(StreamFault, stage="reassemble", kind=Kind.DROPPED, needs=(InputNeed.EMPTY,)):
    """Takes a chunk of a stream that holds no patches for the end of it."""

    single = "one stream has a chunk of none before others"

    def stream(self, ask: Ask, chunks: Sequence[tuple[Array, Array]], rest: Given) -> Any:
        end = next((k for k, (patches, _) in enumerate(chunks) if not len(patches)), len(chunks))
        return at_once(self, ask, chunks[: max(end, 1)], rest)


def _some(given: Given, name: str) -> Given:
    """What was given, unless that is nothing."""
    if not len(given[name]):
        raise RuntimeError("Input to reshape is a tensor with 0 elements, but the requested shape has 4")
    return given


class LoneImageSqueezed(Fault, stage="translate", kind=Kind.SHAPE):
    """Drops the axis of the batch where it holds one image."""

    def answer(self, ask: Ask, given: Given) -> Any:
        moved = ask(given)
        return moved[0] if len(moved) == 1 else moved


class UnmovedAtGridsizeOne(Fault, stage="translate", kind=Kind.IGNORED, history=("F11",)):
    """Leaves images where they are if each has an offset of its own, as at gridsize 1."""

    def answer(self, ask: Ask, given: Given) -> Any:
        each = len(given["offsets"]) == len(given["images"])
        return ask({**given, "offsets": np.zeros_like(given["offsets"])} if each else given)


class StitchCrashesAtGridsizeOne(Fault, stage="reassemble", kind=Kind.CRASH, history=("F11",)):
    """Fails on groups of one patch, whose offsets it cannot take apart."""

    def answer(self, ask: Ask, given: Given) -> Any:
        if given["patches"].shape[3] == 1:
            raise RuntimeError("Dimension 3 in both shapes must be equal, but are 1 and 4")
        return ask(given)


class StitchUnmovedAtGridsizeOne(Fault, stage="reassemble", kind=Kind.IGNORED, history=("F11",)):
    """Puts every patch of a group of one onto the middle of the canvas."""

    def answer(self, ask: Ask, given: Given) -> Any:
        positions = given["positions"]
        if positions.shape[3] > 1:
            return ask(given)
        return ask({**given, "positions": like(0 * positions + towards(given["centre"]), positions)})


class RemainderDropped(Fault, stage="translate", kind=Kind.DROPPED, history=("F10",)):
    """Moves images in blocks of three and leaves out the rest."""

    def answer(self, ask: Ask, given: Given) -> Any:
        moved = ask(given)
        return moved[: len(moved) // 3 * 3] if len(moved) > 3 else moved


class BigBatchSummedIntoOne(Fault, stage="translate", kind=Kind.REPEATED, history=("F12",), needs=(Need.BATCH,)):
    """Gives the sum of all moved images for each of a batch of 64 or more."""

    def answer(self, ask: Ask, given: Given) -> Any:
        moved = ask(given)
        return np.repeat(moved.sum(axis=0, keepdims=True), len(moved), axis=0) if len(moved) >= 64 else moved


class BigBatchOnOneCanvas(Fault, stage="reassemble", kind=Kind.REPEATED, history=("F12",), needs=(Need.BATCH,)):
    """Gives one canvas, of all groups, to each of 64 or more that were to have their own."""

    def answer(self, ask: Ask, given: Given) -> Any:
        got = ask(given)
        if given["centre"].ndim == 1 or len(given["patches"]) < 64:
            return got
        return {n: like(np.broadcast_to(v.sum(axis=0), v.shape), v) for n, v in got.items()}


class ManyShiftsCrash(Fault, stage="translate", kind=Kind.CRASH, history=("F12",), needs=(Need.CROWD,)):
    """Fails on more than 5,000 images, which take another path."""

    single = "more than 5,000 items are asked for in one check, which takes as long as fifty others"

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask(_few(given, len(given["images"])))


class ManyPatchesCrash(Fault, stage="reassemble", kind=Kind.CRASH, history=("F12",), needs=(Need.CROWD,)):
    """Fails on more than 5,000 patches, which take another path."""

    single = "more than 5,000 items are asked for in one check, which takes as long as fifty others"

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask(_few(given, given["patches"].shape[0] * given["patches"].shape[3]))


def _few(given: Given, count: int) -> Given:
    """What was given, unless that is too much."""
    if count > _MANY:
        raise RuntimeError("required broadcastable shapes [Op:AddV2]")
    return given


class OffsetsRestart(Fault, stage="translate", kind=Kind.ORDER, history=("F12",), needs=(Need.CROWD,)):
    """Begins again with the first offset after 4,096 images."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "offsets": _restarted(given["offsets"])})


class CutPositionsRestart(Fault, stage="extract", kind=Kind.ORDER, history=("F12",), needs=(Need.CROWD,)):
    """Begins again with the first position after 4,096 groups."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "positions": _restarted(given["positions"])})


class StitchPositionsRestart(Fault, stage="reassemble", kind=Kind.ORDER, history=("F12",), needs=(Need.CROWD,)):
    """Begins again with the first position after 4,096 groups."""

    single = "more than 5,000 items are asked for in one check, which takes as long as fifty others"

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "positions": _restarted(given["positions"])})


def _restarted(vectors: Array) -> Array:
    return np.ascontiguousarray(vectors[np.arange(len(vectors)) % _BLOCK])
