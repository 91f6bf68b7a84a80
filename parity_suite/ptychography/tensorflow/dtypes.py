"""Which dtype a result has when its operands differ, and sums that do not lose digits to float32."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

Tensor = Any


def weigh(values: Tensor, weights: Tensor) -> Tensor:
    """``values * weights`` in the dtype of the values, complex or real; the weights are real and take no gradient."""
    return values * tf.stop_gradient(tf.cast(weights, values.dtype))


def multiply(a: Tensor, b: Tensor) -> Tensor:
    """``a * b``, complex if either is."""
    dtype = a.dtype if a.dtype.is_complex else b.dtype
    return tf.cast(a, dtype) * tf.cast(b, dtype)


def power(values: Tensor) -> Tensor:
    """``|values|^2`` without the square root that ``abs`` would take and differentiate."""
    if not values.dtype.is_complex:
        return tf.square(values)
    return tf.square(tf.math.real(values)) + tf.square(tf.math.imag(values))


def double(values: Tensor) -> Tensor:
    """Real values in float64."""
    return tf.cast(values, tf.float64)
