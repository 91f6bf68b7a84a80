"""What a model that an instance holds has to do with its other stages: nothing, either way."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from plain import finding_of

from parity_suite.core.finding import Verdict
from parity_suite.ptychography.sizes import LESSONS
from parity_suite.ptychography.torch import Torch

CASE = LESSONS[1]


class ScaleOfTheModel(Torch):
    """Takes the scale of the model where none is given."""

    def scale(self, psi: Any, nphotons: float, size: int, learned: float | None = None) -> Any:
        held = None if self._model is None else self._model.scale
        return super().scale(psi, nphotons, size, held if learned is None else learned)


class ProbeOfTheModel(Torch):
    """Takes the probe of the model for another one of its shape."""

    def network(self, amplitude: Any, probe: Any, scale: float, weights: Any) -> Any:
        held = probe if self._model is None else self._model.probe
        return super().network(amplitude, held if np.shape(held) == np.shape(probe) else probe, scale, weights)


class WeightsOfTheLastNetwork(Torch):
    """Infers with the weights that the stage ``network`` was asked with last."""

    def network(self, amplitude: Any, probe: Any, scale: float, weights: Any) -> Any:
        patches = super().network(amplitude, probe, scale, weights)
        if self._model is not None and np.shape(weights) == self._model.weights.shape:
            self._held = {**self._held, "weights": self.put(np.array(weights, self.real))}
        return patches


class OtherAfterARefusal(Torch):
    """Infers otherwise once an inference was refused."""

    _refused = False

    def infer(self, amplitude: Any, batch: int | None = None) -> Any:
        try:
            patches = super().infer(amplitude, batch)
        except ValueError:
            self._refused = self._model is not None
            raise
        return patches * patches.dtype.type(1.01) if self._refused else patches


class WrongElsewhere(Torch):
    """Breaks the contract of one stage, cannot do another, and counts calls of a third: no model has to do with it."""

    def stats(self, patches: Any) -> Any:
        return {name: np.asarray(value, np.float16) for name, value in super().stats(patches).items()}

    def extract(self, object: Any, positions: Any, size: int) -> Any:
        raise RuntimeError("not today")

    def diffract(self, psi: Any) -> Any:
        self._calls = getattr(self, "_calls", 0) + 1
        return super().diffract(psi) * self.real.type(self._calls)


@pytest.mark.parametrize("cls", [Torch, WrongElsewhere])
def test_what_is_right_where_a_model_is_held_is_green(cls: type[Torch]) -> None:
    found = finding_of(cls, "infer", "statelessness", CASE)
    assert found.verdict is Verdict.OK, found.reason


@pytest.mark.parametrize(
    ("cls", "output"),
    [
        (ScaleOfTheModel, "what answers otherwise where a model is held"),
        (ProbeOfTheModel, "what answers otherwise where a model is held"),
        (WeightsOfTheLastNetwork, "patches after other stages and a refusal"),
        (OtherAfterARefusal, "patches after other stages and a refusal"),
    ],
)
def test_what_the_model_and_other_stages_have_of_each_other_is_red(cls: type[Torch], output: str) -> None:
    found = finding_of(cls, "infer", "statelessness", CASE)
    assert found.verdict is Verdict.SEMANTIC
    assert [one.output for one in found.measured if not one.within] == [output]
