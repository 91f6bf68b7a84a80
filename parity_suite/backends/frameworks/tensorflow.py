"""TensorFlow's operations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Final

import numpy as np
import tensorflow as tf

from parity_suite.backends.api import Array
from parity_suite.backends.frameworks.framework import Framework, Tensor

#: TensorFlow's names of the devices.
DEVICES: Final = {"cpu": "/CPU:0", "cuda": "/GPU:0"}
#: An argument lies where its caller put it, and an Identity hands on what another operation made.
_EXEMPT: Final = frozenset({"Placeholder", "Identity"})


class OfTensorFlow(Framework):
    """TensorFlow on the CPU or on CUDA, eagerly unless a function is a graph of its own."""

    places: ClassVar[bool] = True

    def devices(self) -> tuple[str, ...]:
        return ("cpu", "cuda") if tf.config.list_physical_devices("GPU") else ("cpu",)

    def put(self, array: Array, device: str) -> Tensor:
        with tf.device(DEVICES[device]):
            # It may share memory with an array, which somebody may write into afterwards.
            return tf.constant(array)

    def get(self, tensor: Tensor) -> Array:
        # What TensorFlow hands out is its own memory.
        return np.array(tensor.numpy() if tf.is_tensor(tensor) else tensor)

    def size(self, tensor: Tensor) -> tuple[int, ...]:
        return tuple(tensor.shape.as_list())

    def transpose(self, tensor: Tensor, axes: Sequence[int]) -> Tensor:
        return tf.transpose(tensor, list(axes))

    def reshape(self, tensor: Tensor, shape: Sequence[int]) -> Tensor:
        return tf.reshape(tensor, list(shape))

    def flip(self, tensor: Tensor, axes: Sequence[int]) -> Tensor:
        return tf.reverse(tensor, list(axes))

    def roll(self, tensor: Tensor, shifts: Sequence[int], axes: Sequence[int]) -> Tensor:
        return tf.roll(tensor, list(shifts), list(axes))

    def repeat(self, tensor: Tensor, times: int) -> Tensor:
        return tf.repeat(tensor, times, axis=0)

    def cast(self, tensor: Tensor, dtype: str) -> Tensor:
        return tf.cast(tensor, dtype)

    def parts(self, tensor: Tensor) -> Tensor:
        return tf.stack([tf.math.real(tensor), tf.math.imag(tensor)], axis=-1)

    def whole(self, tensor: Tensor) -> Tensor:
        return tf.complex(tensor[..., 0], tensor[..., 1])

    def root(self, tensor: Tensor) -> Tensor:
        lit = tensor > 0
        return tf.where(lit, tf.sqrt(tf.where(lit, tensor, tf.ones_like(tensor))), tf.zeros_like(tensor))

    def finite(self, tensor: Tensor) -> Tensor:
        # TensorFlow has no such question about a complex number.
        return tf.where(tf.equal(tensor, tensor), tensor, tf.zeros_like(tensor))

    def vjp(self, function: Callable[[Tensor], Tensor], tensor: Tensor, cotangent: Array) -> Tensor:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(tensor)
            value = function(tensor)
            given = tf.constant(np.asarray(cotangent if value.dtype.is_complex else np.real(cotangent)))
            loss = tf.reduce_sum(tf.math.real(tf.math.conj(tf.cast(given, value.dtype)) * value))
        gradient = tape.gradient(loss, tensor, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        # The gradient of a gather comes as a list of rows, some of them named twice.
        return tf.convert_to_tensor(gradient)

    def placement(
        self, function: Callable[..., Mapping[str, Tensor]], tensors: Mapping[str, Tensor], device: str
    ) -> Mapping[str, bool]:
        """By the graph of the function, in which every operation says where it was asked to run."""
        specs = {name: tf.TensorSpec(tensor.shape, tensor.dtype) for name, tensor in tensors.items()}

        def body(**given: Tensor) -> Mapping[str, Tensor]:
            with tf.device(DEVICES[device]):
                return {name: value for name, value in function(**given).items() if tf.is_tensor(value)}

        graph = tf.function(body, autograph=False).get_concrete_function(**specs).graph
        return placements(graph, DEVICES[device])


def placements(graph: tf.Graph, device: str) -> Mapping[str, bool]:
    """For each operation that computes, whether it was asked onto ``device`` such as ``/GPU:0``."""
    wanted = tf.DeviceSpec.from_string(device)
    return {name: _is_on(node.device, wanted) for name, node in _nodes(graph) if node.op not in _EXEMPT}


def _nodes(graph: tf.Graph) -> Iterator[tuple[str, Any]]:
    definition = graph.as_graph_def()
    for node in definition.node:
        yield node.name, node
    # Bodies of loops, branches and calls all stand in the library, those of nested ones too.
    library = {one.signature.name: one for one in definition.library.function}
    compiled = _compiled(library)
    for name, function in library.items():
        for node in () if name in compiled else function.node_def:
            # What was traced on no device runs where it is called.
            if node.device:
                yield f"{name}/{node.name}", node


def _compiled(library: Mapping[str, Any]) -> set[str]:
    """Functions of a graph that XLA compiles as a whole, and what they call: each runs where it is called, whatever its
    operations were asked when it was traced.
    """
    found: set[str] = set()
    waiting = [name for name, one in library.items() if one.attr["_XlaMustCompile"].b]
    while waiting:
        name = waiting.pop()
        if name in library and name not in found:
            found.add(name)
            waiting += [called for node in library[name].node_def for called in _called(node)]
    return found


def _called(node: Any) -> Iterator[str]:
    for value in node.attr.values():
        yield from (one.name for one in (value.func, *value.list.func) if one.name)


def _is_on(asked: str, wanted: tf.DeviceSpec) -> bool:
    device = tf.DeviceSpec.from_string(asked)
    return (device.device_type, device.device_index) == (wanted.device_type, wanted.device_index)


FRAMEWORK: Final = OfTensorFlow()
