"""Bilinear sampling of images, zero outside: what cutting patches and moving images share."""

from __future__ import annotations

import tensorflow as tf

from parity_suite.backends.tensorflow.dtypes import Tensor


def extract(object: Tensor, positions: Tensor, size: int) -> Tensor:
    """Patches ``(B, size, size, C)`` of a canvas ``(H, W)``, pixel ``size // 2`` at each position ``(B, 1, 2, C)``."""
    corners = tf.transpose(positions[:, 0], [0, 2, 1]) - size // 2
    groups, channels = tf.shape(corners)[0], positions.shape[-1]
    corners = tf.reshape(corners, [groups * channels, 2])
    patches = sample(object[None], tf.zeros_like(corners[:, 0], tf.int64), corners, (size, size))
    return tf.transpose(tf.reshape(patches, [groups, channels, size, size]), [0, 2, 3, 1])


def sample(stack: Tensor, items: Tensor, corners: Tensor, shape: tuple[int, int]) -> Tensor:
    """``out[k, r, c] = stack[items[k]](y + r, x + c)`` for corners ``[x, y]`` (K, 2)."""
    rows, fy = _lines(corners[:, 1], stack.shape[1], shape[0])
    columns, fx = _lines(corners[:, 0], stack.shape[2], shape[1])
    # A ring of zeros: whatever lies outside the image is read there.
    ringed = tf.pad(stack, [[0, 0], [1, 1], [1, 1]])
    height, width = ringed.shape[1:]
    lines = items[:, None] * height + rows
    values = tf.gather(tf.reshape(ringed, [-1]), lines[:, :, None] * width + columns[:, None, :])
    values = _blend(values[:, :-1], values[:, 1:], fy)
    return _blend(values[:, :, :-1], values[:, :, 1:], fx)


def split(places: Tensor, low: int, high: int) -> tuple[Tensor, Tensor]:
    """Whole part as int64, held within ``low .. high`` so that it can be one, and the fraction, in float64."""
    whole = tf.floor(places)
    held = tf.clip_by_value(whole, tf.cast(low, tf.float64), tf.cast(high, tf.float64))
    return tf.cast(held, tf.int64), places - whole


def _lines(starts: Tensor, extent: int, count: int) -> tuple[Tensor, Tensor]:
    first, fraction = split(starts, -count - 2, extent + 1)
    lines = first[:, None] + tf.range(count + 1, dtype=tf.int64) + 1
    return tf.clip_by_value(lines, tf.constant(0, tf.int64), tf.constant(extent + 1, tf.int64)), fraction


def _blend(near: Tensor, far: Tensor, fraction: Tensor) -> Tensor:
    weight = tf.cast(fraction, near.dtype.real_dtype)[:, None, None]
    return near * _as(1 - weight, near.dtype) + far * _as(weight, near.dtype)


def _as(weight: Tensor, dtype: tf.DType) -> Tensor:
    """Real weights beside complex values; unlike a cast, this has a gradient that warns of nothing."""
    return tf.complex(weight, tf.zeros_like(weight)) if dtype.is_complex else weight
