"""Conventions of Adam and of what it moves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import keras
import numpy as np
import tensorflow as tf
import torch

from measuring.lesson16 import CASE, Change, effect, fitting, told, trained
from measuring.row import Convention, Measured, number, relative
from parity_suite.core.context import RunContext
from parity_suite.ptychography.learning.architecture import parameters
from parity_suite.ptychography.lessons import lesson
from parity_suite.ptychography.torch import training

CONTEXT = RunContext()

Tensor = torch.Tensor
Ours = training.Adam


def _by(adam: type) -> Measured:
    return trained((training, "Adam", adam))


class _Torch:
    """The optimiser of torch."""

    def __init__(self, vector: Tensor, s: Any) -> None:
        self._leaf = torch.nn.Parameter(vector.clone())
        self._adam = torch.optim.Adam([self._leaf], s.learning_rate, (s.beta1, s.beta2), s.epsilon)

    def update(self, vector: Tensor, gradient: Tensor) -> Tensor:
        self._leaf.grad = gradient
        self._adam.step()
        return self._leaf.detach().clone()


class _Keras:
    """The optimiser of Keras, with the same settings."""

    floatx = "float32"

    def __init__(self, vector: Tensor, s: Any) -> None:
        self.settings, self.steps = s, 0
        self._leaf = keras.Variable(vector.numpy(), dtype="float64")
        before = keras.config.floatx()
        keras.config.set_floatx(self.floatx)
        self.adam = keras.optimizers.Adam(s.learning_rate, s.beta1, s.beta2, s.epsilon)
        self.adam.build([self._leaf])
        keras.config.set_floatx(before)

    def update(self, vector: Tensor, gradient: Tensor) -> Tensor:
        self.steps += 1
        self.adam.epsilon = self.epsilon()
        self.adam.apply([tf.constant(gradient.numpy())], [self._leaf])
        return torch.from_numpy(np.array(self._leaf))

    def epsilon(self) -> float:
        return float(self.settings.epsilon)


class _Aligned(_Keras):
    """The same, with the epsilon of each step that puts it where ours stands."""

    def epsilon(self) -> float:
        return float(self.settings.epsilon * (1 - self.settings.beta2**self.steps) ** 0.5)


class _AlignedBetas(_Aligned):
    """The same again, with betas that Keras does not take through float32."""

    def __init__(self, vector: Tensor, s: Any) -> None:
        super().__init__(vector, s)
        self.adam.beta_1, self.adam.beta_2 = np.float64(s.beta1), np.float64(s.beta2)


class _AlignedDouble(_AlignedBetas):
    """The same again, its learning rate in float64."""

    floatx = "float64"


class _Uncorrected(Ours):
    """Without bias correction."""

    def update(self, vector: Tensor, gradient: Tensor) -> Tensor:
        s = self.settings
        self.mean = s.beta1 * self.mean + (1 - s.beta1) * gradient
        self.square = s.beta2 * self.square + (1 - s.beta2) * gradient.square()
        return vector - s.learning_rate * self.mean / (self.square.sqrt() + s.epsilon)


class _SinglePowers(Ours):
    """With ``beta^t`` in float32."""

    def update(self, vector: Tensor, gradient: Tensor) -> Tensor:
        s, self.steps = self.settings, self.steps + 1
        one, two = (float(1 - np.float32(beta) ** np.float32(self.steps)) for beta in (s.beta1, s.beta2))
        self.mean = s.beta1 * self.mean + (1 - s.beta1) * gradient
        self.square = s.beta2 * self.square + (1 - s.beta2) * gradient.square()
        return vector - s.learning_rate * self.mean / one / ((self.square / two).sqrt() + s.epsilon)


class _Conjugate(Ours):
    """With the conjugate of the probe's gradient."""

    def update(self, vector: Tensor, gradient: Tensor) -> Tensor:
        imaginary = lesson(CONTEXT, CASE).probe.size
        return super().update(vector, torch.cat([gradient[:-imaginary], -gradient[-imaginary:]]))


class _OneModulus(Ours):
    """With one second moment, ``|g|^2``, for real and imaginary part of a pixel of the probe."""

    def update(self, vector: Tensor, gradient: Tensor) -> Tensor:
        s, self.steps = self.settings, self.steps + 1
        pixels = lesson(CONTEXT, CASE).probe.size
        squares = gradient.square()
        both = squares[-2 * pixels : -pixels] + squares[-pixels:]
        squares = torch.cat([squares[: -2 * pixels], both, both])
        self.mean = s.beta1 * self.mean + (1 - s.beta1) * gradient
        self.square = s.beta2 * self.square + (1 - s.beta2) * squares
        mean, square = self.mean / (1 - s.beta1**self.steps), self.square / (1 - s.beta2**self.steps)
        return vector - s.learning_rate * mean / (square.sqrt() + s.epsilon)


def _place() -> Measured:
    own, other = _by(_Torch), _by(_Keras)
    return Measured(f"`keras.optimizers.Adam`: {other.consequence}. `torch.optim.Adam`: {own.consequence}", other.seen)


def _default() -> Measured:
    ours, other = told(epsilon=1e-8), told(epsilon=1e-7)

    def forgotten(given: dict[str, Any], settings: Any) -> tuple[dict[str, Any], Any]:
        return given, replace(settings, epsilon=1e-7)

    lost = trained(fitting(forgotten))
    return Measured(f"1e-7 for 1e-8: {effect(other, ours)}. 1e-7 for the lesson's 1e-3: {lost.consequence}", lost.seen)


def _powers() -> Measured:
    ours, theirs = _by(_SinglePowers), _by(_Aligned)
    cast = tf.cast(0.999, tf.float64)
    off, rest = relative(cast, 0.999), relative(1 - cast, 1 - 0.999)
    text = (
        f"float32: {ours.consequence}. Keras with the epsilon aligned: {theirs.consequence}; "
        f"`tf.cast(0.999, tf.float64)` is off by {number(off)}, 1 - beta2 by {number(rest)}"
    )
    return Measured(text, theirs.seen)


def _rate() -> Measured:
    single, double = _by(_AlignedBetas), _by(_AlignedDouble)
    text = (
        f"Keras with epsilon and betas aligned: {single.consequence}; its rate in float64 besides: {double.consequence}"
    )
    return Measured(text, single.seen)


def _gradient() -> Measured:
    a, b, z = 2.0 - 1.0j, 0.5 + 3.0j, 1.0 + 0.5j
    want = 2 * np.conj(a) * (a * z - b)
    leaf = torch.tensor(z, dtype=torch.complex128, requires_grad=True)
    ((a * leaf - b).abs() ** 2).backward()
    variable = tf.Variable(z, dtype=tf.complex128)
    with tf.GradientTape() as tape:
        loss = tf.abs(a * variable - b) ** 2
    theirs = tape.gradient(loss, variable).numpy()
    conjugate = _by(_Conjugate)
    facts = f"torch {number(relative(leaf.grad, want))}, TensorFlow {number(relative(theirs, want))} from it"
    return Measured(f"conjugate: {conjugate.consequence}; {facts}", conjugate.seen)


def _moment() -> Measured:
    one = _by(_OneModulus)
    return Measured(f"one for both: {one.consequence}", one.seen)


def _first_weights() -> Measured:
    shape = {one.name: one.shape for one in parameters(4)}["encoder1.kernel"]
    out, into = shape[:2]
    torch.manual_seed(0)
    layer = torch.nn.Conv2d(into, out, 3)
    keras.utils.set_random_seed(0)
    other = keras.layers.Conv2D(out, 3)
    other.build((None, 16, 16, into))
    ours = {one.name: one.spread for one in parameters(4)}["encoder1.kernel"]
    spreads = (ours, float(layer.weight.detach().std()), float(np.std(other.kernel)))
    biases = (0.0, float(layer.bias.detach().abs().max()), float(np.abs(other.bias).max()))
    own = trained(fitting(_drawn_by_torch))
    return Measured(
        f"`encoder1`, std of the kernel: ours {spreads[0]:.3f}, torch {spreads[1]:.3f}, Keras {spreads[2]:.3f}; "
        f"largest bias {biases[0]:g}, {biases[1]:.3f}, {biases[2]:g}. torch's own: {own.consequence}",
        own.seen,
    )


def _drawn_by_torch(given: dict[str, Any], settings: Any) -> tuple[dict[str, Any], Any]:
    torch.manual_seed(0)
    parts, into = [], 0
    for one in parameters(4):
        if len(one.shape) == 4:
            into = one.shape[1]
            layer = torch.nn.Conv2d(into, one.shape[0], 3, dtype=torch.float64)
            parts.append(layer.weight.detach().flatten())
        else:
            parts.append(layer.bias.detach())
    return {**given, "weights": torch.cat(parts)}, settings


class _LogScale(training.Variables):
    """The logarithm of the factor on the scale, in place of the factor."""

    def pack(self) -> Tensor:
        vector = super().pack()
        vector[len(self.first.weights)] = 0
        return vector

    def unpack(self, vector: Tensor) -> training.State:
        place = len(self.first.weights)
        factor = vector[place : place + 1].exp()
        return super().unpack(torch.cat([vector[:place], factor, vector[place + 1 :]]))


def _scale() -> Measured:
    x = np.linspace(-3, 3, 100001, dtype=np.float32)
    values = {"torch": torch.from_numpy(x).exp().numpy(), "TensorFlow": tf.exp(x).numpy(), "NumPy": np.exp(x)}
    pairs = (("torch", "TensorFlow"), ("torch", "NumPy"), ("TensorFlow", "NumPy"))
    facts = ", ".join(f"{a} and {b} {np.mean(values[a] != values[b]):.1%}" for a, b in pairs)
    log = trained((training, "Variables", _LogScale))
    return Measured(f"logarithm: {log.consequence}. `exp` in float32, other bits in: {facts}", log.seen)


def _power() -> Measured:
    free: Change = (training, "with_power", lambda probe, power: probe)
    loose = trained(free)
    return Measured(f"free: {loose.consequence}", loose.seen)


ROWS = (
    Convention(
        "place of Adam's epsilon",
        "beside the bias-corrected root",
        "as ours",
        "Keras: beside the uncorrected root, so larger by 1 / sqrt(1 - beta2^t)",
        _place,
    ),
    Convention("Adam's epsilon", "told; 1e-8 if not", "1e-8", "Keras 1e-7", _default),
    Convention("bias correction", "both moments", "both", "both, in the rate", lambda: _by(_Uncorrected)),
    Convention(
        "powers of beta",
        "float64, whatever the precision",
        "Python floats, float64",
        "Keras: beta through float32, then a power in the variable's dtype",
        _powers,
    ),
    Convention("learning rate", "float64", "Python float", "Keras: a variable of `floatx`, float32", _rate),
    Convention(
        "gradient of a complex number",
        "dL/dRe + i dL/dIm; what Adam sees is real",
        "as ours",
        "as ours; JAX and the textbook dL/dz give the conjugate",
        _gradient,
    ),
    Convention(
        "second moment of a complex number",
        "one each for real and imaginary part",
        "as ours (`view_as_real`)",
        "Keras has none",
        _moment,
    ),
    Convention(
        "first weights",
        "one NumPy generator; He normal, biases 0, last layers x 0.01",
        "Kaiming uniform with a = sqrt 5, biases uniform",
        "Keras: Glorot uniform, biases 0",
        _first_weights,
    ),
    Convention("parameter of the intensity scale", "a factor that begins at 1", "none", "none", _scale),
    Convention("power of a free probe", "held at that of the first", "none", "none", _power),
)
