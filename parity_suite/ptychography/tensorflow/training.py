"""Training of one flat vector of all that moves, by :mod:`parity_suite.ptychography.learning.settings`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite
from typing import Any, Final

import numpy as np
import tensorflow as tf

from parity_suite.backends.api import Array
from parity_suite.ptychography.learning.settings import TrainingSettings
from parity_suite.ptychography.model import Fitted
from parity_suite.ptychography.tensorflow.dtypes import Tensor, double, power
from parity_suite.ptychography.tensorflow.objective import guess, with_power

Kernel = Callable[..., Any]
#: turns a function of named tensors into the same in some mode, given an example of each
Runner = Callable[[Kernel, Mapping[str, Tensor]], Kernel]

#: What a step takes of each group, and what it begins from.
_DATA: Final = ("counts", "positions", "centres")
_FIRST: Final = ("weights", "probe", "scale", "rms", "power")


def fit(
    objective: Kernel, runner: Runner, given: Mapping[str, Any], scale: float, settings: TrainingSettings
) -> Fitted:
    """Trains by ``objective`` from ``given``, the arguments of the stage ``train``, and a first ``scale``.

    Raises ``FloatingPointError`` naming the step whose loss is not finite.
    """
    movable = Movable.of(given["weights"], given["probe"], scale, settings)
    vector = movable.first
    state = {"vector": vector, "mean": tf.zeros_like(vector), "square": tf.zeros_like(vector)}
    fixed = {name: given[name] for name in _DATA} | {name: getattr(movable, name) for name in _FIRST}
    fixed["rates"] = _rates(settings, vector.dtype)
    order, losses = np.asarray(given["order"]), []
    switches = (settings.object_big, settings.train_scale, settings.train_probe)
    step = _step(objective, *switches, tuple(map(int, given["canvas"])))
    for t, groups in enumerate(order, start=1):
        inputs = {**state, **fixed, "groups": tf.constant(groups, tf.int64), "corrections": _corrections(settings, t)}
        if t == 1:
            step = runner(step, inputs)
        result = step(**inputs)
        losses.append(_finite(result.pop("loss"), t))
        state = result
    return _fitted(movable, state["vector"], given, np.array(losses, np.float64))


@dataclass(frozen=True, eq=False)
class Movable:
    """What moves as one real vector (V,), in this order: weights, gain on the scale, the probe over its first rms."""

    weights: Tensor
    probe: Tensor
    #: the first scale as the precision holds it
    scale: Tensor
    #: root mean square and power of the first probe, in float64
    rms: Tensor
    power: Tensor
    train_scale: bool
    train_probe: bool

    @staticmethod
    def of(weights: Tensor, probe: Tensor, scale: float, settings: TrainingSettings) -> Movable:
        """From the first values of all three."""
        total = float(tf.reduce_sum(double(power(probe))))
        rms = (total / probe.shape.num_elements()) ** 0.5
        first, wide = tf.constant(scale, weights.dtype), tf.float64
        sizes = (tf.constant(rms, wide), tf.constant(total, wide))
        return Movable(weights, probe, first, *sizes, settings.train_scale, settings.train_probe)

    @property
    def first(self) -> Tensor:
        """The vector that training begins with."""
        real = self.weights.dtype
        parts = [self.weights]
        if self.train_scale:
            parts.append(tf.ones([1], real))
        if self.train_probe:
            over = self.probe / tf.cast(self.rms, self.probe.dtype)
            parts += [tf.reshape(part, [-1]) for part in (tf.math.real(over), tf.math.imag(over))]
        return tf.concat(parts, 0)

    def unpack(self, vector: Tensor) -> dict[str, Tensor]:
        """``weights``, ``scale`` and ``probe`` that a vector stands for."""
        pixels = self.probe.shape.num_elements() if self.train_probe else 0
        sizes = [int(self.weights.shape[0]), int(self.train_scale), pixels, pixels]
        weights, gain, real, imaginary = tf.split(vector, sizes)
        scale = self.scale * gain[0] if self.train_scale else self.scale
        probe = self.probe
        if self.train_probe:
            over = tf.reshape(tf.complex(real, imaginary), self.probe.shape)
            probe = with_power(over * tf.cast(self.rms, over.dtype), self.power)
        return {"weights": weights, "scale": scale, "probe": probe}


@lru_cache(maxsize=16)
def _step(objective: Kernel, object_big: bool, train_scale: bool, train_probe: bool, canvas: tuple[int, int]) -> Kernel:
    """One step as a function of tensors: the loss before it, and the vector and moments after it.

    It holds no data and no numbers, so that one graph serves every training of the same switches and shapes.
    """

    def step(
        vector: Tensor, mean: Tensor, square: Tensor, groups: Tensor, corrections: Tensor, **fixed: Tensor
    ) -> dict[str, Tensor]:
        beta1, beta2, rest1, rest2, epsilon = tf.unstack(fixed["rates"])
        movable = Movable(**{name: fixed[name] for name in _FIRST}, train_scale=train_scale, train_probe=train_probe)
        data = {name: tf.gather(fixed[name], groups) for name in _DATA}
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(vector)
            moved = movable.unpack(vector)
            loss = objective(**data, **moved, canvas=canvas, object_big=object_big)["poisson_nll"]
        slope = tape.gradient(loss, vector)
        mean = beta1 * mean + rest1 * slope
        square = beta2 * square + rest2 * tf.square(slope)
        rate, spread = tf.unstack(tf.cast(corrections, vector.dtype))
        vector -= rate * mean / (tf.sqrt(square * spread) + epsilon)
        return {"vector": vector, "mean": mean, "square": square, "loss": loss}

    return step


def _rates(settings: TrainingSettings, real: tf.DType) -> Tensor:
    """``beta1``, ``beta2``, ``1 - beta1``, ``1 - beta2`` and ``epsilon``."""
    beta1, beta2 = settings.beta1, settings.beta2
    return tf.constant([beta1, beta2, 1 - beta1, 1 - beta2, settings.epsilon], real)


def _corrections(settings: TrainingSettings, t: int) -> Tensor:
    """``learning_rate / (1 - beta1^t)`` and ``1 / (1 - beta2^t)`` in float64."""
    return tf.constant([settings.learning_rate / (1 - settings.beta1**t), 1 / (1 - settings.beta2**t)], tf.float64)


def _finite(loss: Tensor, t: int) -> float:
    value = float(loss)
    if not isfinite(value):
        raise FloatingPointError(f"step {t}: the loss is {value}")
    return value


def _fitted(movable: Movable, vector: Tensor, given: Mapping[str, Any], losses: Array) -> Fitted:
    model = movable.unpack(vector)
    watched = tf.gather(given["counts"], tf.constant(given["watch"], tf.int64))
    patches = guess(watched, model["probe"], model["scale"], model["weights"])
    probe, weights = (np.asarray(model[name].numpy()) for name in ("probe", "weights"))
    return Fitted(losses, patches.numpy(), weights, float(model["scale"]), probe)
