"""Mistakes of trainings that show in one situation alone: a size of a step, a canvas, a form, the lesson before it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from shutil import copytree
from typing import Any, ClassVar

import numpy as np

from parity_suite.core.kinds import Kind
from parity_suite.faults.conditional import in_memory
from parity_suite.faults.fault import Ask, Given, like
from parity_suite.ptychography.faults.by_hand import ByHand
from parity_suite.ptychography.faults.model_fault import ModelFault, weights_in

_SETTINGS = "what no lesson has is asked in one check"


class LossOverFour(ByHand, stage="train", kind=Kind.MADE_FOR):
    """Divides the loss of a step by four, however many groups it has."""

    single = _SETTINGS

    def loss(self, value: float, groups: int) -> float:
        return value * groups / 4


class CentresFromPositions(ModelFault, stage="train", kind=Kind.IGNORED):
    """Takes the mean of the positions of a group for its centre, whatever it is given."""

    single = _SETTINGS

    def train(self, ask: Ask, given: Given) -> Any:
        middle = given["positions"].mean(axis=3, keepdims=True)
        return ask({**given, "centres": like(middle, given["centres"])})


class FirstScaleOfGroupsInOrder(ModelFault, stage="train", kind=Kind.FORMULA):
    """Starts from the scale of the groups that are in a step alone, where none was learned."""

    single = _SETTINGS

    def train(self, ask: Ask, given: Given) -> Any:
        used = np.unique(given["order"])
        if given["scale"] is not None or not used.size:
            return ask(given)
        own = {**given, "order": given["order"][:0], "counts": given["counts"][used], "watch": given["watch"][:0]}
        ask({**own, "positions": given["positions"][used], "centres": given["centres"][used]})
        return ask({**given, "scale": self.right.state()["intensity_scale"]})


class CanvasFromPositions(ModelFault, stage="train", kind=Kind.IGNORED):
    """Makes a canvas that holds every patch, whatever it is given."""

    single = _SETTINGS

    def train(self, ask: Ask, given: Given) -> Any:
        reach = int(np.ceil(np.abs(given["positions"] - given["centres"]).max()))
        side = given["counts"].shape[1] + 2 * reach
        return ask({**given, "canvas": (side, side)})


class TrainedOnWholeCounts(ModelFault, stage="train", kind=Kind.WHOLE):
    """Drops what counts are beyond whole numbers."""

    single = _SETTINGS

    def train(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "counts": np.floor(given["counts"])})


class TrainedOnSixteenBits(ModelFault, stage="train", kind=Kind.CLIPPED):
    """Holds counts at what sixteen bits hold."""

    single = _SETTINGS

    def train(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "counts": np.minimum(given["counts"], 65535.0)})


class TrainedWithTwoModes(ModelFault, stage="train", kind=Kind.DROPPED):
    """Knows two modes, and no third."""

    single = _SETTINGS

    def train(self, ask: Ask, given: Given) -> Any:
        probe = given["probe"].copy()
        probe[2:] = 0
        return ask({**given, "probe": probe})


class NoMomentumTakenForNone(ModelFault, stage="train", kind=Kind.IGNORED):
    """Takes a first beta of zero for one that was not given."""

    single = _SETTINGS

    def train(self, ask: Ask, given: Given) -> Any:
        settings = given["settings"]
        return ask({**given, "settings": {**settings, "beta1": settings["beta1"] or 0.9}})


class ScaleOfOneTakenForNone(ModelFault, stage="train", kind=Kind.IGNORED):
    """Starts from the scale of the data where one of exactly one is given."""

    single = _SETTINGS

    def train(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "scale": None} if given["scale"] == 1.0 else given)


class NobodyWatchedCrashes(ModelFault, stage="train", kind=Kind.CRASH):
    """Fails where no group is watched."""

    single = _SETTINGS

    def train(self, ask: Ask, given: Given) -> Any:
        if not len(given["watch"]):
            raise IndexError("no group to watch")
        return ask(given)


class FirstOfSingleGroups(ModelFault, stage="train", kind=Kind.REPEATED):
    """Takes the first group in every step where a step has one."""

    single = _SETTINGS

    def train(self, ask: Ask, given: Given) -> Any:
        order = given["order"]
        return ask({**given, "order": np.zeros_like(order)} if order.shape[1] == 1 else given)


class _KeepsOfFirst(ModelFault):
    """Keeps an input from the first training of an instance."""

    kept: ClassVar[str]
    _first: Any = None

    def train(self, ask: Ask, given: Given) -> Any:
        if self._first is None or np.shape(self._first) != np.shape(given[self.kept]):
            self._first = given[self.kept]
        return ask({**given, self.kept: self._first})


class ProbeOfFirstTraining(_KeepsOfFirst, stage="train", kind=Kind.STATE):
    """Trains with the probe of the first training of an instance."""

    kept = "probe"


class SettingsOfFirstTraining(_KeepsOfFirst, stage="train", kind=Kind.STATE):
    """Trains with the settings of the first training of an instance."""

    kept = "settings"


class TrainsFromLoaded(ModelFault, stage="train", kind=Kind.STATE):
    """Starts the first training after a load from the weights that were loaded."""

    _loaded = False

    def load(self, ask: Ask, given: Given) -> None:
        ask(given)
        self._loaded = True

    def train(self, ask: Ask, given: Given) -> Any:
        start = {"weights": like(weights_in(self.right.state()), given["weights"])} if self._loaded else {}
        self._loaded = False
        return ask({**given, **start})


class TrainReadsMemory(ModelFault, stage="train", kind=Kind.FORM):
    """Takes arrays as they lie in memory, whatever their strides say."""

    def train(self, ask: Ask, given: Given) -> Any:
        return ask({name: in_memory(value) for name, value in given.items()})


class TrainNeedsWriteable(ModelFault, stage="train", kind=Kind.CRASH):
    """Fails on arrays that must not be written into."""

    single = "read-only arrays are given to a training in one check"

    def train(self, ask: Ask, given: Given) -> Any:
        if any(isinstance(value, np.ndarray) and not value.flags.writeable for value in given.values()):
            raise ValueError("buffer source array is read-only")
        return ask(given)


class TrainedSavedForLoaded(ModelFault, stage="bundle", kind=Kind.STORAGE):
    """Writes the model that was trained last, whatever was loaded since."""

    _trained: tempfile.TemporaryDirectory[str] | None = None

    def train(self, ask: Ask, given: Given) -> Any:
        got = ask(given)
        self._trained = tempfile.TemporaryDirectory(prefix="parity-fault-")
        self.right.save(f"{self._trained.name}/bundle")
        return got

    def save(self, ask: Ask, given: Given) -> None:
        if self._trained is None:
            ask(given)
        else:
            copytree(Path(self._trained.name, "bundle"), given["folder"], dirs_exist_ok=True)
