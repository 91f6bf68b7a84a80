"""Conventions of the forward model and the loss, and of statistics."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import tensorflow as tf
import torch

from measuring.lesson16 import CASE, Change, baseline, effect, fitting, kernel, made, seen, told, torch_spec, trained
from measuring.row import Convention, Measured, number, relative
from parity_suite.core.context import RunContext
from parity_suite.ptychography.lessons import lesson
from parity_suite.ptychography.sizes import SMALL
from parity_suite.ptychography.torch import diffraction, losses, network, objective, statistics, training

CONTEXT = RunContext()

Tensor = torch.Tensor
Loss = Callable[[Tensor, Tensor, Any], Tensor]


def _loss(wrong: Loss) -> tuple[Change, ...]:
    """Another Poisson NLL wherever the backend uses it."""
    return tuple((module, "poisson_nll", wrong) for module in (losses, objective, training))


def _counted(amplitude: Tensor, scale: Any) -> Tensor:
    return (scale * amplitude.to(torch.float64)).square()


def _normalisation() -> Measured:
    def plain(psi: Tensor) -> Tensor:
        return diffraction.diffract(psi) * psi.shape[2]

    return trained((objective, "diffract", plain), kernel("diffract", plain))


def _shift() -> Measured:
    right = network.projection

    def unshifted(amplitude: Tensor, probe: Tensor, scale: Any) -> Tensor:
        return right(torch.fft.fftshift(amplitude, dim=(2, 3)), probe, scale)

    wrong = trained((network, "projection", unshifted))
    odd = np.random.default_rng(1).standard_normal((15, 15))
    twice = relative(np.fft.fftshift(np.fft.fftshift(odd)), odd)
    text = (
        f"none before the network: {wrong.consequence}. `fftshift` for `ifftshift`, N = 15: {number(twice)}; N = 16: 0"
    )
    return Measured(text, wrong.seen)


def _reduction() -> Measured:
    right = losses.poisson_nll

    def mean(amplitude: Tensor, counts: Tensor, scale: Any) -> Tensor:
        return right(amplitude, counts, scale) / math.prod(counts.shape[1:])

    right_at, wrong = told(epsilon=1e-8), trained(*_loss(mean))
    with made(*_loss(mean)):
        small = effect(told(epsilon=1e-8), right_at)
    return Measured(f"mean over all: {wrong.consequence}; with the epsilon 1e-8 {small}", wrong.seen)


def _log_factorial() -> Measured:
    right = losses.poisson_nll

    def full(amplitude: Tensor, counts: Tensor, scale: Any) -> Tensor:
        return right(amplitude, counts, scale) + torch.lgamma(counts + 1).sum() / len(counts)

    wrong = trained(*_loss(full))
    counts = torch.from_numpy(lesson(CONTEXT, CASE).counts)
    ones, exact = torch.ones_like(counts), float(torch.lgamma(counts + 1).sum())
    stirling = (
        torch.nn.PoissonNLLLoss(log_input=False, full=True, eps=0, reduction="sum")(ones, counts) - counts.numel()
    )
    theirs = tf.reduce_sum(tf.nn.log_poisson_loss(counts.numpy(), np.zeros(counts.shape), True)) - counts.numel()
    facts = ", ".join(
        f"{name} {number(relative(float(v), exact))}" for name, v in (("torch", stirling), ("tf", theirs))
    )
    return Measured(f"added: {wrong.consequence}. Stirling's form of both, against log n!: {facts}", wrong.seen)


def _arguments() -> Measured:
    rate, counts = (np.array([v]) for v in (3.0, 2.0))
    r, n = torch.from_numpy(rate), torch.from_numpy(counts)
    values = {
        "ours": float(r - n * r.log()),
        "`torch.nn.PoissonNLLLoss()`": float(torch.nn.PoissonNLLLoss()(r, n)),
        "with `log_input=False`": float(torch.nn.PoissonNLLLoss(log_input=False)(r, n)),
        "`keras.losses.poisson`": float(keras.losses.poisson(counts, rate)),
        "`tf.nn.log_poisson_loss`": float(tf.nn.log_poisson_loss(counts, rate)[0]),
    }
    text = ", ".join(f"{name} {value:.4f}" for name, value in values.items())
    with made(*_loss(_of_logarithm)):
        red = seen(torch_spec(), checks=[(stage, "oracle", SMALL[1]) for stage in ("loss", "objective")])
    return Measured(f"rate 3, count 2: {text}", red)


def _of_logarithm(amplitude: Tensor, counts: Tensor, scale: Any) -> Tensor:
    """What torch's loss makes of a rate by its defaults, but for the reduction."""
    return torch.nn.PoissonNLLLoss(reduction="sum")(_counted(amplitude, scale), counts) / len(amplitude)


def _floor() -> Measured:
    def added(epsilon: float) -> Loss:
        def nll(amplitude: Tensor, counts: Tensor, scale: Any) -> Tensor:
            rate = _counted(amplitude, scale)
            return (rate - counts * (rate + epsilon).log()).sum() / len(amplitude)

        return nll

    (torchs, kerass) = (trained(*_loss(added(epsilon))) for epsilon in (1e-8, 1e-7))
    x = torch.tensor([1e-6], dtype=torch.float64, requires_grad=True)
    slopes = [float(torch.autograd.grad(f(x), x)[0]) for f in (lambda x: x.clamp(min=1e-6), _greater)]
    variable = tf.Variable([1e-6], dtype=tf.float64)
    with tf.GradientTape() as tape:
        value = tf.maximum(variable, 1e-6)
    slopes.append(float(tape.gradient(value, variable)[0]))
    tie = "slope on the floor itself: `torch.clamp` {:g}, `torch.maximum` {:g}, `tf.maximum` {:g}".format(*slopes)
    text = f"1e-8 added: {torchs.consequence}. 1e-7 added: {kerass.consequence}; {tie}"
    return Measured(text, tuple(dict.fromkeys((*torchs.seen, *kerass.seen))))


def _greater(x: Tensor) -> Tensor:
    return torch.maximum(x, torch.full_like(x, 1e-6))


def _double() -> Measured:
    right = relative(baseline("float32").all.losses[0], baseline("float64").all.losses[0])
    wrong = trained(*_loss(_single), precision="float32")
    ours = f"float32 with our sums against float64: loss {number(right)}"
    errors = (number(_bright_gradient(nll)) for nll in (_single, losses.poisson_nll))
    bright = "gradient at 1e8 counts a pixel: off by {}, with ours {}".format(*errors)
    return Measured(f"all in float32: {wrong.consequence}; {ours}; {bright}", wrong.seen)


def _single(amplitude: Tensor, counts: Tensor, scale: Any) -> Tensor:
    rate = (scale * amplitude).square().clamp(min=1e-6)
    return (rate - counts.to(rate.dtype) * rate.log()).sum() / len(amplitude)


def _bright_gradient(nll: Loss) -> float:
    """The error of the gradient by an amplitude in float32, near the minimum."""
    counts = torch.from_numpy(np.random.default_rng(1).poisson(1e8, (1, 16, 16, 1)).astype(float))
    single = torch.full(counts.shape, 1e4, dtype=torch.float32, requires_grad=True)
    double = single.detach().double().requires_grad_()
    pairs = ((nll, single), (losses.poisson_nll, double))
    one, two = (torch.autograd.grad(function(leaf, counts, 1.0), leaf)[0] for function, leaf in pairs)
    return relative(one, two)


def _object_big() -> Measured:
    def other(given: dict[str, Any], settings: Any) -> tuple[dict[str, Any], Any]:
        return given, replace(settings, object_big=False)

    wrong = trained(fitting(other))
    return Measured(f"left out: {wrong.consequence}", wrong.seen)


def _ddof() -> Measured:
    def sample(patches: Tensor) -> dict[str, Tensor]:
        variance = patches.abs().var(dim=(1, 2))
        return statistics.stats(patches) | {"std": variance.sqrt(), "var_zero_mean": variance}

    wrong = trained(kernel("stats", sample))
    modulus = np.abs(lesson(CONTEXT, CASE).need_truth())
    theirs = tf.math.reduce_variance(modulus, axis=(1, 2))
    ours = torch.from_numpy(modulus)
    variance = relative(ours.var(dim=(1, 2)), theirs)
    spread = relative(ours.std(dim=(1, 2)), tf.sqrt(theirs))
    text = f"`torch.var` against `tf.math.reduce_variance`, 16 x 16: {number(variance)}; `std` {number(spread)}"
    return Measured(text, wrong.seen)


ROWS = (
    Convention(
        "normalisation of the transform",
        "1/N in both directions (`ortho`)",
        "1 forward, 1/N^2 back, unless `norm` says otherwise",
        "the same, and no `norm` to set",
        _normalisation,
    ),
    Convention(
        "zero frequency",
        "pixel N//2: `fftshift` after, `ifftshift` before the inverse",
        "pixel 0",
        "pixel 0",
        _shift,
    ),
    Convention(
        "reduction of the loss",
        "sum over pixels and channels, mean over the batch",
        "mean over all",
        "Keras: mean over the last axis, then over all; `tf.nn` none",
        _reduction,
    ),
    Convention(
        "arguments of the loss",
        "rate - counts log(rate), written out",
        "takes log(rate) unless `log_input=False`",
        "Keras takes the rate, counts first; `tf.nn.log_poisson_loss` log(rate)",
        _arguments,
    ),
    Convention(
        "log n!",
        "left out",
        "left out; `full=True`: Stirling",
        "left out; `compute_full_loss`: Stirling",
        _log_factorial,
    ),
    Convention(
        "floor of the rate",
        "max(rate, 1e-6), gradient 0 below",
        "1e-8 added within the logarithm",
        "Keras: 1e-7 added within the logarithm",
        _floor,
    ),
    Convention(
        "sums of the loss in float32",
        "amplitude to float64 before it is squared; counts stay float64",
        "the dtype of the input",
        "the dtype of the prediction",
        _double,
    ),
    Convention(
        "groups agree where they overlap",
        "reassembled and cut again before they are illuminated (`object_big`)",
        "the history's default differed",
        "the history's default differed",
        _object_big,
    ),
    Convention("variance and std", "population, divide by n", "`var`, `std`: n - 1", "`tf.math.reduce_*`: n", _ddof),
)
