"""Faults of what goes into a training: another scale, other settings, another order, an earlier model."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.core.kinds import Kind
from parity_suite.faults.fault import Ask, Given
from parity_suite.ptychography.faults.model_fault import ModelFault, Remembering, no_steps, weights_in


def _with_settings(given: Given, **settings: Any) -> Given:
    return {**given, "settings": {**given["settings"], **settings}}


class FirstScaleOne(ModelFault, stage="train", kind=Kind.IGNORED, history=("F01", "F02")):
    """Starts from a scale of one where none was learned."""

    def train(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "scale": 1.0 if given["scale"] is None else given["scale"]})


class FirstScaleClosed(ModelFault, stage="train", kind=Kind.FORMULA, history=("F02",)):
    """Starts from the closed form of the scale instead of that of the data."""

    def train(self, ask: Ask, given: Given) -> Any:
        counts = given["counts"]
        photons = counts.sum() / (counts.shape[0] * counts.shape[3])
        closed = float(np.sqrt(photons) / (counts.shape[1] / 2))
        return ask({**given, "scale": closed if given["scale"] is None else given["scale"]})


class LearnedScaleForgotten(ModelFault, stage="train", kind=Kind.IGNORED, history=("F02", "F16")):
    """Starts from the scale of the data although one was learned."""

    def train(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "scale": None})


class ScaleOfFirstPattern(ModelFault, stage="train", kind=Kind.BATCH, history=("F02", "F04")):
    """Takes the first scale from the first group alone."""

    most: ClassVar[int] = 1

    def train(self, ask: Ask, given: Given) -> Any:
        if given["scale"] is not None:
            return ask(given)
        few = {name: given[name][: self.most] for name in ("counts", "positions", "centres")}
        ask({**given, **few, "order": no_steps(given), "watch": given["watch"][:0]})
        return ask({**given, "scale": self.right.state()["intensity_scale"]})


class ScaleOfFirstThousand(ScaleOfFirstPattern, stage="train", kind=Kind.BATCH):
    """Takes the first scale from the first thousand groups alone."""

    most = 1000


class ScaleNotTrained(ModelFault, stage="train", kind=Kind.FROZEN):
    """Keeps the intensity scale as it was at first."""

    def train(self, ask: Ask, given: Given) -> Any:
        return ask(_with_settings(given, train_scale=False))


class ScaleAlwaysTrained(ModelFault, stage="train", kind=Kind.FROZEN, history=("F16",)):
    """Trains the intensity scale although it is to stay."""

    single = "what must not move is asked by movement alone, in float64, for each setting"

    def train(self, ask: Ask, given: Given) -> Any:
        return ask(_with_settings(given, train_scale=True))


class ProbeNotTrained(ModelFault, stage="train", kind=Kind.FROZEN):
    """Keeps a probe that is to be trained."""

    def train(self, ask: Ask, given: Given) -> Any:
        return ask(_with_settings(given, train_probe=False))


class ProbeAlwaysTrained(ModelFault, stage="train", kind=Kind.FROZEN, history=("F16",)):
    """Trains the probe although it is to stay."""

    single = "what must not move is asked by movement alone, in float64, for each setting"

    def train(self, ask: Ask, given: Given) -> Any:
        return ask(_with_settings(given, train_probe=True))


class StaleAfterTraining(Remembering, stage="train", kind=Kind.STATE, history=("F01",)):
    """Infers with the model that it first inferred with, whatever is trained since."""

    def train(self, ask: Ask, given: Given) -> Any:
        trained = ask(given)
        self.changed()
        return trained


class SettingsDropped(ModelFault, stage="train", kind=Kind.IGNORED, history=("F16",)):
    """Trains with default settings whatever it is given."""

    def train(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "settings": {}})


class EpsilonOfTheFramework(ModelFault, stage="train", kind=Kind.IGNORED, history=("F16", "F26")):
    """Takes 1e-8 for Adam's epsilon whatever the settings say."""

    def train(self, ask: Ask, given: Given) -> Any:
        return ask(_with_settings(given, epsilon=1e-8))


class RateInFloat32(ModelFault, stage="train", kind=Kind.PRECISION, history=("F26",)):
    """Rounds the learning rate to float32: off by 2e-8 of it."""

    def train(self, ask: Ask, given: Given) -> Any:
        return ask(_with_settings(given, learning_rate=float(np.float32(given["settings"]["learning_rate"]))))


class TrainingInFloat32(ModelFault, stage="train", kind=Kind.PRECISION, history=("F26",)):
    """Rounds what it trains on to float32."""

    def train(self, ask: Ask, given: Given) -> Any:
        rounded = {name: given[name].astype(np.float32).astype(given[name].dtype) for name in ("weights", "positions")}
        probe = given["probe"].astype(np.complex64).astype(given["probe"].dtype)
        return ask({**given, **rounded, "probe": probe})


class ObjectBigIgnored(ModelFault, stage="train", kind=Kind.IGNORED, history=("F17",)):
    """Trains on patches that need not agree where they overlap, whatever the settings say."""

    def train(self, ask: Ask, given: Given) -> Any:
        return ask(_with_settings(given, object_big=False))


class OrderIgnored(ModelFault, stage="train", kind=Kind.IGNORED):
    """Takes the groups as they lie instead of in the order given."""

    def train(self, ask: Ask, given: Given) -> Any:
        order = given["order"]
        return ask({**given, "order": (np.arange(order.size) % len(given["counts"])).reshape(order.shape)})


class OrderShuffled(ModelFault, stage="train", kind=Kind.ORDER):
    """Shuffles the steps by itself, another way each time."""

    _bits: ClassVar = np.random.Generator(np.random.PCG64(7))

    def train(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "order": self._bits.permutation(given["order"])})


class TrainingContinues(ModelFault, stage="train", kind=Kind.STATE):
    """Starts a second training where the first one of the same instance ended."""

    _held = False

    def train(self, ask: Ask, given: Given) -> Any:
        start = {"weights": weights_in(self.right.state())} if self._held else {}
        self._held = True
        return ask({**given, **start})


class TrainingContinuesElsewhere(ModelFault, stage="train", kind=Kind.STATE):
    """Starts a training where the last one of the process ended, whichever instance it was of."""

    _last: ClassVar[dict[tuple[int, str], Array]] = {}

    def train(self, ask: Ask, given: Given) -> Any:
        key = len(given["weights"]), str(given["weights"].dtype)
        got = ask({**given, "weights": self._last.get(key, given["weights"])})
        self._last[key] = weights_in(self.right.state())
        return got


class StepsTwice(ModelFault, stage="train", kind=Kind.OPTIMISER):
    """Moves twice in every step."""

    def train(self, ask: Ask, given: Given) -> Any:
        twice = ask({**given, "order": np.repeat(given["order"], 2, axis=0)})
        return {**twice, "losses": twice["losses"][::2]}


class LossesShifted(ModelFault, stage="train", kind=Kind.ORDER):
    """Records the loss after a step instead of before it."""

    def train(self, ask: Ask, given: Given) -> Any:
        order = given["order"]
        if not len(order):
            return ask(given)
        more = ask({**given, "order": np.concatenate([order, order[-1:]])})["losses"][1:]
        return {**ask(given), "losses": more}


class WatchedBeforeTraining(ModelFault, stage="train", kind=Kind.FROZEN, history=("F04",)):
    """Gives the patches of the first weights for those of the trained ones."""

    def train(self, ask: Ask, given: Given) -> Any:
        before = ask({**given, "order": no_steps(given)})["patches"]
        return {**ask(given), "patches": before}
