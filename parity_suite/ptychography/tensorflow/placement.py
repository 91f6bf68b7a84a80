"""Where the operations of a graph are asked to run, function bodies included."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import tensorflow as tf

#: An argument lies where its caller put it, and an Identity hands on what another operation made.
_EXEMPT: Final = frozenset({"Placeholder", "Identity"})


def placements(graph: tf.Graph, device: str) -> Mapping[str, bool]:
    """For each operation that computes, whether it was asked onto ``device`` such as ``/GPU:0``."""
    wanted = tf.DeviceSpec.from_string(device)
    return {name: _is_on(node.device, wanted) for name, node in _nodes(graph) if node.op not in _EXEMPT}


def _nodes(graph: tf.Graph) -> Iterator[tuple[str, Any]]:
    definition = graph.as_graph_def()
    for node in definition.node:
        yield node.name, node
    # Bodies of loops, branches and calls all stand in the library, those of nested ones too.
    for function in definition.library.function:
        for node in function.node_def:
            yield f"{function.signature.name}/{node.name}", node


def _is_on(asked: str, wanted: tf.DeviceSpec) -> bool:
    device = tf.DeviceSpec.from_string(asked)
    return (device.device_type, device.device_index) == (wanted.device_type, wanted.device_index)
