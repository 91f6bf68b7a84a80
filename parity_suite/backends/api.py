"""The protocol of a backend: one method a stage, NumPy arrays in and out, device and precision given when it is made.

A class need not provide every stage: the checks of a stage whose method it does not define are ``not-run: not
provided``. Fields, shapes and layouts of every stage stand in :mod:`parity_suite.ptychography.pipeline`; a stage with
one result returns it bare, one with several returns a mapping from their names. Wrong input is refused with a
``ValueError`` or ``TypeError`` that names the field.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from parity_suite.core.stage import PRECISIONS

Array = npt.NDArray[Any]
Handle = Any


class Backend(Protocol):
    """What is asked of every backend: that it can be made for a device, a precision and, if it has several, a mode."""

    def __init__(self, *, device: str = "cpu", precision: str = "float32") -> None: ...


class Stages(Protocol):
    """The stages, all optional. Arrays come rounded to the precision; ``positions`` of ``group`` and ``counts``
    in float64.
    """

    def probe(self, probe: Array, probe_scale: float, masked: bool) -> Mapping[str, Any]: ...

    def group(
        self, positions: Array, gridsize: int, neighbours: int | None = None, draws: Array | None = None
    ) -> Mapping[str, Array]: ...

    def layout(self, images: Array, source: str, target: str, gridsize: int) -> Array: ...

    def extract(self, object: Array, positions: Array, size: int) -> Array: ...

    def illuminate(self, patches: Array, probe: Array) -> Array: ...

    def diffract(self, psi: Array) -> Array: ...

    def scale(
        self, psi: Array | None, nphotons: float, size: int, learned: float | None = None
    ) -> Mapping[str, Any]: ...

    def observe(self, amplitude: Array, scale: float, seed: int) -> Array: ...

    def network(self, amplitude: Array, probe: Array, scale: float, weights: Array) -> Array: ...

    def translate(self, images: Array, offsets: Array, interpolation: str | None = None) -> Array: ...

    def reassemble(
        self,
        patches: Array,
        positions: Array,
        centre: Array,
        canvas: tuple[int, int],
        batch: int | None = None,
    ) -> Mapping[str, Array]: ...

    def loss(self, amplitude: Array, counts: Array, scale: float, patches: Array) -> Mapping[str, float]: ...

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
    ) -> Mapping[str, Any]: ...

    def stats(self, patches: Array) -> Mapping[str, Array]: ...


@dataclass(frozen=True)
class Translation:
    """One of several implementations of ``translate`` in a backend.

    ``per_shape`` says that it is made anew for each shape of an image, by tracing or compiling: slow checks ask it.
    ``coordinates`` is the precision in which it computes where an image is sampled, ``images`` for that of the images;
    below float64 an offset on an image of side N is off by ``N eps``, and the error that is allowed grows with it.
    """

    name: str
    per_shape: bool = False
    coordinates: str = "float64"
    precisions: tuple[str, ...] = PRECISIONS


@dataclass(frozen=True)
class Trace:
    """What the framework itself recorded while ``translate`` ran.

    ``ran`` are the names of the implementations whose operations are in the record, ``operations`` those operations.
    ``traces`` counts functions traced and ``compilations`` those compiled in the meantime.
    """

    ran: tuple[str, ...]
    operations: tuple[str, ...]
    traces: int = 0
    compilations: int = 0


@runtime_checkable
class Translates(Protocol):
    """Optional: several implementations of ``translate``; one is chosen by the keyword ``translation`` when the backend
    is made, else by the environment, else by the backend.
    """

    translations: ClassVar[tuple[Translation, ...]]
    #: environment variables that choose, and which implementation each of their values chooses in the default mode
    translation_switches: ClassVar[Mapping[str, Mapping[str, str]]]
    #: the one that was chosen
    translation: str

    @classmethod
    def missing_translation(cls, name: str) -> str:
        """Why this machine cannot run an implementation; empty where it can."""
        ...

    def translation_trace(self, calls: Sequence[tuple[Array, Array]]) -> Trace:
        """Runs ``translate`` on each ``(images, offsets)`` under the framework's profiler."""
        ...


@runtime_checkable
class Trains(Protocol):
    """Optional: training. A backend with a network of its own also defines ``initial_weights(seed, channels)``, which
    is told the ``side`` of a patch too where it takes one.
    """

    def train(
        self,
        counts: Array,
        positions: Array,
        centres: Array,
        probe: Array,
        scale: float | None,
        weights: Array,
        order: Array,
        watch: Array,
        canvas: tuple[int, int],
        settings: Mapping[str, Any],
    ) -> Mapping[str, Array]:
        """As the stage ``train``; afterwards the backend holds the trained model."""
        ...


@runtime_checkable
class Keeps(Protocol):
    """Optional: a model that is held, written and read, in whatever format.

    Two backends that declare the same ``bundle_format`` (a text) must read each other's bundles. ``load`` raises for
    a bundle that is incomplete or damaged, and leaves the model that was held.
    """

    def state(self) -> Mapping[str, Any]:
        """``intensity_scale`` (float), and every array of the model by name."""
        ...

    def save(self, folder: str) -> None: ...

    def load(self, folder: str) -> None: ...


@runtime_checkable
class Infers(Protocol):
    """Optional: the evaluation path of the model that is held."""

    def infer(self, amplitude: Array, batch: int | None = None) -> Array:
        """Patches (B, N, N, C) of measured amplitudes (B, N, N, C) in sqrt(counts), ``batch`` groups at a time."""
        ...

    def infer_stream(
        self, chunks: Iterable[tuple[Array, Array]], centre: Array, canvas: tuple[int, int], batch: int | None = None
    ) -> Mapping[str, Array]:
        """The patches of chunks of ``(amplitude, positions)`` stitched as by ``reassemble_stream``."""
        ...


@runtime_checkable
class Streams(Protocol):
    """Optional: reassembly of patches that never are in memory together."""

    def reassemble_stream(
        self, chunks: Iterable[tuple[Array, Array]], centre: Array, canvas: tuple[int, int]
    ) -> Mapping[str, Array]:
        """As ``reassemble`` with one centre, for chunks of ``(patches, positions)``."""
        ...


@runtime_checkable
class Chains(Protocol):
    """Optional: a chain of stages that stays on the device."""

    def put(self, array: Array) -> Handle: ...

    def get(self, handle: Handle) -> Array: ...

    def chain(self, stages: Sequence[tuple[str, Mapping[str, Any]]], handle: Handle) -> Handle:
        """Runs stages one after the other, each fed the result of the one before as its first argument."""
        ...


@runtime_checkable
class Differentiates(Protocol):
    """Optional: vector-Jacobian products, by the framework's own differentiation."""

    def vjp(self, stage: str, inputs: Mapping[str, Any], output: str, wrt: str, cotangent: Array | np.float64) -> Array:
        """``dL/dRe + i dL/dIm`` of ``L = Re sum(conj(cotangent) * output)`` with respect to the input ``wrt``."""
        ...


@runtime_checkable
class Places(Protocol):
    """Optional: a proof, without the device at hand, that a stage makes nothing elsewhere."""

    def placement(self, stage: str, inputs: Mapping[str, Any]) -> Mapping[str, bool]:
        """For each result or operation of the stage, whether it was where it was asked to be."""
        ...


@runtime_checkable
class KeepsOutside(Protocol):
    """Optional: what is kept outside of the backend, as a table of parameters of a module, a switch, traced functions.

    ``configure`` is called before each call of a stage, and of another method that reaches the backend's code, with its
    name and its arguments by name; of ``vjp`` and ``placement`` with those of the stage. What was there before it is
    put back after the call. Each may be left out, but for one of the last two alone.
    """

    def configure(self, stage: str, inputs: Mapping[str, Any]) -> None: ...

    def state_outside(self) -> Any:
        """All of it, as a copy."""
        ...

    def restore_outside(self, state: Any) -> None: ...


@runtime_checkable
class Preflights(Protocol):
    """Optional: the framework's bare arithmetic, so that a broken machine is told from a broken backend."""

    def primitive(self, name: str, *arrays: Array) -> Array:
        """``sqrt exp log sin cos tanh fft2 matmul conv2d`` (valid cross-correlation of two matrices) or
        ``double`` (2 x).
        """
        ...
