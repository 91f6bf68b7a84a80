"""Bilinear sampling of images, zero outside: what cutting patches and moving images share."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from parity_suite.ptychography.tensorflow.dtypes import Tensor

#: one pixel around each image
_RING = np.array([[0, 0], [1, 1], [1, 1]], np.int32)


def extract(object: Tensor, positions: Tensor, size: int) -> Tensor:
    """Patches ``(B, size, size, C)`` of a canvas ``(H, W)``, pixel ``size // 2`` at each position ``(B, 1, 2, C)``."""
    corners = tf.transpose(positions[:, 0], [0, 2, 1]) - size // 2
    groups, channels = tf.shape(corners)[0], positions.shape[-1]
    corners = tf.reshape(corners, [groups * channels, 2])
    patches = sample(object[None], tf.zeros_like(corners[:, 0], tf.int64), corners, (size, size))
    return tf.transpose(tf.reshape(patches, [groups, channels, size, size]), [0, 2, 3, 1])


def sample(stack: Tensor, items: Tensor, corners: Tensor, shape: tuple[int, int]) -> Tensor:
    """``out[k, r, c] = stack[items[k]](y + r, x + c)`` for corners ``[x, y]`` (K, 2)."""
    x, y = tf.unstack(tf.expand_dims(corners, -1), 2, axis=1)
    rows, fy = _lines(y, stack.shape[1], shape[0])
    columns, fx = _lines(x, stack.shape[2], shape[1])
    # A ring of zeros: whatever lies outside the image is read there.
    ringed = tf.pad(stack, _RING)
    height, width = ringed.shape[1:]
    lines = (tf.expand_dims(items, -1) * height + rows) * width
    values = tf.gather(tf.reshape(ringed, [-1]), tf.expand_dims(lines, 2) + tf.expand_dims(columns, 1))
    values = _blend(values[:, :-1], values[:, 1:], fy)
    return _blend(values[:, :, :-1], values[:, :, 1:], fx)


def split(places: Tensor, low: int, high: Tensor) -> tuple[Tensor, Tensor]:
    """Whole part as int64, held within ``low .. high`` so that it can be one, and the fraction, in float64."""
    whole = tf.floor(places)
    held = tf.clip_by_value(whole, tf.cast(low, tf.float64), tf.cast(high, tf.float64))
    return tf.cast(held, tf.int64), places - whole


def _lines(starts: Tensor, extent: int, count: int) -> tuple[Tensor, Tensor]:
    """Of starts (K, 1) the rows, or columns, of a ringed image (K, count + 1), and the fractions (K, 1, 1)."""
    first, fraction = split(starts, -count - 2, extent + 1)
    lines = first + tf.range(1, count + 2, dtype=tf.int64)
    ringed = tf.clip_by_value(lines, tf.constant(0, tf.int64), tf.constant(extent + 1, tf.int64))
    return ringed, tf.expand_dims(fraction, -1)


def _blend(near: Tensor, far: Tensor, fraction: Tensor) -> Tensor:
    weight = tf.cast(fraction, near.dtype.real_dtype)
    return near * _as(1 - weight, near.dtype) + far * _as(weight, near.dtype)


def _as(weight: Tensor, dtype: tf.DType) -> Tensor:
    """Real weights beside complex values; unlike a cast, this has a gradient that warns of nothing."""
    return tf.complex(weight, tf.zeros_like(weight)) if dtype.is_complex else weight
