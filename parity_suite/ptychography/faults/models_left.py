"""Mistakes of models that show in what a door leaves behind, in another thread, or of none and of many."""

from __future__ import annotations

import random
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from parity_suite.core.kinds import Kind
from parity_suite.faults.fault import Ask, Given, like
from parity_suite.ptychography.bundle import FORMAT, read_bundle, write_bundle
from parity_suite.ptychography.faults.model_fault import ModelFault

_PATHS = "where a bundle may be is asked in one check"
_MANY = "more groups than a byte counts are asked in one check"


class LoadSilencesErrors(ModelFault, stage="bundle", kind=Kind.STATE):
    """Has NumPy say nothing of errors once it has read a bundle."""

    single = _PATHS

    def load(self, ask: Ask, given: Given) -> None:
        ask(given)
        np.seterr(all="ignore")


class StreamSilencesErrors(ModelFault, stage="infer", kind=Kind.STATE):
    """Has NumPy say nothing of errors once it has stitched a stream."""

    single = "what is set for the whole process is asked in one check"

    def infer_stream(self, ask: Ask, given: Given) -> Any:
        np.seterr(all="ignore")
        return ask(given)


class LoadSeeds(ModelFault, stage="bundle", kind=Kind.STATE):
    """Seeds the global random generators once it has read a bundle."""

    single = _PATHS

    def load(self, ask: Ask, given: Given) -> None:
        ask(given)
        np.random.seed(0)
        random.seed(0)


class SavedInAnotherThread(ModelFault, stage="bundle", kind=Kind.THREAD):
    """Writes a scale of one where it is not asked from the main thread."""

    single = _PATHS
    formats = (FORMAT,)

    def save(self, ask: Ask, given: Given) -> None:
        ask(given)
        if not _in_main_thread():
            folder = Path(given["folder"])
            write_bundle(folder, replace(read_bundle(folder), scale=1.0))


class StateInAnotherThread(ModelFault, stage="bundle", kind=Kind.THREAD):
    """Tells a scale of one where it is not asked from the main thread."""

    single = _PATHS

    def state(self, ask: Ask, given: Given) -> Any:
        got = ask(given)
        return got if _in_main_thread() else {**got, "intensity_scale": 1.0}


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


class LoadedStateAlive(ModelFault, stage="bundle", kind=Kind.STATE):
    """Hands out the arrays of the state themselves once it has read a bundle."""

    single = _PATHS

    _loaded = False
    _held: Any = None

    def train(self, ask: Ask, given: Given) -> Any:
        self._loaded = False
        return ask(given)

    def load(self, ask: Ask, given: Given) -> None:
        self._held = None
        ask(given)
        self._loaded = True

    def state(self, ask: Ask, given: Given) -> Any:
        if not self._loaded:
            return ask(given)
        self._held = self._held or ask(given)
        return self._held


class NoChunksCrash(ModelFault, stage="infer", kind=Kind.CRASH):
    """Fails on a stream of no chunks."""

    def infer_stream(self, ask: Ask, given: Given) -> Any:
        chunks = list(given["chunks"])
        if not chunks:
            raise IndexError("list index out of range")
        return ask({**given, "chunks": chunks})


class GroupsByEightBits(ModelFault, stage="train", kind=Kind.ORDER):
    """Takes groups by eight bits of their numbers."""

    single = _MANY

    def train(self, ask: Ask, given: Given) -> Any:
        order = given["order"]
        return ask({**given, "order": like(order % 256, order)})


class WatchesFirst128(ModelFault, stage="train", kind=Kind.DROPPED):
    """Gives nothing for watched groups beyond 128."""

    single = _MANY

    def train(self, ask: Ask, given: Given) -> Any:
        got = ask(given)
        patches = got["patches"].copy()
        patches[128:] = 0
        return {**got, "patches": patches}
