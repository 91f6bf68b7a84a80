"""Statistics of |patch|, patch by patch."""

from __future__ import annotations

import tensorflow as tf

from parity_suite.backends.tensorflow.dtypes import Tensor, double


def stats(patches: Tensor) -> dict[str, Tensor]:
    """Population statistics ``(B, C)`` of patches ``(B, N, N, C)``: two passes, in float64 on the way."""
    magnitude = tf.abs(patches)
    mean = tf.reduce_mean(double(magnitude), axis=[1, 2])
    variance = tf.reduce_mean(tf.square(double(magnitude) - mean[:, None, None]), axis=[1, 2])
    real = magnitude.dtype
    return {
        "mean": tf.cast(mean, real),
        "std": tf.cast(tf.sqrt(variance), real),
        "minimum": tf.reduce_min(magnitude, axis=[1, 2]),
        "maximum": tf.reduce_max(magnitude, axis=[1, 2]),
        "var_zero_mean": tf.cast(variance, real),
    }
