"""Conversions between the grid, channel and flat layouts of grouped images."""

from __future__ import annotations

import tensorflow as tf

from parity_suite.backends.tensorflow.dtypes import Tensor


def layout(images: Tensor, source: str, target: str, gridsize: int) -> Tensor:
    """Images in the layout ``target``: grid (B, g, g, N, N, 1), channel (B, N, N, C) or flat (B*C, N, N, 1)."""
    return _from_stack(_to_stack(images, source, gridsize**2), target, gridsize)


def _to_stack(images: Tensor, source: str, channels: int) -> Tensor:
    if source == "channel":
        return tf.transpose(images, [0, 3, 1, 2])
    groups = tf.shape(images)[0] // (channels if source == "flat" else 1)
    return tf.reshape(images, [groups, channels, *images.shape[-3:-1]])


def _from_stack(stack: Tensor, target: str, gridsize: int) -> Tensor:
    if target == "channel":
        return tf.transpose(stack, [0, 2, 3, 1])
    # Sizes are spelled out: an empty batch leaves -1 without a value.
    groups, side = tf.shape(stack)[0], stack.shape[-2:]
    leading = [groups * gridsize**2] if target == "flat" else [groups, gridsize, gridsize]
    return tf.reshape(stack, [*leading, *side, 1])
