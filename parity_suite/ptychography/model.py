"""The model that a reference backend holds: trained, inferred with, written and read."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import isqrt
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import numpy as np

from parity_suite.backends.api import Array, Handle
from parity_suite.contracts import Violation
from parity_suite.core.packs import BY_NAME
from parity_suite.ptychography.admission import admit
from parity_suite.ptychography.bundle import FORMAT, Bundle, BundleError, check_weights, read_bundle, write_bundle
from parity_suite.ptychography.learning.architecture import parameters, width_of
from parity_suite.ptychography.learning.settings import TrainingSettings
from parity_suite.ptychography.learning.weights import by_name, flat
from parity_suite.ptychography.numpy_adapter import NumpyAdapter


@dataclass(frozen=True, eq=False)
class Model:
    """What training made: ``weights`` (W,), ``probe`` (P, N, N) in sqrt(counts), and the intensity scale."""

    weights: Array
    probe: Array
    scale: float
    channels: int
    settings: TrainingSettings


class Fitted(NamedTuple):
    """What a framework's training loop gives, as NumPy arrays of the precision; ``losses`` (S,) in float64."""

    losses: Array
    patches: Array
    weights: Array
    scale: float
    probe: Array


class ModelBackend(NumpyAdapter):
    """The stages ``train``, ``bundle`` and ``infer`` on top of a framework's training loop and kernels."""

    bundle_format: ClassVar[str] = FORMAT

    def __init__(
        self,
        *,
        device: str = "cpu",
        precision: str = "float32",
        mode: str | None = None,
        translation: str | None = None,
    ) -> None:
        super().__init__(device=device, precision=precision, mode=mode, translation=translation)
        self._model: Model | None = None
        self._held: dict[str, Handle] = {}

    @abstractmethod
    def fit(self, given: Mapping[str, Any], scale: float, settings: TrainingSettings) -> Fitted:
        """Trains from ``given``, the tensors and plain values of the stage ``train``, with ``scale`` to begin with."""

    @property
    def model(self) -> Model:
        """The model that is held; ``RuntimeError`` where there is none."""
        if self._model is None:
            raise RuntimeError("no model is held: train or load one first")
        return self._model

    def hold(self, model: Model) -> None:
        """Makes ``model`` the one that is held, its arrays on the device of this backend."""
        self._model = model
        self._held = {"probe": self.put(model.probe), "weights": self.put(model.weights)}

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
        inputs: dict[str, Any] = {
            "counts": counts,
            "positions": positions,
            "centres": centres,
            "probe": probe,
            "scale": scale,
        }
        inputs |= {"weights": weights, "order": order, "watch": watch, "canvas": canvas, "settings": settings}
        admit(BY_NAME["train"], inputs)
        first = self._first_scale(counts, probe, scale)
        chosen = TrainingSettings.read(settings)
        given = self.arguments("train", inputs)
        fitted = self.fit({**given, "order": order, "watch": watch}, first, chosen)
        self.hold(Model(fitted.weights, fitted.probe, fitted.scale, counts.shape[3], chosen))
        return {"losses": fitted.losses, "patches": fitted.patches}

    def _first_scale(self, counts: Array, probe: Array, learned: float | None) -> float:
        """The learned scale, else that of the data under a transparent object, rounded to the precision."""
        psi = self.illuminate(np.ones((1, *probe.shape[1:], 1), self.real), probe)
        photons = float(counts.sum()) / (counts.shape[0] * counts.shape[3])
        found = self.scale(psi, photons or 1.0, probe.shape[-1], learned)["scale"]
        return float(self.real.type(found))

    def state(self) -> Mapping[str, Any]:
        model = self.model
        named = by_name(model.weights, model.channels)
        return {"intensity_scale": model.scale, "probe": model.probe.copy()} | {k: v.copy() for k, v in named.items()}

    def save(self, folder: str) -> None:
        model = self.model
        config = {
            "channels": model.channels,
            "width": width_of(len(model.weights), model.channels),
            "precision": self.precision,
            "training": model.settings.to_json(),
        }
        versions = {"writer": type(self).__name__, **self.versions()}
        named = by_name(model.weights, model.channels)
        write_bundle(Path(folder), Bundle(named, model.probe, model.scale, config, versions))

    @classmethod
    @abstractmethod
    def versions(cls) -> Mapping[str, str]:
        """Versions of what computes, by name; they stand in every bundle."""

    def load(self, folder: str) -> None:
        bundle = read_bundle(Path(folder))
        channels, width = (_count(bundle.config, name) for name in ("channels", "width"))
        wanted = {one.name: one.shape for one in parameters(channels, width)}
        check_weights(bundle.weights, wanted)
        weights = flat(bundle.weights, channels, width).astype(self.real)
        if not isinstance(bundle.config.get("training"), Mapping):
            raise _refused("training", bundle.config.get("training"), "a table of settings")
        settings = TrainingSettings.from_json(bundle.config["training"])
        self.hold(Model(weights, bundle.probe.astype(self.complex), bundle.scale, channels, settings))

    def infer(self, amplitude: Array, batch: int | None = None) -> Array:
        admit(BY_NAME["infer"], {"amplitude": amplitude, "batch": batch})
        self._admit_amplitude(amplitude)
        return np.concatenate(list(self._patches(amplitude, batch)))

    def infer_stream(
        self, chunks: Iterable[tuple[Array, Array]], centre: Array, canvas: tuple[int, int], batch: int | None = None
    ) -> Mapping[str, Array]:
        def pieces() -> Iterator[tuple[Array, Array]]:
            for amplitude, positions in chunks:
                if len(amplitude) != len(positions):
                    raise ValueError(f"positions: {len(positions)} groups, but {len(amplitude)} in amplitude")
                step = batch or max(1, len(amplitude))
                for start in range(0, len(amplitude), step):
                    part = slice(start, start + step)
                    yield self.infer(amplitude[part]), positions[part]

        return self.reassemble_stream(pieces(), centre, canvas)

    def _patches(self, amplitude: Array, batch: int | None) -> Iterator[Array]:
        model, step = self.model, batch or max(1, len(amplitude))
        for start in range(0, max(1, len(amplitude)), step):
            part = self.put(amplitude[start : start + step].astype(self.real, copy=False))
            yield self.get(self.kernel("network")(amplitude=part, scale=model.scale, **self._held))

    def _admit_amplitude(self, amplitude: Array) -> None:
        side, channels = amplitude.shape[2:]
        if side != self.model.probe.shape[-1]:
            raise ValueError(f"amplitude: side {side}, but the model was trained on {self.model.probe.shape[-1]}")
        if channels != self.model.channels:
            g = isqrt(self.model.channels)
            raise ValueError(f"amplitude: {channels} channels, but the model was trained on gridsize {g}")


def _count(config: Mapping[str, Any], name: str) -> int:
    value = config.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 4096:
        raise _refused(name, value, "a count of 1 to 4096")
    return value


def _refused(name: str, value: object, wanted: str) -> BundleError:
    return BundleError([Violation(f"config.{name}", "missing" if value is None else "type", repr(value), wanted)])
