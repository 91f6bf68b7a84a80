"""The reference backend in TensorFlow: the kernels under a device, in a precision and a mode."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any, ClassVar, Final

import numpy as np
import tensorflow as tf

from parity_suite.backends.api import Array, Handle
from parity_suite.backends.capabilities import Capabilities
from parity_suite.backends.exceptions import NotProvided
from parity_suite.backends.frameworks.tensorflow import placements
from parity_suite.core.packs import BY_NAME
from parity_suite.ptychography.admission import admit
from parity_suite.ptychography.learning.settings import TrainingSettings
from parity_suite.ptychography.model import Fitted, Model, ModelBackend
from parity_suite.ptychography.numpy_adapter import Kernel
from parity_suite.ptychography.protocol import Trace
from parity_suite.ptychography.tensorflow import environment, training
from parity_suite.ptychography.tensorflow import translation as _translation
from parity_suite.ptychography.tensorflow.dtypes import Tensor
from parity_suite.ptychography.tensorflow.functions import MODES, Graph, spec, trace
from parity_suite.ptychography.tensorflow.gradients import vjp_of
from parity_suite.ptychography.tensorflow.primitives import PRIMITIVES
from parity_suite.ptychography.tensorflow.reassembly import finish
from parity_suite.ptychography.tensorflow.stages import COMPILED, KERNELS, is_traced, open_axes, plain
from parity_suite.ptychography.tensorflow.tracing import trace as profiled

_DEVICES: Final = {"cpu": "/CPU:0", "cuda": "/GPU:0"}


class TensorFlow(ModelBackend):
    """Every stage in every mode: ``eager``, as a ``graph``, or compiled by ``xla``; nothing falls back to another mode.

    Raises ``ValueError`` for an unknown device, precision, mode or translation, and for a ``USE_XLA_TRANSLATE`` that
    says neither yes nor no. A device that is known but not at hand is refused when something is to be computed there;
    ``placement`` needs none.
    """

    modes: ClassVar[tuple[str, ...]] = MODES
    translations: ClassVar[tuple[str, ...]] = tuple(_translation.WAYS)
    implementations: ClassVar[Mapping[str, str]] = {
        "projective": "translate",
        "gather_graph": "translate",
        "gather_xla": "translate",
    }
    chosen_by: ClassVar[Mapping[str, str]] = {"translate": "translation"}
    per_shape: ClassVar[tuple[str, ...]] = ("gather_graph", "gather_xla")
    capabilities_projective: ClassVar[Capabilities] = Capabilities(
        coordinates={"translate": "float32"}, precisions=("float32",)
    )
    translation_switches: ClassVar[Mapping[str, Mapping[str, str]]] = _translation.SWITCHES

    def __init__(
        self,
        *,
        device: str = "cpu",
        precision: str = "float32",
        mode: str | None = None,
        translation: str | None = None,
    ) -> None:
        super().__init__(device=device, precision=precision, mode=mode, translation=translation)
        if device not in _DEVICES:
            raise ValueError(f"device: {device!r} is none of {', '.join(_DEVICES)}")
        kernels = COMPILED if self.mode == "xla" else KERNELS
        self._kernels = {**kernels, "translate": _translation.kernel(self.translation)}
        self._graphs: dict[tuple[Any, ...], Graph] = {}

    def _own_translation(self) -> str:
        return _translation.chosen_by_environment(self.mode)

    @classmethod
    def missing_implementation(cls, name: str) -> str:
        """Why this build has no projective transform, where that is what is asked for."""
        return _translation.why_not_projective() if name == "projective" else ""

    def translation_trace(self, calls: Sequence[tuple[Array, Array]]) -> Trace:
        """What TensorFlow's profiler recorded of the calls, and how many graphs were traced for them."""
        before = len(self._graphs)
        found = profiled(lambda: self._translate_all(calls))
        return replace(found, traces=len(self._graphs) - before)

    @classmethod
    def devices(cls) -> tuple[str, ...]:
        """The devices at hand: ``cpu``, and ``cuda`` where TensorFlow sees a GPU."""
        return environment.devices()

    @classmethod
    def describe(cls) -> dict[str, str]:
        """TensorFlow's version and settings on this machine."""
        return environment.describe()

    @classmethod
    def versions(cls) -> Mapping[str, str]:
        """TensorFlow's version."""
        return {"tensorflow": tf.__version__}

    def put(self, array: Array) -> Handle:
        """The array as a tensor on the device, in the dtype it has; raises ``ValueError`` without the device."""
        with self._on_device():
            return tf.convert_to_tensor(array) if self.device == "cuda" else _copied(array)

    def get(self, handle: Handle) -> Array:
        """The tensor as a NumPy array."""
        return np.asarray(handle.numpy())

    def kernel(self, stage: str) -> Kernel:
        """The stage as a function of tensors and plain values, in the mode of this backend."""
        return partial(self._run, stage, self._kernels[stage], stage)

    def primitive(self, name: str, *arrays: Array) -> Array:
        """TensorFlow's own ``sqrt exp log sin cos tanh fft2 matmul conv2d double``, in the mode of this backend."""

        def bare(**named: Tensor) -> Tensor:
            return PRIMITIVES[name](*named.values())

        tensors = {f"array{i}": self.put(array) for i, array in enumerate(arrays)}
        specs = {key: spec(tensor, ()) for key, tensor in tensors.items()}
        return self.get(self._compute(name, bare, tensors, specs, {}, self.mode))

    def reassemble_stream(
        self, chunks: Iterable[tuple[Array, Array]], centre: Array, canvas: tuple[int, int]
    ) -> Mapping[str, Array]:
        """As ``reassemble`` with one centre, for chunks that never are in memory together."""
        if np.shape(centre) != (2,):
            raise ValueError(f"centre: shape {np.shape(centre)} is not (2,), one centre for all chunks")
        numerator, count = self.put(np.zeros(canvas, self.complex)), self.put(np.zeros(canvas, self.real))
        for patches, positions in chunks:
            inputs = {"patches": patches, "positions": positions, "centre": centre, "canvas": canvas}
            part = self._call("reassemble", inputs)
            with self._on_device():
                numerator += tf.cast(part["numerator"], numerator.dtype)
                count += part["count"]
        with self._on_device():
            return {name: self.get(value) for name, value in finish(numerator, count).items()}

    def hold(self, model: Model) -> None:
        """Makes ``model`` the one that is held; for a device that is not at hand, as far as ``placement`` needs it."""
        if self.device in self.devices():
            super().hold(model)
        else:
            self._model = model

    def fit(self, given: Mapping[str, Any], scale: float, settings: TrainingSettings) -> Fitted:
        """One function is traced for all steps, also in eager mode, as Keras's ``fit`` does: it takes half a second,
        and so do six steps of dispatch; it serves all trainings of one shape. Raises ``FloatingPointError``.
        """
        with self._on_device():
            return training.fit(self._kernels["objective"], self._traced, given, scale, settings)

    def vjp(self, stage: str, inputs: Mapping[str, Any], output: str, wrt: str, cotangent: Array | np.float64) -> Array:
        """``dL/dRe + i dL/dIm`` of ``L = Re sum(conj(cotangent) * output)`` with respect to the input ``wrt``."""
        admit(BY_NAME[stage], inputs)
        if wrt == "offsets" and self.translation == "projective":
            raise NotProvided("ImageProjectiveTransformV3 has no gradient with respect to its transforms")
        function = vjp_of(self._kernels[stage], output, wrt)
        arguments = self.arguments(stage, inputs)
        name = f"{stage}:{output}/{wrt}"
        gradient = self._run(stage, function, name, **arguments, cotangent=self.put(np.asarray(cotangent)))
        given = inputs[wrt]
        if np.ndim(given) and 0 < len(given) < len(gradient):
            # Of each image, where an offset stands for a block of them.
            gradient = tf.reduce_sum(tf.reshape(gradient, [len(given), -1, *np.shape(given)[1:]]), axis=1)
        return self.get(gradient)

    def placement(self, stage: str, inputs: Mapping[str, Any]) -> Mapping[str, bool]:
        """For each operation of the stage's graph, whether it was asked onto the device; runs nothing there."""
        admit(BY_NAME[stage], inputs)
        if stage == "infer":
            self._admit_amplitude(inputs["amplitude"])
            held = {"probe": self.model.probe, "scale": self.model.scale, "weights": self.model.weights}
            stage, inputs = "network", {"amplitude": inputs["amplitude"], **held}
        here = TensorFlow(precision=self.precision)
        tensors, values = here._sorted(stage, here.arguments(stage, inputs))
        graph = self._trace(self._kernels[stage], _specs(stage, tensors), values, self.mode)
        return placements(graph.function.graph, _DEVICES[self.device])

    def _run(self, stage: str, function: Callable[..., Any], key: str, **arguments: Any) -> Any:
        tensors, values = self._sorted(stage, arguments)
        if stage != "translate":
            return self._compute(key, function, tensors, _specs(stage, tensors), values, self.mode)
        mode = _translation.WAYS[self.translation].mode
        if mode != "xla":
            return self._compute(key, function, tensors, _specs(stage, tensors), values, mode)

        def compiled(block: Mapping[str, Tensor]) -> Tensor:
            return self._compute(key, function, block, {n: spec(t, ()) for n, t in block.items()}, {}, mode)

        with self._on_device():
            return _translation.in_blocks(compiled, tensors, values.get("interpolation"))

    def _compute(
        self,
        name: str,
        function: Callable[..., Any],
        tensors: Mapping[str, Tensor],
        specs: Mapping[str, tf.TensorSpec],
        values: Mapping[str, Any],
        mode: str,
    ) -> Any:
        with self._on_device():
            if mode == "eager":
                return function(**tensors, **values)
            sizes = tuple((n, tuple(s.shape.as_list()), s.dtype) for n, s in sorted(specs.items()))
            key = (name, tuple(sorted(values.items())), sizes)
            if key not in self._graphs:
                self._graphs[key] = self._trace(function, specs, values, mode)
            return self._graphs[key](tensors)

    def _traced(self, function: Kernel, example: Mapping[str, Tensor]) -> Kernel:
        """The function as one graph, compiled or not, for tensors like those of the example."""
        specs = tuple((name, spec(tensor, ())) for name, tensor in example.items())
        graph = _graph_of(function, specs, _DEVICES[self.device], self.mode == "xla")
        return lambda **tensors: graph(tensors)

    def _trace(
        self, function: Callable[..., Any], specs: Mapping[str, tf.TensorSpec], values: Mapping[str, Any], mode: str
    ) -> Graph:
        return trace(function, specs, values, device=_DEVICES[self.device], compiled=mode == "xla")

    def _sorted(self, stage: str, arguments: Mapping[str, Any]) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """What goes into a graph as a tensor, and what is fixed in it."""
        tensors, values = {}, {}
        for name, value in arguments.items():
            if tf.is_tensor(value):
                tensors[name] = value
            elif value is not None:
                field = BY_NAME[stage].input(name)
                if is_traced(field):
                    tensors[name] = self.put(np.array(value, np.int64 if field.kind == "integer" else np.float64))
                else:
                    values[name] = plain(field, value)
        return tensors, values

    def _on_device(self) -> Any:
        if self.device not in self.devices():
            raise ValueError(f"device: {self.device} asked for, but TensorFlow sees no such device here")
        return tf.device(_DEVICES[self.device])


@lru_cache(maxsize=16)
def _graph_of(
    function: Callable[..., Any], specs: tuple[tuple[str, tf.TensorSpec], ...], device: str, compiled: bool
) -> Graph:
    return trace(function, dict(specs), {}, device=device, compiled=compiled)


def _specs(stage: str, tensors: Mapping[str, Tensor]) -> dict[str, tf.TensorSpec]:
    return {name: spec(tensor, open_axes(stage, name, tensor.shape.rank)) for name, tensor in tensors.items()}


def _copied(array: Array) -> Tensor:
    """A tensor on the CPU, at the cost of one copy where TensorFlow's own way takes two.

    TensorFlow aborts on memory that does not start at a multiple of 64 bytes, so the copy is made in one that does.
    """
    room = np.empty(array.nbytes + 64, np.uint8)
    start = -room.ctypes.data % 64
    copy = room[start : start + array.nbytes].view(array.dtype).reshape(array.shape)
    copy[...] = array
    return tf.experimental.dlpack.from_dlpack(copy.__dlpack__())
