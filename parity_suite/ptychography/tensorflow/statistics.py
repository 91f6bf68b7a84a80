"""Statistics of |patch|, patch by patch."""

from __future__ import annotations

import tensorflow as tf

from parity_suite.ptychography.tensorflow.dtypes import Tensor, double


def stats(patches: Tensor) -> dict[str, Tensor]:
    """Population statistics ``(B, C)`` of patches ``(B, N, N, C)``: two passes, in float64 on the way."""
    magnitude = tf.abs(patches)
    mean = _mean(double(magnitude))
    variance = _mean(tf.square(double(magnitude) - mean[:, None, None]))
    real = magnitude.dtype
    return {
        "mean": tf.cast(mean, real),
        "std": tf.cast(tf.sqrt(variance), real),
        "minimum": tf.reduce_min(magnitude, axis=[1, 2]),
        "maximum": tf.reduce_max(magnitude, axis=[1, 2]),
        "var_zero_mean": tf.cast(variance, real),
    }


def _mean(values: Tensor) -> Tensor:
    """Rows first, then their means: one sum over all N^2 pixels runs in order and loses two digits more."""
    return tf.reduce_mean(tf.reduce_mean(values, axis=2), axis=1)
