"""Conversions between the grid, channel and flat layouts of grouped images."""

from __future__ import annotations

import tensorflow as tf

from parity_suite.ptychography.tensorflow.dtypes import Tensor


def layout(images: Tensor, source: str, target: str, gridsize: int) -> Tensor:
    """Images in the layout ``target``: grid (B, g, g, N, N, 1), channel (B, N, N, C) or flat (B*C, N, N, 1)."""
    return _from_stack(_to_stack(images, source, gridsize**2), target, gridsize)


def _to_stack(images: Tensor, source: str, channels: int) -> Tensor:
    if source == "channel":
        return tf.transpose(images, [0, 3, 1, 2])
    return tf.reshape(images, [-1, channels, *images.shape[-3:-1]])


def _from_stack(stack: Tensor, target: str, gridsize: int) -> Tensor:
    if target == "channel":
        return tf.transpose(stack, [0, 2, 3, 1])
    leading = [-1] if target == "flat" else [-1, gridsize, gridsize]
    return tf.reshape(stack, [*leading, *stack.shape[-2:], 1])
