"""Adam in NumPy float64 by :mod:`parity_suite.ptychography.learning.settings`, on gradients that a backend gives."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.backends.own_vjp import own_vjp
from parity_suite.backends.subject import Subject
from parity_suite.ptychography.lessons import TrainingTask


class Adam:
    """One training, step by step. ``scale`` is the intensity scale to begin with."""

    def __init__(self, subject: Subject, given: TrainingTask, scale: float) -> None:
        self._subject = subject
        self._given = given.inputs(subject.rounding)
        self._settings = given.settings
        self._first_scale = scale
        probe = self._given["probe"]
        self._root = np.sqrt(np.mean(np.abs(probe) ** 2))
        self._power = float(np.sum(np.abs(probe) ** 2))
        self._first_probe = probe
        self.weights: Array = self._given["weights"].astype(np.float64)
        self._parameters = {"weights": self.weights, "gain": np.ones(()), "probe": probe / self._root}
        self._moments = {name: (np.zeros_like(p), np.zeros_like(p)) for name, p in self._parameters.items()}
        self._steps = 0

    @property
    def scale(self) -> float:
        return float(self._first_scale * self._parameters["gain"])

    @property
    def probe(self) -> Array:
        """The probe (P, N, N) at the power it came with."""
        if not self._settings.train_probe:
            return np.asarray(self._first_probe)
        raw = self._root * self._parameters["probe"]
        return np.asarray(raw * np.sqrt(self._power / np.sum(np.abs(raw) ** 2)))

    def step(self, groups: Array) -> float:
        """Moves the parameters by one step on some groups and returns the loss before it."""
        loss, gradients = self.gradients(groups)
        self._steps += 1
        self._move("weights", gradients["weights"])
        self.weights = self._parameters["weights"]
        if self._settings.train_scale:
            self._move("gain", gradients["scale"] * self._first_scale)
        if self._settings.train_probe:
            self._move("probe", gradients["probe"] * self._root)
        return loss

    def gradients(self, groups: Array) -> tuple[float, dict[str, Array]]:
        """The loss on some groups, and its gradients with respect to weights, scale and the probe as it is used."""
        inputs = self._objective(groups)
        loss = self._subject("objective", inputs)["poisson_nll"]
        names = ["weights", "scale"] + ["probe"] * self._settings.train_probe
        vjp = partial(own_vjp, self._subject, "objective", inputs, "poisson_nll")
        return float(loss), {name: vjp(name, np.float64(1.0)) for name in names}

    def _objective(self, groups: Array) -> dict[str, Any]:
        held = {name: self._given[name][groups] for name in ("counts", "positions", "centres")}
        free = self._settings.train_probe
        return {
            **held,
            "probe": self._root * self._parameters["probe"] if free else self._first_probe,
            "power": self._power if free else None,
            "scale": self.scale,
            "weights": self._parameters["weights"],
            "canvas": self._given["canvas"],
            "object_big": self._settings.object_big,
        }

    def _move(self, name: str, gradient: Array) -> None:
        s, t = self._settings, self._steps
        m, v = self._moments[name]
        # Real and imaginary part each have a second moment of their own.
        square = gradient.real**2 + 1j * gradient.imag**2 if np.iscomplexobj(gradient) else gradient**2
        m, v = s.beta1 * m + (1 - s.beta1) * gradient, s.beta2 * v + (1 - s.beta2) * square
        self._moments[name] = m, v
        first, second = m / (1 - s.beta1**t), v / (1 - s.beta2**t)
        if np.iscomplexobj(gradient):
            ratio = first.real / (np.sqrt(second.real) + s.epsilon)
            ratio = ratio + 1j * first.imag / (np.sqrt(second.imag) + s.epsilon)
        else:
            ratio = first / (np.sqrt(second) + s.epsilon)
        self._parameters[name] = self._parameters[name] - s.learning_rate * ratio
