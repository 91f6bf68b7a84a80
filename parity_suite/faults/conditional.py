"""Mistakes that any stage can make and that show in one situation alone: a form of array, a number, a second question,
another thread.
"""

from __future__ import annotations

import os
import threading
from typing import Any, ClassVar

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.core.packs import BY_NAME
from parity_suite.faults.fault import Ask, Fault, Given, like


class ReadsMemory(Fault):
    """Takes arrays as they lie in memory, whatever their strides say."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({name: in_memory(value) for name, value in given.items()})


def in_memory(value: Any) -> Any:
    if not isinstance(value, np.ndarray) or not value.size or min(value.strides, default=1) <= 0:
        return value
    packed = np.empty(value.shape, value.dtype).strides
    return np.array(np.lib.stride_tricks.as_strided(value, value.shape, packed, writeable=False))


class ReadsForwards(Fault):
    """Takes arrays that run backwards in memory from their other end."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({name: forwards(value) for name, value in given.items()})


def forwards(value: Any) -> Any:
    """The array as its elements lie, where a step along any of its axes goes back."""
    runs_back = isinstance(value, np.ndarray) and value.size and min(value.strides, default=0) < 0
    return np.ascontiguousarray(np.flip(value)) if runs_back else value


class StepsThroughOne(Fault):
    """Takes an array that is one item for all as if the others were zero."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({name: _first_alone(value) for name, value in given.items()})


def _first_alone(value: Any) -> Any:
    if not isinstance(value, np.ndarray) or value.ndim < 2 or value.strides[0] or len(value) < 2:
        return value
    alone = value.copy()
    alone[1:] = 0
    return alone


def from_the_end(indices: Any, count: int) -> Any:
    """Indices below zero as those of what is counted from the end; what are no indices stay as they are."""
    if not isinstance(indices, np.ndarray) or indices.dtype.kind != "i":
        return indices
    return np.where((indices < 0) & (indices >= -count), indices + count, indices)


class SetsVariable(Fault):
    """Writes a variable of the environment that other code reads."""

    def answer(self, ask: Ask, given: Given) -> Any:
        os.environ.setdefault("RECONSTRUCTION_PATH", "fast")
        return ask(given)


class NeedsWriteable(Fault):
    """Fails on arrays that must not be written into."""

    def answer(self, ask: Ask, given: Given) -> Any:
        for value in given.values():
            if isinstance(value, np.ndarray) and not value.flags.writeable:
                raise ValueError("buffer source array is read-only")
        return ask(given)


class KeepsFirst(Fault):
    """Keeps the last of its arrays from the first call of these shapes."""

    def __init__(self) -> None:
        self._first: dict[Any, Array] = {}

    def answer(self, ask: Ask, given: Given) -> Any:
        arrays = {name: value for name, value in given.items() if isinstance(value, np.ndarray)}
        last = list(arrays)[-1]
        key = tuple((value.shape, value.dtype.str) for value in arrays.values())
        return ask({**given, last: self._first.setdefault(key, arrays[last].copy())})


class WrongInAnotherThread(Fault):
    """Gives a hundredth too much where it is not asked from the main thread."""

    def answer(self, ask: Ask, given: Given) -> Any:
        got = ask(given)
        return got if threading.current_thread() is threading.main_thread() else hundredth_more(got)


def hundredth_more(got: Any) -> Any:
    """All numbers of an answer a hundredth greater; of whole ones, one more."""
    if isinstance(got, dict):
        return {name: hundredth_more(value) for name, value in got.items()}
    if isinstance(got, np.ndarray):
        return got + 1 if got.dtype.kind in "iu" else like(got * 1.01, got)
    return got * 1.01 if isinstance(got, float) else got


class Reseeds(Fault):
    """Sets the seed of NumPy's global generator."""

    def answer(self, ask: Ask, given: Given) -> Any:
        np.random.seed(0)
        return ask(given)


class RestartsAfterMany(Fault):
    """Begins again with the first item after 2,048."""

    most: ClassVar[int] = 2048
    single = "thousands of items are asked for in one check"

    def answer(self, ask: Ask, given: Given) -> Any:
        stage = BY_NAME[self.stage]
        those = {field.name for field in stage.inputs if field.axes[:1] == (stage.batch_axis,)}
        return ask({name: self._restarted(value) if name in those else value for name, value in given.items()})

    def _restarted(self, value: Any) -> Any:
        if value is None or len(value) <= self.most:
            return value
        return np.ascontiguousarray(value[np.arange(len(value)) % self.most])


class RestartsAfterHundred(RestartsAfterMany):
    """Begins again with the first item after 128."""

    most = 128
    single = ""


class HandsOutItsOwn(Fault):
    """Keeps the answer to a question, and gives that very array to whoever asks it again."""

    def __init__(self) -> None:
        self._kept: tuple[Any, Any] | None = None

    def answer(self, ask: Ask, given: Given) -> Any:
        key = [(v.shape, v.tobytes()) if isinstance(v, np.ndarray) else v for v in given.values()]
        if self._kept is None or self._kept[0] != key:
            self._kept = key, ask(given)
        return self._kept[1]
