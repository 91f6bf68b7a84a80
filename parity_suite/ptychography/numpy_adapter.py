"""The NumPy door of the reference backends: refuse, put on the device, run the kernel, take back.

A reference backend is this class with its kernels: one function of tensors for each stage, with the argument names of
:mod:`parity_suite.ptychography.pipeline`. Scan positions and offsets reach a kernel in float64 whatever the precision,
since a float32 difference of two coordinates of some hundred pixels is off by 3e-5 pixel.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from parity_suite.backends.api import Array, Handle
from parity_suite.backends.capabilities import EVERYTHING, Capabilities
from parity_suite.core.packs import BY_NAME
from parity_suite.core.stage import PRECISIONS, Field
from parity_suite.ptychography.admission import admit

Kernel = Callable[..., Any]


class NumpyAdapter(ABC):
    """All stages of the protocol, and its optional parts, on top of a framework's kernels."""

    #: ways to run the same kernels; the first is the default
    modes: ClassVar[tuple[str, ...]] = ("eager",)
    #: all implementations of ``translate``; the first is the default
    translations: ClassVar[tuple[str, ...]] = ("own",)
    translation_switches: ClassVar[Mapping[str, Mapping[str, str]]] = {}

    def __init__(
        self,
        *,
        device: str = "cpu",
        precision: str = "float32",
        mode: str | None = None,
        translation: str | None = None,
    ) -> None:
        if precision not in PRECISIONS:
            raise ValueError(f"precision: {precision!r} is none of {', '.join(PRECISIONS)}")
        if mode is not None and mode not in self.modes:
            raise ValueError(f"mode: {mode!r} is none of {', '.join(self.modes)}")
        self.device, self.precision, self.mode = device, precision, mode or self.modes[0]
        self.translation = translation or self._own_translation()
        known = [name for name in self.translations if precision in self._limits(name).precisions]
        if self.translation not in known:
            raise ValueError(f"translation: {self.translation!r} is none of {', '.join(known)} in {precision}")
        self.real = np.dtype(precision)
        self.complex = np.result_type(self.real, np.complex64)

    def _own_translation(self) -> str:
        """The implementation of ``translate`` where none is asked for."""
        return self.translations[0]

    def _limits(self, implementation: str) -> Capabilities:
        return getattr(self, f"capabilities_{implementation}", EVERYTHING)

    @abstractmethod
    def kernel(self, stage: str) -> Kernel:
        """The stage as a function of tensors, in the mode of this backend."""

    @abstractmethod
    def put(self, array: Array) -> Handle:
        """The array as a tensor on the device, in the dtype it has.

        It may share the array's memory: no kernel writes into an argument or returns one.
        """

    @abstractmethod
    def get(self, handle: Handle) -> Array:
        """The tensor as a NumPy array."""

    def arguments(self, stage: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """The admitted inputs as tensors; plain values as they are."""
        # The batch of a reassembly is the door's own: it says how much is handed to the kernel at a time.
        fields = [field for field in BY_NAME[stage].inputs if field.name != "batch"]
        return {
            field.name: self._argument(field, inputs[field.name])
            for field in fields
            if inputs.get(field.name) is not None
        }

    def _argument(self, field: Field, value: Any) -> Any:
        if not field.is_array:
            return value
        return self.put(value.astype(self._dtype(field, value), copy=False))

    def _dtype(self, field: Field, value: Array) -> np.dtype[Any]:
        if field.kind == "index":
            return np.dtype(np.int64)
        if field.kind == "position" or field.double:
            return np.dtype(np.float64)
        return self.complex if value.dtype.kind == "c" else self.real

    def chain(self, stages: Sequence[tuple[str, Mapping[str, Any]]], handle: Handle) -> Handle:
        """Stages one after the other on the device, each fed the result of the one before as its first argument."""
        for stage, rest in stages:
            first = BY_NAME[stage].inputs[0].name
            handle = self.kernel(stage)(**{first: handle, **self.arguments(stage, rest)})
        return handle

    def _call(self, stage: str, inputs: Mapping[str, Any]) -> Any:
        admit(BY_NAME[stage], inputs)
        return self.kernel(stage)(**self.arguments(stage, inputs))

    def _single(self, stage: str, **inputs: Any) -> Array:
        return self.get(self._call(stage, inputs))

    def _several(self, stage: str, **inputs: Any) -> Mapping[str, Any]:
        fields = {field.name: field for field in BY_NAME[stage].outputs}
        return {name: self._result(fields[name], value) for name, value in self._call(stage, inputs).items()}

    def _result(self, field: Field, value: Any) -> Any:
        if field.kind == "text":
            return value
        array = self.get(value)
        return array if field.is_array else array.item()

    def probe(self, probe: Array, probe_scale: float, masked: bool) -> Mapping[str, Any]:
        return self._several("probe", probe=probe, probe_scale=probe_scale, masked=masked)

    def group(
        self, positions: Array, gridsize: int, neighbours: int | None = None, draws: Array | None = None
    ) -> Mapping[str, Array]:
        return self._several("group", positions=positions, gridsize=gridsize, neighbours=neighbours, draws=draws)

    def layout(self, images: Array, source: str, target: str, gridsize: int) -> Array:
        return self._single("layout", images=images, source=source, target=target, gridsize=gridsize)

    def extract(self, object: Array, positions: Array, size: int) -> Array:
        return self._single("extract", object=object, positions=positions, size=size)

    def illuminate(self, patches: Array, probe: Array) -> Array:
        return self._single("illuminate", patches=patches, probe=probe)

    def diffract(self, psi: Array) -> Array:
        return self._single("diffract", psi=psi)

    def scale(self, psi: Array | None, nphotons: float, size: int, learned: float | None = None) -> Mapping[str, Any]:
        return self._several("scale", psi=psi, nphotons=nphotons, size=size, learned=learned)

    def observe(self, amplitude: Array, scale: float, seed: int) -> Array:
        return self._single("observe", amplitude=amplitude, scale=scale, seed=seed)

    def translate(self, images: Array, offsets: Array, interpolation: str | None = None) -> Array:
        return self._single("translate", images=images, offsets=offsets, interpolation=interpolation)

    def _translate_all(self, calls: Sequence[tuple[Array, Array]]) -> None:
        for images, offsets in calls:
            self.translate(images, offsets)

    def reassemble(
        self,
        patches: Array,
        positions: Array,
        centre: Array,
        canvas: tuple[int, int],
        batch: int | None = None,
    ) -> Mapping[str, Array]:
        whole = {"patches": patches, "positions": positions, "centre": centre, "canvas": canvas}
        if batch is None:
            return self._several("reassemble", **whole)
        admit(BY_NAME["reassemble"], {**whole, "batch": batch})
        if centre.shape == (2,):
            chunks = ((patches[i : i + batch], positions[i : i + batch]) for i in range(0, len(patches), batch))
            return self.reassemble_stream(chunks, centre, canvas)
        parts = [
            self._several(
                "reassemble",
                patches=patches[i : i + batch],
                positions=positions[i : i + batch],
                centre=centre[i : i + batch],
                canvas=canvas,
            )
            for i in range(0, max(1, len(patches)), batch)
        ]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    @abstractmethod
    def reassemble_stream(
        self, chunks: Iterable[tuple[Array, Array]], centre: Array, canvas: tuple[int, int]
    ) -> Mapping[str, Array]:
        """As ``reassemble`` with one centre, for chunks that never are in memory together."""

    def loss(self, amplitude: Array, counts: Array, scale: float, patches: Array) -> Mapping[str, float]:
        return self._several("loss", amplitude=amplitude, counts=counts, scale=scale, patches=patches)

    def network(self, amplitude: Array, probe: Array, scale: float, weights: Array) -> Array:
        return self._single("network", amplitude=amplitude, probe=probe, scale=scale, weights=weights)

    def objective(
        self,
        counts: Array,
        positions: Array,
        centres: Array,
        probe: Array,
        scale: float,
        weights: Array,
        canvas: tuple[int, int],
        object_big: bool,
        power: float | None = None,
    ) -> Mapping[str, Any]:
        given = {"counts": counts, "positions": positions, "centres": centres, "probe": probe, "scale": scale}
        given |= {"weights": weights, "canvas": canvas, "object_big": object_big, "power": power}
        return self._several("objective", **given)

    def stats(self, patches: Array) -> Mapping[str, Array]:
        return self._several("stats", patches=patches)
