"""The PyTorch backend: its kernels behind the NumPy door."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import Any, ClassVar, Final

import numpy as np
import torch

from parity_suite.backends.api import Array
from parity_suite.backends.capabilities import OF_IMAGES, Capabilities
from parity_suite.backends.frameworks.torch import PlacementRecorder
from parity_suite.core.packs import BY_NAME
from parity_suite.core.stage import DEVICES
from parity_suite.ptychography.admission import admit
from parity_suite.ptychography.learning.settings import TrainingSettings
from parity_suite.ptychography.model import Fitted, ModelBackend
from parity_suite.ptychography.numpy_adapter import Kernel
from parity_suite.ptychography.protocol import Trace
from parity_suite.ptychography.torch import stitching, training
from parity_suite.ptychography.torch.diffraction import diffract
from parity_suite.ptychography.torch.grouping import group
from parity_suite.ptychography.torch.illumination import illuminate, probe
from parity_suite.ptychography.torch.layouts import layout
from parity_suite.ptychography.torch.losses import loss
from parity_suite.ptychography.torch.network import network
from parity_suite.ptychography.torch.objective import objective
from parity_suite.ptychography.torch.photons import observe, scale
from parity_suite.ptychography.torch.primitives import PRIMITIVES
from parity_suite.ptychography.torch.sampling import extract
from parity_suite.ptychography.torch.statistics import stats
from parity_suite.ptychography.torch.tracing import trace
from parity_suite.ptychography.torch.translation import WAYS, translate, why_not_compiled

_KERNELS: Final[dict[str, Kernel]] = {
    "probe": probe,
    "group": group,
    "layout": layout,
    "extract": extract,
    "illuminate": illuminate,
    "diffract": diffract,
    "scale": scale,
    "observe": observe,
    "network": network,
    "reassemble": stitching.reassemble,
    "loss": loss,
    "objective": objective,
    "stats": stats,
}


class Torch(ModelBackend):
    """PyTorch on the CPU or on CUDA.

    Raises ``ValueError`` for a device that this machine has not, or a precision, mode or translation that is not
    provided.
    """

    translations: ClassVar[tuple[str, ...]] = tuple(WAYS)
    implementations: ClassVar[Mapping[str, str]] = {"grid_sample": "translate", "gather_compiled": "translate"}
    chosen_by: ClassVar[Mapping[str, str]] = {"translate": "translation"}
    per_shape: ClassVar[tuple[str, ...]] = ("gather_compiled",)
    capabilities_grid_sample: ClassVar[Capabilities] = Capabilities(coordinates={"translate": OF_IMAGES})

    def __init__(
        self,
        *,
        device: str = "cpu",
        precision: str = "float32",
        mode: str | None = None,
        translation: str | None = None,
    ) -> None:
        super().__init__(device=device, precision=precision, mode=mode, translation=translation)
        if device not in DEVICES:
            raise ValueError(f"device: {device!r} is none of {', '.join(DEVICES)}")
        if device not in self.devices():
            raise ValueError(f"device: PyTorch {torch.__version__} finds no {device} here")

    @classmethod
    def devices(cls) -> tuple[str, ...]:
        """The devices to be had here."""
        return ("cpu", "cuda") if torch.cuda.is_available() else ("cpu",)

    @staticmethod
    def use_onednn(on: bool) -> None:
        """Switches oneDNN on or off for this process; TensorFlow has an environment variable for it."""
        torch.backends.mkldnn.set_flags(on)

    @classmethod
    def describe(cls) -> dict[str, str]:
        """What the numbers may depend on: version, threads, libraries, TF32, the devices."""
        cards = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
        return {
            "version": torch.__version__,
            "translation": cls.translations[0],
            "threads": str(torch.get_num_threads()),
            "mkl": str(torch.backends.mkl.is_available()),
            "onednn": str(torch.backends.mkldnn.is_available()),
            "cpu_capability": torch.backends.cpu.get_cpu_capability(),
            "cuda": str(torch.version.cuda),
            "cuda_devices": ", ".join(cards),
            "tf32_matmul": str(torch.backends.cuda.matmul.allow_tf32),
            "tf32_cudnn": str(torch.backends.cudnn.allow_tf32),
        }

    @classmethod
    def versions(cls) -> dict[str, str]:
        return {"torch": str(torch.__version__)}

    @classmethod
    def missing_implementation(cls, name: str) -> str:
        """Why ``torch.compile`` does not work here, where that is what is asked for."""
        return why_not_compiled() if name == "gather_compiled" else ""

    def translation_trace(self, calls: Sequence[tuple[Array, Array]]) -> Trace:
        """What PyTorch's profiler recorded of the calls."""
        return trace(lambda: self._translate_all(calls))

    def kernel(self, stage: str) -> Kernel:
        return partial(translate, way=self.translation) if stage == "translate" else _KERNELS[stage]

    def put(self, array: Array) -> torch.Tensor:
        """The array as a tensor on the device; on the CPU both share memory if the array is writeable."""
        native = array.dtype.newbyteorder("=")
        if min(array.strides, default=0) < 0:
            # PyTorch takes no such array, and NumPy calls one of a single item contiguous.
            array = array.copy()
        return torch.from_numpy(np.require(array, native, ["C_CONTIGUOUS", "WRITEABLE"])).to(self.device)

    def get(self, handle: torch.Tensor | float) -> Array:
        """The tensor, or a plain number, as a NumPy array."""
        array: Array = handle.numpy(force=True) if isinstance(handle, torch.Tensor) else np.asarray(handle)
        return array

    def reassemble_stream(
        self, chunks: Iterable[tuple[Array, Array]], centre: Array, canvas: tuple[int, int]
    ) -> Mapping[str, Array]:
        none = np.zeros((0, 1, 1, 1), self.complex), np.zeros((0, 1, 2, 1))
        dtype = torch.complex64 if self.precision == "float32" else torch.complex128
        sums = stitching.blank(1, canvas, dtype, torch.device(self.device))
        # The empty chunk in front, so that centre and canvas are admitted even where no chunk follows.
        for patches, positions in chain([none], chunks):
            inputs = {"patches": patches, "positions": positions, "centre": centre, "canvas": canvas}
            admit(BY_NAME["reassemble"], inputs)
            if centre.shape != (2,):
                raise ValueError(f"centre: shape {centre.shape}, wanted one centre (2,) for all chunks")
            arguments = self.arguments("reassemble", inputs)
            stitching.add(sums, **{**arguments, "patches": arguments["patches"].to(dtype)})
        return {name: self.get(value[0]) for name, value in stitching.finish(sums, canvas).items()}

    def fit(self, given: Mapping[str, Any], scale: float, settings: TrainingSettings) -> Fitted:
        return training.fit(given, scale, settings)

    def vjp(self, stage: str, inputs: Mapping[str, Any], output: str, wrt: str, cotangent: Array | np.float64) -> Array:
        """``dL/dRe + i dL/dIm`` of ``L = Re sum(conj(cotangent) * output)``, by torch.autograd.

        Raises ``ValueError`` for a pair without a gradient, or a cotangent not of the shape of the output.
        """
        if (output, wrt) not in BY_NAME[stage].differentiable:
            raise ValueError(f"wrt: {stage} has no gradient of {output} with respect to {wrt}")
        admit(BY_NAME[stage], inputs)
        arguments = self.arguments(stage, inputs)
        variable = arguments[wrt]
        if not isinstance(variable, torch.Tensor):
            # A plain number is put unrounded, so that the stage computes what it does without a gradient.
            variable = self.put(np.array(variable, np.float64))
        arguments[wrt] = variable.requires_grad_()
        value = _by_name(stage, self.kernel(stage)(**arguments))[output]
        given = np.asarray(cotangent)
        if given.shape != tuple(value.shape):
            raise ValueError(f"cotangent: shape {given.shape}, but {output} has {tuple(value.shape)}")
        seed = self.put(given if value.is_complex() else given.real).to(value.dtype)
        (gradient,) = torch.autograd.grad(value, variable, seed)
        return self.get(gradient)

    def placement(self, stage: str, inputs: Mapping[str, Any]) -> Mapping[str, bool]:
        """Runs the stage on the ``meta`` device: True for each result there, False for what was elsewhere.

        Whatever needs the value of a tensor, or mixes devices, raises on that device.
        """
        admit(BY_NAME[stage], inputs)
        arguments = _on_meta(self.arguments(stage, inputs))
        run = partial(self._infer_on_meta, batch=inputs.get("batch")) if stage == "infer" else self.kernel(stage)
        with PlacementRecorder("meta") as recorder:
            results = _by_name(stage, run(**arguments))
        # A plain number is on no device, so on no other one.
        placed = {name: getattr(value, "is_meta", True) for name, value in results.items()}
        return placed | dict.fromkeys(sorted(recorder.elsewhere), False)

    def _infer_on_meta(self, amplitude: torch.Tensor, batch: int | None) -> torch.Tensor:
        """The evaluation path after the model that is held has been moved."""
        parts = amplitude.split(batch or len(amplitude))
        held, scale = _on_meta(self._held), self.model.scale
        return torch.cat([self.kernel("network")(amplitude=part, scale=scale, **held) for part in parts])

    def primitive(self, name: str, *arrays: Array) -> Array:
        if name not in PRIMITIVES:
            raise ValueError(f"name: {name!r} is none of {', '.join(PRIMITIVES)}")
        rounded = (array.astype(self.complex if array.dtype.kind == "c" else self.real) for array in arrays)
        return self.get(PRIMITIVES[name](*(self.put(array) for array in rounded)))


def _on_meta(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The same with every tensor on the ``meta`` device."""
    return {k: v.to("meta") if isinstance(v, torch.Tensor) else v for k, v in arguments.items()}


def _by_name(stage: str, result: Any) -> Mapping[str, Any]:
    """The results of a stage by name, also where it returns a bare one."""
    return result if isinstance(result, Mapping) else {BY_NAME[stage].outputs[0].name: result}
