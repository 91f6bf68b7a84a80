"""Faults inside the steps of training: an Adam written out at the NumPy door, on the backend's own gradients."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.core.kinds import Kind
from parity_suite.faults.fault import Ask, Given
from parity_suite.ptychography.faults.model_fault import ModelFault, hold, weights_in
from parity_suite.ptychography.learning.settings import TrainingSettings
from parity_suite.ptychography.learning.weights import by_name

Parameters = dict[str, Array]


class ByHand(ModelFault):
    """Trains as the stage says, step by step through ``vjp``, with places for a mistake; without one it is right."""

    settings: TrainingSettings

    def train(self, ask: Ask, given: Given) -> Mapping[str, Array]:
        none = hold(ask, given)
        self.settings, self._given = TrainingSettings.read(given["settings"]), given
        state = self.right.state()
        self._start: dict[str, Any] = {"scale": state["intensity_scale"], "probe": given["probe"].astype(complex)}
        self._root = np.sqrt(np.mean(np.abs(self._start["probe"]) ** 2))
        parameters: Parameters = {"weights": weights_in(state).astype(float), "scale": np.ones(())}
        parameters["probe"] = self._start["probe"] / self._root
        moments = {name: (np.zeros_like(p), np.zeros_like(p)) for name, p in self._apart(parameters).items()}
        losses = np.zeros(len(given["order"]))
        for step, groups in enumerate(given["order"]):
            losses[step], gradients = self._gradients(parameters, groups)
            parameters = self.moved(parameters, gradients, moments, step + 1)
        if not len(losses):
            return none
        now = self._model(parameters)
        return {"losses": losses, "patches": self._keep(ask, now)["patches"]}

    # Places for a mistake.

    def loss(self, value: float, groups: int) -> float:
        """The loss, and the factor on gradients, of a step on so many groups."""
        return value

    def masked(self, gradients: Parameters, step: int) -> Parameters:
        """The gradients that are followed."""
        return gradients

    def step(self, name: str, parameter: Array, gradient: Array, mean: Array, square: Array, t: int) -> Array:
        """The parameter after a step, with the running means of the gradient and of its square."""
        s = self.settings
        first, second = mean / (1 - s.beta1**t), square / (1 - s.beta2**t)
        return np.asarray(parameter - s.learning_rate * first / (np.sqrt(second) + s.epsilon))

    def powered(self, probe: Array) -> Array:
        """The probe at the power that it came with."""
        return np.asarray(probe * np.sqrt(np.sum(np.abs(self._start["probe"]) ** 2) / np.sum(np.abs(probe) ** 2)))

    power_is_held = True

    def moved(
        self, parameters: Parameters, gradients: Parameters, moments: dict[str, tuple[Array, Array]], t: int
    ) -> Parameters:
        """All parameters after step t, real and imaginary parts each for itself."""
        s, out = self.settings, {}
        followed = self._apart(self.masked(gradients, t))
        for name, parameter in self._apart(parameters).items():
            mean, square = moments[name]
            g = followed[name]
            mean, square = s.beta1 * mean + (1 - s.beta1) * g, s.beta2 * square + (1 - s.beta2) * g**2
            moments[name] = mean, square
            out[name] = self.step(name, parameter, g, mean, square, t)
        return {"weights": out["weights"], "scale": out["scale"], "probe": out["probe.re"] + 1j * out["probe.im"]}

    def _apart(self, parameters: Parameters) -> Parameters:
        probe = parameters["probe"]
        return {**{n: p for n, p in parameters.items() if n != "probe"}, "probe.re": probe.real, "probe.im": probe.imag}

    def _model(self, parameters: Parameters) -> dict[str, Any]:
        given, s = self._given, self.settings
        raw = self._root * parameters["probe"]
        return {
            "weights": parameters["weights"].astype(given["weights"].dtype),
            "scale": float(self._start["scale"] * parameters["scale"]),
            "probe": (self.powered(raw) if s.train_probe else self._start["probe"]).astype(given["probe"].dtype),
            "raw": raw.astype(given["probe"].dtype),
        }

    def _keep(self, ask: Ask, now: Mapping[str, Any]) -> Mapping[str, Array]:
        # The probe is fixed from here on, so that it is held as it is, and not brought to its own power once more.
        changes = {name: now[name] for name in ("weights", "scale", "probe")}
        return hold(ask, self._given, **changes, settings={**self._given["settings"], "train_probe": False})

    def _gradients(self, parameters: Parameters, groups: Array) -> tuple[float, Parameters]:
        now, given, s = self._model(parameters), self._given, self.settings
        free = s.train_probe and self.power_is_held
        inputs: dict[str, Any] = {name: given[name][groups] for name in ("counts", "positions", "centres")} | {
            "probe": now["raw"] if free else now["probe"],
            "power": float(np.sum(np.abs(self._start["probe"]) ** 2)) if free else None,
            "scale": now["scale"],
            "weights": now["weights"],
            "canvas": given["canvas"],
            "object_big": s.object_big,
        }
        loss = float(self.right.objective(**inputs)["poisson_nll"])
        factors = {"weights": 1.0, "scale": self._start["scale"], "probe": self._root}
        trained = {"weights": True, "scale": s.train_scale, "probe": s.train_probe}
        of = {name: inputs[name] for name in factors}
        out = {name: np.zeros_like(np.asarray(value)) for name, value in of.items()}
        for name in (name for name, live in trained.items() if live):
            out[name] = factors[name] * self.right.vjp("objective", inputs, "poisson_nll", name, np.float64(1.0))
        cost = self.loss(1.0, len(groups))
        return cost * loss, {name: np.asarray(cost * gradient) for name, gradient in out.items()}

    def part(self, gradients: Parameters, name: str) -> Array:
        """The part of the flat gradient that one array of weights has; a view."""
        return by_name(gradients["weights"], self._given["counts"].shape[3])[name]


class EpsilonInsideTheRoot(ByHand, stage="train", kind=Kind.OPTIMISER, history=("F26",)):
    """Adds Adam's epsilon before the root is corrected for its bias, where Keras has it."""

    def step(self, name: str, parameter: Array, gradient: Array, mean: Array, square: Array, t: int) -> Array:
        s = self.settings
        rate = s.learning_rate * np.sqrt(1 - s.beta2**t) / (1 - s.beta1**t)
        return np.asarray(parameter - rate * mean / (np.sqrt(square) + s.epsilon))


class EpsilonUnderTheRoot(ByHand, stage="train", kind=Kind.OPTIMISER, history=("F26",)):
    """Takes the root of the square and epsilon together."""

    def step(self, name: str, parameter: Array, gradient: Array, mean: Array, square: Array, t: int) -> Array:
        s = self.settings
        first, second = mean / (1 - s.beta1**t), square / (1 - s.beta2**t)
        return np.asarray(parameter - s.learning_rate * first / np.sqrt(second + s.epsilon))


class BiasNotCorrected(ByHand, stage="train", kind=Kind.OPTIMISER, history=("F26",)):
    """Takes Adam's running means as they are, small in the first steps."""

    def step(self, name: str, parameter: Array, gradient: Array, mean: Array, square: Array, t: int) -> Array:
        return np.asarray(parameter - self.settings.learning_rate * mean / (np.sqrt(square) + self.settings.epsilon))


class BiasCorrectedFromStepTwo(ByHand, stage="train", kind=Kind.OPTIMISER, history=("F26",)):
    """Counts the steps of Adam from two."""

    def step(self, name: str, parameter: Array, gradient: Array, mean: Array, square: Array, t: int) -> Array:
        return super().step(name, parameter, gradient, mean, square, t + 1)


class WeightsDecay(ByHand, stage="train", kind=Kind.OPTIMISER, history=("F26",)):
    """Shrinks the weights at every step by 1e-2 of the learning rate."""

    def step(self, name: str, parameter: Array, gradient: Array, mean: Array, square: Array, t: int) -> Array:
        kept = parameter * (1 - 1e-2 * self.settings.learning_rate) if name == "weights" else parameter
        return super().step(name, kept, gradient, mean, square, t)


class StepSkipped(ByHand, stage="train", kind=Kind.OPTIMISER):
    """Leaves out the fifth step."""

    def step(self, name: str, parameter: Array, gradient: Array, mean: Array, square: Array, t: int) -> Array:
        return parameter if t == 5 else super().step(name, parameter, gradient, mean, square, t)


class GradientsAddUp(ByHand, stage="train", kind=Kind.OPTIMISER):
    """Does not clear the gradients from step to step."""

    def masked(self, gradients: Parameters, step: int) -> Parameters:
        held = self._sum if step > 1 else {name: np.zeros_like(g) for name, g in gradients.items()}
        self._sum: Parameters = {name: held[name] + g for name, g in gradients.items()}
        return self._sum


class LossSummedInTraining(ByHand, stage="train", kind=Kind.REDUCTION):
    """Minimises the sum over the batch instead of the mean."""

    def loss(self, value: float, groups: int) -> float:
        return value * groups


class KernelFrozen(ByHand, stage="train", kind=Kind.FROZEN):
    """Does not train the kernel of the deepest convolution."""

    def masked(self, gradients: Parameters, step: int) -> Parameters:
        self.part(gradients, "encoder2.kernel")[...] = 0
        return gradients


class BiasFrozen(ByHand, stage="train", kind=Kind.FROZEN):
    """Does not train the bias of the last convolution."""

    def masked(self, gradients: Parameters, step: int) -> Parameters:
        self.part(gradients, "modulus.bias")[...] = 0
        return gradients


class ProbePhaseFrozen(ByHand, stage="train", kind=Kind.FROZEN):
    """Trains the real part of the probe alone."""

    def masked(self, gradients: Parameters, step: int) -> Parameters:
        return {**gradients, "probe": gradients["probe"].real + 0j}


class ProbePowerFree(ByHand, stage="train", kind=Kind.OPTIMISER):
    """Lets the power of a free probe go where it will."""

    power_is_held = False

    def powered(self, probe: Array) -> Array:
        return probe
