"""The same two functions in TensorFlow: channels first, [row, col] in metres, complex as two channels."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

#: Metres; a power of two loses no digits.
PIXEL = 2.0**-24


def shift(images: Any, offsets: Any) -> Any:
    """``images`` (B, C, H, W) moved by ``offsets`` (B, 2), [row, col] in metres: down and to the right."""
    height, width = images.shape[-2:]
    pixels = offsets / PIXEL
    rows = tf.range(height, dtype=pixels.dtype) - pixels[:, :1]
    columns = tf.range(width, dtype=pixels.dtype) - pixels[:, 1:]
    moved = tf.zeros_like(images)
    for r, weight_r in _neighbours(rows):
        for c, weight_c in _neighbours(columns):
            inside = ((r >= 0) & (r < height))[:, :, None] & ((c >= 0) & (c < width))[:, None, :]
            picked = tf.gather(images, _index(r, height), axis=2, batch_dims=1)
            picked = tf.gather(tf.transpose(picked, [0, 3, 1, 2]), _index(c, width), axis=1, batch_dims=1)
            weight = weight_r[:, :, None] * weight_c[:, None, :] * tf.cast(inside, pixels.dtype)
            moved += tf.transpose(picked, [0, 2, 3, 1]) * tf.cast(weight[:, None], images.dtype)
    return moved


def _index(places: Any, side: int) -> Any:
    return tf.cast(tf.clip_by_value(places, 0, side - 1), tf.int32)


def _neighbours(places: Any) -> Any:
    low = tf.floor(places)
    part = places - low
    return (low, 1 - part), (low + 1, part)


def far_field(psi: Any) -> Any:
    """Amplitudes (B, C, N, N) of waves ``psi`` (B, P, C, 2, N, N) of real and imaginary part."""
    wave = tf.complex(psi[:, :, :, 0], psi[:, :, :, 1])
    side = float(psi.shape[-1])
    far = tf.signal.fftshift(tf.signal.fft2d(wave), axes=(-2, -1))
    power = tf.reduce_sum(tf.math.real(far) ** 2 + tf.math.imag(far) ** 2, axis=1) / side**2
    lit = power > 0
    return tf.where(lit, tf.sqrt(tf.where(lit, power, 1)), 0)
