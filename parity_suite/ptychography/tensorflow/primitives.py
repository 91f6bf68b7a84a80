"""TensorFlow's bare arithmetic, for the probe of a machine's numerics."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import tensorflow as tf

from parity_suite.ptychography.tensorflow.dtypes import Tensor


def _conv2d(image: Tensor, filters: Tensor) -> Tensor:
    result = tf.nn.conv2d(image[None, :, :, None], filters[:, :, None, None], strides=1, padding="VALID")
    return result[0, :, :, 0]


def _double(values: Tensor) -> Tensor:
    return values * tf.constant(2, values.dtype)


PRIMITIVES: Final[Mapping[str, Callable[..., Any]]] = {
    "sqrt": tf.sqrt,
    "exp": tf.exp,
    "log": tf.math.log,
    "sin": tf.sin,
    "cos": tf.cos,
    "tanh": tf.tanh,
    "fft2": tf.signal.fft2d,
    "matmul": tf.matmul,
    "conv2d": _conv2d,
    "double": _double,
}
