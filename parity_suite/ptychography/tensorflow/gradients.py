"""Vector-Jacobian products as functions of tensors, so that they run in the mode of their stage."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from parity_suite.ptychography.tensorflow.dtypes import Tensor


def vjp_of(kernel: Callable[..., Any], output: str, wrt: str) -> Callable[..., Tensor]:
    """``dL/dRe + i dL/dIm`` of ``L = Re sum(conj(cotangent) * output)``, a function of cotangent and arguments."""

    def vjp(cotangent: Tensor, **arguments: Any) -> Tensor:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(arguments[wrt])
            result = kernel(**arguments)
            value = result[output] if isinstance(result, dict) else result
            projection = tf.reduce_sum(tf.math.real(tf.math.conj(tf.cast(cotangent, value.dtype)) * value))
        gradient = tape.gradient(projection, arguments[wrt], unconnected_gradients=tf.UnconnectedGradients.ZERO)
        # The gradient of a gather comes as a list of rows, some of them named twice.
        return tf.convert_to_tensor(gradient)

    return vjp
