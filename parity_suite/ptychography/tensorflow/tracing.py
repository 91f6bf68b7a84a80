"""Which implementation of ``translate`` ran, by TensorFlow's own profiler."""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import tensorflow as tf
from tensorflow.python.eager import context
from tensorflow.tsl.profiler.protobuf import xplane_pb2

from parity_suite.ptychography.protocol import Trace

#: What the profiler calls an operation that runs by itself, one inside a graph, and a program that XLA compiled.
_EAGER: Final = "EagerLocalExecute: "
_EXECUTED: Final = re.compile(r"^\w+Executable::Execute")
_COMPILED: Final = re.compile(r"^\w+Compiler::RunBackend$")

#: A program that XLA compiled without being asked to, and one whose function was thrown away before it could be read.
AUTOMATIC: Final = "an automatic XLA cluster"
LOST: Final = "an XLA program that is gone"

_GATHER: Final = "GatherV2"
_PROJECTIVE: Final = "ImageProjectiveTransformV3"


def trace(run: Callable[[], None]) -> Trace:
    """What TensorFlow recorded while ``run`` ran; traced functions are the caller's to count."""
    events = _record(run)
    operations = set(_recognised(events))
    ran = {implementation for implementation, _ in operations}
    compiled = sum(count for name, count in events.items() if _COMPILED.match(name))
    return Trace(tuple(sorted(ran)), tuple(sorted(name for _, name in operations)), 0, compiled)


def _recognised(events: Counter[str]) -> Iterator[tuple[str, str]]:
    """Implementations beside the events that betray them."""
    for name in events:
        if name == _EAGER + _GATHER:
            yield "gather_eager", name
        elif name.endswith(":" + _GATHER):
            yield "gather_graph", name
        elif name.endswith((_EAGER + _PROJECTIVE, ":" + _PROJECTIVE)):
            yield "projective", name
    executed = [name for name in events if _EXECUTED.match(name)]
    handed = set().union(*(_operations_of(name) for name in events))
    if executed and _GATHER in handed:
        yield "gather_xla", executed[0]
    elif executed:
        # What nobody handed to XLA, TensorFlow did by itself, as `TF_XLA_FLAGS=--tf_xla_auto_jit=2` makes it.
        yield AUTOMATIC if any(name.endswith(":_XlaRun") for name in events) else LOST, executed[0]


def _operations_of(event: str) -> set[str]:
    """The operations of a function that was handed to XLA; of anything else, none."""
    function = event.removeprefix(_EAGER)
    if event == function or not context.context().has_function(function):
        return set()
    definition = context.context().get_function_def(function)
    must_compile = definition.attr["_XlaMustCompile"].b
    return {node.op for node in definition.node_def} if must_compile else set()


def _record(run: Callable[[], None]) -> Counter[str]:
    """How often each event of the host occurred."""
    with tempfile.TemporaryDirectory(prefix="parity-profile-") as folder:
        tf.profiler.experimental.start(folder)
        try:
            run()
        finally:
            tf.profiler.experimental.stop()
        events: Counter[str] = Counter()
        for path in Path(folder).rglob("*.xplane.pb"):
            space = xplane_pb2.XSpace()
            space.ParseFromString(path.read_bytes())
            for plane in space.planes:
                events.update(plane.event_metadata[e.metadata_id].name for line in plane.lines for e in line.events)
    return events
