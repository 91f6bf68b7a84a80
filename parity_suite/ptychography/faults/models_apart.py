"""Mistakes of models that show in one situation alone: a setting, a step, a form, a thread, a precision."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.core.kinds import Kind
from parity_suite.faults.fault import Ask, Given
from parity_suite.ptychography.bundle import FORMAT, Bundle, read_bundle, write_bundle
from parity_suite.ptychography.faults.bundles import load_instead
from parity_suite.ptychography.faults.by_hand import ByHand
from parity_suite.ptychography.faults.model_fault import ModelFault
from parity_suite.ptychography.learning.settings import TrainingSettings


class WatchIgnored(ModelFault, stage="train", kind=Kind.IGNORED):
    """Gives the patches of the first groups for those that are watched."""

    single = "groups in another order are watched in one check"

    def train(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "watch": np.arange(len(given["watch"]))})


class BetasHardWired(ModelFault, stage="train", kind=Kind.IGNORED):
    """Takes Adam's usual betas whatever the settings say."""

    single = "settings that no lesson has are asked in one check"

    def train(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "settings": {**given["settings"], "beta1": 0.9, "beta2": 0.999}})


class GivenScaleNotTrained(ModelFault, stage="train", kind=Kind.FROZEN):
    """Keeps a scale that was learned before as it was given."""

    single = "settings that no lesson has are asked in one check"

    def train(self, ask: Ask, given: Given) -> Any:
        kept = given["scale"] is not None
        return ask({**given, "settings": {**given["settings"], "train_scale": False}} if kept else given)


class GroupsOnceInOneStep(ModelFault, stage="train", kind=Kind.DROPPED):
    """Takes another group for one that is in a step twice."""

    single = "settings that no lesson has are asked in one check"

    def train(self, ask: Ask, given: Given) -> Any:
        order = given["order"].copy()
        for step in order:
            _, first = np.unique(step, return_index=True)
            again = np.setdiff1d(np.arange(len(step)), first)
            step[again] = (step[again] + 1) % len(given["counts"])
        return ask({**given, "order": order})


class RateHalvedAfterSixSteps(ByHand, stage="train", kind=Kind.OPTIMISER):
    """Halves the learning rate after six steps."""

    def step(self, name: str, parameter: Array, gradient: Array, mean: Array, square: Array, t: int) -> Array:
        right = super().step(name, parameter, gradient, mean, square, t)
        return right if t <= 6 else np.asarray((right + parameter) / 2)


class TrainsOnNan(ModelFault, stage="train", kind=Kind.REFUSAL):
    """Takes counts that are no number for none."""

    lenient = True
    single = "what a training refuses is asked in one check"

    def train(self, ask: Ask, given: Given) -> Any:
        counts = given["counts"]
        return ask({**given, "counts": np.nan_to_num(counts) if _is_real(counts) else counts})


class InfersFromNan(ModelFault, stage="infer", kind=Kind.REFUSAL):
    """Takes amplitudes that are no number for none."""

    lenient = True
    single = "what an inference refuses is asked in one check"

    def infer(self, ask: Ask, given: Given) -> Any:
        amplitude = given["amplitude"]
        return ask({**given, "amplitude": np.nan_to_num(amplitude) if _is_real(amplitude) else amplitude})


def _is_real(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind == "f"


class StateAlive(ModelFault, stage="train", kind=Kind.STATE):
    """Hands out the arrays of the state themselves."""

    single = "a state is written over in one check"

    _held: Mapping[str, Any] | None = None

    def train(self, ask: Ask, given: Given) -> Any:
        self._held = None
        return ask(given)

    def load(self, ask: Ask, given: Given) -> None:
        self._held = None
        ask(given)

    def state(self, ask: Ask, given: Given) -> Any:
        self._held = self._held or ask(given)
        return self._held


class InferredInAnotherThread(ModelFault, stage="infer", kind=Kind.THREAD):
    """Gives patches that are a hundredth too bright where it is not asked from the main thread."""

    single = "another thread is asked from in one check"

    def infer(self, ask: Ask, given: Given) -> Any:
        got = ask(given)
        here = threading.current_thread() is threading.main_thread()
        return got if here else (got * 1.01).astype(got.dtype)


class ConfigurationFromDefaults(ModelFault, stage="bundle", kind=Kind.STORAGE):
    """Writes default settings into a bundle, whatever it was trained with."""

    single = "the settings in a bundle are read in one check"

    formats = (FORMAT,)

    def save(self, ask: Ask, given: Given) -> None:
        ask(given)
        folder = Path(given["folder"])
        bundle = read_bundle(folder)
        write_bundle(folder, replace(bundle, config={**bundle.config, "training": TrainingSettings().to_json()}))


class _SettingFromDefaults(ModelFault):
    """Writes one setting as if it had been the default."""

    single = "the settings in a bundle are read in one check"
    formats = (FORMAT,)
    setting: ClassVar[str]

    def save(self, ask: Ask, given: Given) -> None:
        ask(given)
        folder = Path(given["folder"])
        bundle, default = read_bundle(folder), TrainingSettings().to_json()[self.setting]
        training = {**bundle.config["training"], self.setting: default}
        write_bundle(folder, replace(bundle, config={**bundle.config, "training": training}))


class SecondBetaFromDefaults(_SettingFromDefaults, stage="bundle", kind=Kind.STORAGE):
    """Writes the default of the second beta into a bundle."""

    setting = "beta2"


class ScaleSaidToBeTrained(_SettingFromDefaults, stage="bundle", kind=Kind.STORAGE):
    """Writes into a bundle that the scale was trained, as by default."""

    setting = "train_scale"


class ScaleOneInAnotherPrecision(ModelFault, stage="bundle", kind=Kind.STORAGE):
    """Reads a bundle that was written in another precision with a scale of one."""

    formats = (FORMAT,)

    def load(self, ask: Ask, given: Given) -> None:
        load_instead(ask, read_bundle(Path(given["folder"])), self._understood)

    def _understood(self, bundle: Bundle) -> Bundle:
        here = self.right.backend.precision
        return bundle if bundle.config["precision"] == here else replace(bundle, scale=1.0)


class EarlierBundleRewritten(ModelFault, stage="bundle", kind=Kind.STORAGE):
    """Writes a model into the folder of the one before it too."""

    _before = ""

    def save(self, ask: Ask, given: Given) -> None:
        ask(given)
        if self._before and Path(self._before).is_dir():
            ask({"folder": self._before})
        type(self)._before = given["folder"]
