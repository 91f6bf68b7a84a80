"""Mistakes of inferences and of streams that show in one situation alone: a form, a thread, a size, a dark group."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.core.kinds import Kind
from parity_suite.faults.conditional import forwards, in_memory
from parity_suite.faults.fault import Ask, Given, like
from parity_suite.ptychography.faults.model_fault import ModelFault


class InferReadsMemory(ModelFault, stage="infer", kind=Kind.FORM):
    """Takes amplitudes as they lie in memory, whatever their strides say."""

    single = "amplitudes in other forms are asked for in one check"

    def infer(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "amplitude": in_memory(given["amplitude"])})


class StreamReadsMemory(ModelFault, stage="infer", kind=Kind.FORM):
    """Takes the arrays of a stream as they lie in memory, whatever their strides say."""

    single = "streams in other forms are asked for in one check"

    def infer_stream(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "chunks": [(in_memory(one), in_memory(places)) for one, places in given["chunks"]]})


class InferReadsForwards(ModelFault, stage="infer", kind=Kind.FORM):
    """Takes amplitudes that run backwards in memory from their other end."""

    single = "amplitudes in other forms are asked for in one check"

    def infer(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "amplitude": forwards(given["amplitude"])})


class StreamBlankInAnotherThread(ModelFault, stage="infer", kind=Kind.THREAD):
    """Stitches nothing where it is not asked from the main thread."""

    single = "a stream is stitched in another thread in one check"

    def infer_stream(self, ask: Ask, given: Given) -> Any:
        got: Mapping[str, Array] = ask(given)
        here = threading.current_thread() is threading.main_thread()
        return got if here else {name: np.zeros_like(value) for name, value in got.items()}


class LongChunkCutShort(ModelFault, stage="infer", kind=Kind.DROPPED):
    """Leaves out what follows the 64th group of a chunk."""

    single = "a chunk of hundreds of groups is asked for in one check"

    def infer_stream(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "chunks": ((one[:64], places[:64]) for one, places in given["chunks"])})


class HighCanvasOffByOne(ModelFault, stage="infer", kind=Kind.SHIFT):
    """Stitches one row too far down where a canvas is higher than wide."""

    def infer_stream(self, ask: Ask, given: Given) -> Any:
        got, (height, width) = ask(given), given["canvas"]
        return {name: np.roll(value, 1, axis=0) for name, value in got.items()} if height > width else got


class ChunksMustBeIterator(ModelFault, stage="infer", kind=Kind.CRASH):
    """Fails where its chunks are a list."""

    def infer_stream(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "chunks": _each(given["chunks"])})


def _each(chunks: Iterator[Any]) -> Iterator[Any]:
    while (one := next(chunks, None)) is not None:
        yield one


class DarkGroupBlank(ModelFault, stage="infer", kind=Kind.DROPPED):
    """Infers nothing for a group that saw no light."""

    def infer(self, ask: Ask, given: Given) -> Any:
        got = np.array(ask(given))
        got[~given["amplitude"].any(axis=(1, 2, 3))] = 0
        return got


class InferredFromEightBits(ModelFault, stage="infer", kind=Kind.CLIPPED):
    """Holds amplitudes at what eight bits hold."""

    def infer(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "amplitude": np.minimum(given["amplitude"], 255)})


class BrightPixelsHeld(ModelFault, stage="infer", kind=Kind.CLIPPED):
    """Holds amplitudes at ten thousand, where a detector saturates."""

    def infer(self, ask: Ask, given: Given) -> Any:
        amplitude = given["amplitude"]
        return ask({**given, "amplitude": like(np.minimum(amplitude, 1e4), amplitude)})
