"""The protocol of a backend of ptychography: a method for each stage, and what holds a model, all of them optional.

Fields, shapes and layouts of every stage stand in :mod:`parity_suite.ptychography.pipeline`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, runtime_checkable

from parity_suite.backends.api import Array


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
    """Optional: a choice between implementations of ``translate``, by the keyword that ``chosen_by`` names when the
    backend is made, else by the environment, else by the backend. An attribute called as the keyword says which.
    """

    #: environment variables that choose, and which implementation each of their values chooses in the default mode
    translation_switches: ClassVar[Mapping[str, Mapping[str, str]]]

    def translation_trace(self, calls: Sequence[tuple[Array, Array]]) -> Trace:
        """Runs ``translate`` on each ``(images, offsets)`` under the framework's profiler."""
        ...


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


@runtime_checkable
class Trains(Protocol):
    """Optional: training."""

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


class Begins(Protocol):
    """Optional: a network that is not the reference's."""

    def initial_weights(self, seed: int, channels: int) -> Array:
        """Its first weights ``(W,)`` for so many channels; told the ``side`` of a patch too where it takes one."""
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
