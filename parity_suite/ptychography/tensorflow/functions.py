"""A function of tensors and plain values run eagerly, as a graph, or compiled by XLA."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import tensorflow as tf

from parity_suite.ptychography.tensorflow.dtypes import Tensor

MODES: Final = ("eager", "graph", "xla")


@dataclass
class Graph:
    """A function traced once; results that are no tensors are kept from the trace."""

    function: Any
    plain: dict[str, Any] = field(default_factory=dict)

    def __call__(self, tensors: Mapping[str, Tensor]) -> Any:
        result = self.function(**tensors)
        return {**result, **self.plain} if isinstance(result, dict) else result


def trace(
    function: Callable[..., Any],
    specs: Mapping[str, tf.TensorSpec],
    values: Mapping[str, Any],
    *,
    device: str,
    compiled: bool,
) -> Graph:
    """``function`` of the tensors that fit ``specs``, with ``values`` fixed, as one concrete function on ``device``."""
    plain: dict[str, Any] = {}

    def body(**tensors: Tensor) -> Any:
        # A device that surrounds the tracing does not reach into the graph.
        with tf.device(device):
            result = function(**tensors, **values)
        if not isinstance(result, dict):
            return result
        plain.update({name: value for name, value in result.items() if not tf.is_tensor(value)})
        return {name: value for name, value in result.items() if tf.is_tensor(value)}

    # XLA compiles a concrete function anew for each distinct shape that fits its signature, and only then.
    traced = tf.function(body, jit_compile=compiled, autograph=False).get_concrete_function(**specs)
    return Graph(traced, plain)


def spec(tensor: Tensor, free: tuple[int, ...]) -> tf.TensorSpec:
    """The dtype and shape of a tensor, open in the axes ``free``."""
    shape = [None if axis in free else size for axis, size in enumerate(tensor.shape)]
    return tf.TensorSpec(shape, tensor.dtype)
