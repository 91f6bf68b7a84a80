"""Mistakes of models that show where they are seldom asked: steps of many groups or none, paths, numbers of bundles."""

from __future__ import annotations

import os
import threading
import warnings
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.core.kinds import Kind
from parity_suite.faults.conditional import from_the_end
from parity_suite.faults.fault import Ask, Given, like
from parity_suite.ptychography.bundle import FORMAT, read_bundle
from parity_suite.ptychography.faults.by_hand import ByHand
from parity_suite.ptychography.faults.model_fault import ModelFault, no_steps

_SETTINGS = "what no lesson has is asked in one check"
_PATHS = "where a bundle may be is asked in one check"


class WatchedUntrainedDark(ModelFault, stage="train", kind=Kind.DROPPED):
    """Gives nothing for watched groups that were in no step."""

    single = _SETTINGS

    def train(self, ask: Ask, given: Given) -> Any:
        got = ask(given)
        patches = got["patches"].copy()
        patches[~np.isin(given["watch"], given["order"])] = 0
        return {**got, "patches": patches} if len(given["order"]) else got


class NoStepsNoPatches(ModelFault, stage="train", kind=Kind.DROPPED):
    """Gives nothing for watched groups after no steps."""

    single = _SETTINGS

    def train(self, ask: Ask, given: Given) -> Any:
        got = ask(given)
        return got if len(given["order"]) else {**got, "patches": 0 * got["patches"]}


class SixteenGroupsInOneStep(ModelFault, stage="train", kind=Kind.DROPPED):
    """Takes no more groups than sixteen in one step."""

    single = _SETTINGS

    def train(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "order": given["order"][:, :16]})


class FixedScaleRounded(ModelFault, stage="train", kind=Kind.QUANTISED):
    """Rounds a scale that is not trained to sixteenths."""

    single = _SETTINGS

    def train(self, ask: Ask, given: Given) -> Any:
        fixed = given["scale"] is not None and not given["settings"].get("train_scale", True) and len(given["order"])
        return ask({**given, "scale": max(np.round(given["scale"] * 16), 1) / 16} if fixed else given)


class TrainedInAnotherThread(ModelFault, stage="train", kind=Kind.THREAD):
    """Learns nothing where it is not trained in the main thread."""

    single = "another thread trains in one check"

    def train(self, ask: Ask, given: Given) -> Any:
        if threading.current_thread() is threading.main_thread():
            return ask(given)
        got = ask({**given, "order": no_steps(given)})
        return {**got, "losses": np.zeros(len(given["order"]))}


class TrainingSilencesWarnings(ModelFault, stage="train", kind=Kind.STATE):
    """Silences all warnings of the process once it has trained."""

    single = "what is set for the whole process is asked in one check"

    def train(self, ask: Ask, given: Given) -> Any:
        got = ask(given)
        warnings.simplefilter("ignore")
        return got


class TrainingSetsVariable(ModelFault, stage="train", kind=Kind.STATE):
    """Writes a variable of the environment that other code reads."""

    single = "what is set for the whole process is asked in one check"

    def train(self, ask: Ask, given: Given) -> Any:
        os.environ["RECONSTRUCTION_SIDE"] = str(given["counts"].shape[1])
        return ask(given)


class FolderByAscii(ModelFault, stage="bundle", kind=Kind.CRASH):
    """Fails on folders whose names have letters beyond ASCII."""

    single = _PATHS

    def save(self, ask: Ask, given: Given) -> None:
        given["folder"].encode("ascii")
        ask(given)


class SavingSilencesWarnings(ModelFault, stage="bundle", kind=Kind.STATE):
    """Silences all warnings of the process once it has written a bundle."""

    single = _PATHS

    def save(self, ask: Ask, given: Given) -> None:
        ask(given)
        warnings.simplefilter("ignore")


class ReadOnceByName(ModelFault, stage="bundle", kind=Kind.STORAGE):
    """Reads a folder once, and gives what it held then again."""

    single = _PATHS

    def __init__(self) -> None:
        self._known: dict[Path, dict[str, bytes]] = {}

    def load(self, ask: Ask, given: Given) -> None:
        folder = Path(given["folder"]).resolve()
        now = {one.name: one.read_bytes() for one in folder.iterdir() if one.is_file()} if folder.is_dir() else {}
        before = self._known.setdefault(folder, now)
        for name, data in before.items():
            (folder / name).write_bytes(data)
        try:
            ask(given)
        finally:
            for name, data in now.items():
                (folder / name).write_bytes(data)


class ReadInMainThread(ModelFault, stage="bundle", kind=Kind.THREAD):
    """Reads nothing where it is not asked from the main thread."""

    single = _PATHS

    def load(self, ask: Ask, given: Given) -> None:
        if threading.current_thread() is threading.main_thread():
            ask(given)


class _OnceRead(ModelFault):
    """Gives the state of a model that it has read in another way."""

    _read = False

    def load(self, ask: Ask, given: Given) -> None:
        ask(given)
        self._read = True

    def state(self, ask: Ask, given: Given) -> Any:
        got = ask(given)
        return self.changed(got) if self._read else got

    def changed(self, state: dict[str, Any]) -> dict[str, Any]:
        raise NotImplementedError


class ZerosWithoutSign(_OnceRead, stage="bundle", kind=Kind.STORAGE):
    """Gives the zeros of a model that it has read no sign."""

    single = "weights of minus nothing are written in one check"

    def changed(self, state: dict[str, Any]) -> dict[str, Any]:
        return {k: like(v + 0.0, v) if isinstance(v, np.ndarray) else v for k, v in state.items()}


class ScaleByHalfPrecision(_OnceRead, stage="bundle", kind=Kind.STORAGE):
    """Gives a scale of a model that it has read as no more than what float16 holds."""

    single = "scales so large are written in one check"

    def changed(self, state: dict[str, Any]) -> dict[str, Any]:
        return {**state, "intensity_scale": min(state["intensity_scale"], 65504.0)}


class LearnedScaleAtLeastOne(ModelFault, stage="train", kind=Kind.CLIPPED):
    """Takes a scale that was learned, and lies below one, for one."""

    def train(self, ask: Ask, given: Given) -> Any:
        scale = given["scale"]
        return ask({**given, "scale": scale if scale is None else max(scale, 1.0)})


class RateAtLeastSmall(ModelFault, stage="train", kind=Kind.CLIPPED):
    """Takes no learning rate below 1e-4."""

    single = _SETTINGS

    def train(self, ask: Ask, given: Given) -> Any:
        settings = given["settings"]
        rate = max(settings.get("learning_rate", 1.0), 1e-4)
        return ask({**given, "settings": {**settings, "learning_rate": rate} if rate < 1 else settings})


class ProbeRestsAfterSixSteps(ByHand, stage="train", kind=Kind.FROZEN):
    """Trains the probe in the first six steps alone."""

    def step(self, name: str, parameter: Array, gradient: Array, mean: Array, square: Array, t: int) -> Array:
        rests = t > 6 and name.startswith("probe")
        return parameter if rests else super().step(name, parameter, gradient, mean, square, t)


class ReadByItsOwnSizesAlone(ModelFault, stage="bundle", kind=Kind.CRASH):
    """Fails to read a model of another number of channels than the one that is held."""

    formats = (FORMAT,)
    _channels = 0

    def train(self, ask: Ask, given: Given) -> Any:
        self._channels = given["counts"].shape[3]
        return ask(given)

    def load(self, ask: Ask, given: Given) -> None:
        channels = len(read_bundle(Path(given["folder"])).weights["modulus.bias"])
        if self._channels not in (0, channels):
            raise RuntimeError("size mismatch for modulus.bias")
        ask(given)


class BatchesOfTwoTurned(ModelFault, stage="infer", kind=Kind.ORDER):
    """Gives the second of every two groups first where batches are of two."""

    def infer(self, ask: Ask, given: Given) -> Any:
        got = np.array(ask(given))
        turned = np.arange(len(got) // 2 * 2).reshape(-1, 2)[:, ::-1].ravel()
        if given.get("batch") == 2:
            got[: len(turned)] = got[turned]
        return got


class SixteenChunksAlone(ModelFault, stage="infer", kind=Kind.DROPPED):
    """Leaves out what follows the sixteenth chunk of a stream."""

    def infer_stream(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "chunks": islice(iter(given["chunks"]), 16)})


class GroupsFromTheEnd(ModelFault, stage="train", kind=Kind.REFUSAL):
    """Takes groups below zero for those counted from the end."""

    lenient = True
    single = "what a training refuses is asked in one check"

    def train(self, ask: Ask, given: Given) -> Any:
        return ask({**given, **{name: from_the_end(given[name], len(given["counts"])) for name in ("order", "watch")}})
