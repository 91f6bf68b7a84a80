"""Conventions of the network: its convolutions and their layouts, pooling, upsampling, activations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
import torch
from torch.nn import functional

from measuring.lesson16 import kernel, made, seen, torch_spec, trained
from measuring.row import Convention, Measured, number, relative
from parity_suite.ptychography.sizes import SMALL
from parity_suite.ptychography.torch import layouts, network

Tensor = torch.Tensor


def _random(*shape: int) -> Any:
    return np.random.default_rng(1).standard_normal(shape)


def _last(x: Any) -> Any:
    """Channels last."""
    return np.moveaxis(np.asarray(x), 1, -1)


def _kernels(change: Callable[[Tensor], Tensor]) -> Measured:
    """The lesson with every kernel (out, in, row, column) changed before it is used."""

    def conv2d(x: Tensor, kernel: Tensor, bias: Tensor | None = None, padding: int = 1) -> Tensor:
        return functional.conv2d(x, change(kernel), bias, padding=padding)

    return trained((network, "conv2d", conv2d))


def _padding() -> Measured:
    def conv2d(x: Tensor, kernel: Tensor, bias: Tensor | None = None, padding: int = 1) -> Tensor:
        ring = functional.pad(x, (padding,) * 4, mode="replicate")
        return functional.conv2d(ring, kernel, bias)

    effect = trained((network, "conv2d", conv2d))
    return Measured(f"border pixels repeated: {effect.consequence}", effect.seen)


def _stride() -> Measured:
    x, kernel = torch.from_numpy(_random(1, 8, 16, 16)), torch.from_numpy(_random(8, 8, 3, 3))
    same = tf.nn.conv2d(_last(x), np.transpose(kernel.numpy(), (2, 3, 1, 0)), strides=2, padding="SAME")
    ones = relative(_last(functional.conv2d(x, kernel, stride=2, padding=1)), same)
    late = relative(_last(functional.conv2d(functional.pad(x, (0, 1, 0, 1)), kernel, stride=2)), same)
    text = f"one convolution of 16 x 16: {number(ones)}; torch with `pad(0, 1, 0, 1)` against SAME: {number(late)}"
    return Measured(text, "none: the network has no stride")


def _layout() -> Measured:
    def conv2d(x: Tensor, kernel: Tensor, bias: Tensor | None = None, padding: int = 1) -> Tensor:
        square = kernel.shape[0] == kernel.shape[1]
        return functional.conv2d(x, kernel.transpose(0, 1) if square else kernel, bias, padding=padding)

    effect = trained((network, "conv2d", conv2d))
    return Measured(f"(in, out) where both are 8, no error raised: {effect.consequence}", effect.seen)


def _read_as_other(kernel: Tensor) -> Tensor:
    out, into, rows, columns = kernel.shape
    return kernel.reshape(rows, columns, into, out).permute(3, 2, 0, 1)


def _upsampling() -> Measured:
    x = torch.from_numpy(_random(1, 4, 8, 8))

    def halves(x: Tensor) -> Tensor:
        return functional.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)

    corners = functional.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True)
    ours, theirs = _last(halves(x)), tf.image.resize(_last(x), (16, 16))
    legacy = tf.compat.v1.image.resize_bilinear(_last(x), (16, 16))
    effect = trained((network, "_up", halves))
    facts = (
        f"bilinear, torch against `tf.image.resize`: {number(relative(ours, theirs))} (it answers in float32), "
        f"`tf.compat.v1` without half-pixel centres {number(relative(legacy, ours))}, "
        f"`align_corners=True` {number(relative(_last(corners), ours))}"
    )
    return Measured(f"bilinear instead of nearest: {effect.consequence}. {facts}", effect.seen)


def _pooling() -> Measured:
    odd = torch.from_numpy(_random(1, 4, 15, 15))
    ours = _last(functional.avg_pool2d(odd, 3, 2, padding=1))
    theirs = tf.nn.avg_pool2d(_last(odd), 3, 2, "SAME")
    effect = trained((network, "avg_pool2d", functional.max_pool2d))
    fact = f"3 x 3 mean of 15 x 15 with a border, torch counts the zeros: {number(relative(ours, theirs))}"
    return Measured(f"maximum instead of mean: {effect.consequence}. {fact}", effect.seen)


def _activation() -> Measured:
    x = np.linspace(-8, 8, 4001, dtype=np.float32)
    silu = relative(functional.silu(torch.from_numpy(x)), tf.nn.silu(x))
    leaky = relative(functional.leaky_relu(torch.from_numpy(x)), tf.nn.leaky_relu(x))
    effect = trained((network, "silu", functional.relu))
    facts = f"`silu` in float32 {number(silu)}; `leaky_relu` by its defaults (slopes 0.01, 0.2) {number(leaky)}"
    return Measured(f"ReLU: {effect.consequence}. torch against TensorFlow: {facts}", effect.seen)


def _first_layer(change: Callable[[Tensor], Tensor]) -> Measured:
    """The lesson with the 2 C channels that enter the network in another order."""
    right = network._convolve

    def convolve(x: Tensor, weights: network.Named, name: str) -> Tensor:
        return right(change(x) if name == "encoder0" else x, weights, name)

    return trained((network, "_convolve", convolve))


def _interleaved(x: Tensor) -> Tensor:
    real, imaginary = x.chunk(2, dim=1)
    return torch.stack([real, imaginary], dim=2).flatten(1, 2)


def _group_channels() -> Measured:
    right = network.projection

    def swapped(amplitude: Tensor, *rest: Any) -> Tensor:
        return right(amplitude[:, [0, 2, 1, 3]], *rest)

    return trained((network, "projection", swapped))


def _flat_layout() -> Measured:
    images = _random(6, 8, 8, 4)
    flat = np.moveaxis(images, 3, 1).reshape(24, 8, 8, 1)
    back = np.moveaxis(flat.reshape(4, 6, 8, 8), 0, 3)
    lost = float(np.mean(np.any(back != images, axis=(1, 2))))

    def other(images: Tensor, source: str, target: str, gridsize: int) -> Tensor:
        out = layouts.layout(images, source, target, gridsize)
        return out.unflatten(0, (-1, gridsize**2)).transpose(0, 1).flatten(0, 1) if target == "flat" else out

    with made(kernel("layout", other)):
        red = seen(torch_spec(), checks=[("layout", "oracle", SMALL[1])])
    return Measured(
        f"(C*B) read as (B*C), B = 6, C = 4: {lost:.0%} of the patches are another's, shapes all right", red
    )


ROWS = (
    Convention(
        "padding of a convolution",
        "one row and column of zeros on each side",
        "none (`padding=0`)",
        "none in Keras (`valid`); SAME at stride 1 is ours",
        _padding,
    ),
    Convention(
        "padding under a stride",
        "no stride: convolve, then pool",
        "`padding=1` adds 1 and 1",
        "SAME of an even side adds 0 and 1: the result lies one pixel further",
        _stride,
    ),
    Convention(
        "orientation of a kernel",
        "cross-correlation",
        "cross-correlation",
        "cross-correlation; `scipy.signal.convolve` and the textbook turn the kernel",
        lambda: _kernels(lambda kernel: kernel.flip(2, 3)),
    ),
    Convention(
        "rows and columns of a kernel",
        "(.., row, column)",
        "(out, in, row, column)",
        "(row, column, in, out); `.T` of it swaps rows and columns too",
        lambda: _kernels(lambda kernel: kernel.transpose(2, 3)),
    ),
    Convention(
        "inputs and outputs of a kernel",
        "(out, in, ..)",
        "(out, in, row, column)",
        "(row, column, in, out)",
        _layout,
    ),
    Convention(
        "a kernel's bytes",
        "C order of (out, in, row, column), transposed for TensorFlow",
        "as ours",
        "C order of (row, column, in, out)",
        lambda: _kernels(_read_as_other),
    ),
    Convention(
        "upsampling",
        "each pixel 2 x 2 times (nearest)",
        "nearest; bilinear has half-pixel centres",
        "Keras `UpSampling2D` nearest; `tf.image.resize` bilinear, half-pixel centres",
        _upsampling,
    ),
    Convention(
        "pooling",
        "mean of 2 x 2, sides a multiple of 4",
        "drops an odd row; counts the zeros of a border",
        "VALID drops it, SAME keeps it; never counts a border",
        _pooling,
    ),
    Convention("activation", "x sigmoid(x)", "`silu`", "`tf.nn.silu`, Keras `silu` or `swish`", _activation),
    Convention(
        "real and imaginary channels",
        "all real parts, then all imaginary ones",
        "`view_as_real` puts them side by side, last",
        "no operator of its own",
        lambda: _first_layer(_interleaved),
    ),
    Convention(
        "channels of a group",
        "c is row c // g, column c % g",
        "channels second",
        "channels last",
        _group_channels,
    ),
    Convention("flat layout", "(B*C): channels of a group side by side", "none", "none", _flat_layout),
)
