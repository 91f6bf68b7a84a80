"""The model that a reference backend holds, around a network of one line: what is refused, kept and written."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from parity_suite.ptychography.bundle import Bundle, BundleError, read_bundle, write_bundle
from parity_suite.ptychography.learning.settings import TrainingSettings
from parity_suite.ptychography.learning.weights import initial_weights
from parity_suite.ptychography.model import Fitted, Model, ModelBackend
from parity_suite.ptychography.oracle import Oracle

Array = npt.NDArray[Any]

SIDE, CHANNELS = 8, 4
#: The first double above the scale that history lost: no decimal of a usual length gives it.
SCALE = float(np.nextafter(9.882118, 10))


class Line(ModelBackend):
    """A network that multiplies; everything else is the oracle's."""

    def kernel(self, stage: str) -> Callable[..., Any]:
        return _multiply if stage == "network" else getattr(Oracle(), stage)  # type: ignore[no-any-return]

    def put(self, array: Array) -> Array:
        return array

    def get(self, handle: Any) -> Array:
        return np.asarray(handle)

    def _several(self, stage: str, **inputs: Any) -> Mapping[str, Any]:
        return getattr(Oracle(), stage)(**inputs)  # type: ignore[no-any-return]

    def reassemble_stream(
        self, chunks: Iterable[tuple[Array, Array]], centre: Array, canvas: tuple[int, int]
    ) -> Mapping[str, Array]:
        self.chunks = list(chunks)
        patches, positions = (np.concatenate(part) for part in zip(*self.chunks, strict=True))
        return Oracle().reassemble(patches, positions, centre, canvas)

    def fit(self, given: Mapping[str, Any], scale: float, settings: TrainingSettings) -> Fitted:
        self.started = scale
        losses, patches = np.zeros(len(given["order"])), np.zeros((len(given["watch"]), SIDE, SIDE, CHANNELS), complex)
        return Fitted(losses, patches, given["weights"] + 1, scale * 2, given["probe"])

    @classmethod
    def versions(cls) -> Mapping[str, str]:
        return {"line": "1"}


def _multiply(amplitude: Array, probe: Array, scale: float, weights: Array) -> Array:
    """Patches in which each of weights, probe and scale shows, pixel by pixel."""
    return np.asarray(amplitude * probe.sum(axis=0)[None, :, :, None] * weights.sum() / scale)


def _probe() -> Array:
    bits = np.random.default_rng(2)
    return np.asarray(bits.normal(size=(2, SIDE, SIDE)) + 1j * bits.normal(size=(2, SIDE, SIDE)))


def _model(scale: float = SCALE) -> Model:
    return Model(initial_weights(5, CHANNELS), _probe(), scale, CHANNELS, TrainingSettings(epsilon=1e-3))


def _holding(model: Model | None = None, precision: str = "float64") -> Line:
    backend = Line(precision=precision)
    backend.hold(model or _model())
    return backend


def _amplitude(groups: int = 5, side: int = SIDE, channels: int = CHANNELS) -> Array:
    return np.random.default_rng(6).uniform(0, 2, (groups, side, side, channels))


def _training() -> dict[str, Any]:
    bits = np.random.default_rng(9)
    positions = bits.uniform(-2, 2, (3, 1, 2, CHANNELS))
    return {
        "counts": bits.poisson(3, (3, SIDE, SIDE, CHANNELS)).astype(np.float64),
        "positions": positions,
        "centres": positions.mean(axis=3, keepdims=True),
        "probe": _probe(),
        "scale": None,
        "weights": initial_weights(5, CHANNELS),
        "order": np.array([[0, 1], [2, 0]]),
        "watch": np.array([2]),
        "canvas": (SIDE + 6, SIDE + 6),
        "settings": {"epsilon": 1e-3},
    }


class TestNoModel:
    @pytest.mark.parametrize(
        "ask",
        [
            lambda backend, folder: backend.state(),
            lambda backend, folder: backend.save(str(folder / "out")),
            lambda backend, folder: backend.infer(_amplitude()),
            lambda backend, folder: backend.infer(_amplitude(0)),
            lambda backend, folder: backend.model,
        ],
        ids=["state", "save", "infer", "infer nothing", "model"],
    )
    def test_nothing_is_made_up(self, ask: Callable[[Line, Path], Any], tmp_path: Path) -> None:
        with pytest.raises(RuntimeError, match=r"^no model is held: train or load one first$"):
            ask(Line(), tmp_path)
        assert list(tmp_path.iterdir()) == []


class TestTraining:
    def test_what_was_trained_is_held(self) -> None:
        backend = Line(precision="float64")
        result = backend.train(**{**_training(), "scale": 3.5})
        assert backend.started == 3.5
        assert backend.state()["intensity_scale"] == backend.model.scale == 7.0
        assert backend.model.settings == TrainingSettings(epsilon=1e-3)
        assert (result["losses"].shape, result["patches"].shape) == ((2,), (1, SIDE, SIDE, CHANNELS))

    def test_without_a_scale_it_begins_with_that_of_the_data(self) -> None:
        given, backend = _training(), Line(precision="float32")
        backend.train(**given)
        # Under a transparent object a pattern has the power of the probe.
        wanted = np.sqrt(given["counts"].sum(axis=(1, 2)).mean() / np.sum(np.abs(given["probe"]) ** 2))
        assert backend.started == pytest.approx(wanted, rel=1e-6)
        assert backend.started == float(np.float32(backend.started))

    @pytest.mark.parametrize(
        ("change", "text"),
        [
            ({"settings": {"eps": 1.0}}, "settings: eps unknown"),
            ({"order": np.array([[0, 3]])}, r"order: a group outside 0 \.\. 2"),
            ({"weights": np.ones(7)}, "weights: no network"),
            ({"scale": 0.0}, "scale: 0.0"),
        ],
    )
    def test_what_is_refused_leaves_the_model(self, change: dict[str, Any], text: str) -> None:
        backend = _holding()
        before = backend.model
        with pytest.raises(ValueError, match=f"^{text}"):
            backend.train(**{**_training(), **change})
        assert backend.model is before


class TestState:
    def test_it_is_a_copy(self) -> None:
        backend = _holding()
        state = backend.state()
        for name in ("probe", "encoder0.kernel"):
            state[name][...] = 0
        assert np.array_equal(backend.state()["probe"], _probe())
        assert backend.state()["encoder0.kernel"].any()

    def test_every_weight_is_in_it(self) -> None:
        state = dict(_holding().state())
        assert (state.pop("intensity_scale"), state.pop("probe").shape) == (SCALE, (2, SIDE, SIDE))
        assert sum(array.size for array in state.values()) == initial_weights(5, CHANNELS).size


class TestInference:
    def test_another_side_or_number_of_channels_is_refused_by_name(self) -> None:
        backend = _holding()
        with pytest.raises(ValueError, match=r"^amplitude: side 12, but the model was trained on 8$"):
            backend.infer(_amplitude(side=12))
        with pytest.raises(ValueError, match=r"^amplitude: 9 channels, but the model was trained on gridsize 2$"):
            backend.infer(_amplitude(channels=9))

    @pytest.mark.parametrize("batch", [None, 1, 2, 3, 5, 9])
    @pytest.mark.parametrize("groups", [0, 1, 5])
    def test_rows_out_are_rows_in_whatever_the_batch(self, groups: int, batch: int | None) -> None:
        amplitude, model = _amplitude(groups), _model()
        want = _multiply(amplitude, model.probe, model.scale, model.weights)
        assert np.array_equal(_holding().infer(amplitude, batch), want)

    @pytest.mark.parametrize("batch", [0, -1])
    def test_a_batch_of_none_is_refused(self, batch: int) -> None:
        with pytest.raises(ValueError, match=f"^batch: {batch} is below 1"):
            _holding().infer(_amplitude(), batch)


class TestStream:
    CENTRE, CANVAS = np.array([0.5, -0.25]), (20, 22)

    def _positions(self, groups: int) -> Array:
        return np.random.default_rng(8).uniform(-4, 4, (groups, 1, 2, CHANNELS))

    @pytest.mark.parametrize("batch", [None, 2, 3])
    def test_chunks_are_stitched_as_the_whole_is(self, batch: int | None) -> None:
        backend, amplitude, positions = _holding(), _amplitude(7), self._positions(7)
        cuts = [(0, 4), (4, 4), (4, 7)]
        chunks = ((amplitude[a:b], positions[a:b]) for a, b in cuts)
        found = backend.infer_stream(chunks, self.CENTRE, self.CANVAS, batch)
        want = Oracle().reassemble(backend.infer(amplitude), positions, self.CENTRE, self.CANVAS)
        for name in ("numerator", "count", "canvas"):
            assert np.allclose(found[name], want[name], rtol=1e-12, atol=1e-12)
        most = 4 if batch is None else batch
        assert [len(patches) for patches, _ in backend.chunks] == {4: [4, 3], 2: [2, 2, 2, 1], 3: [3, 1, 3]}[most]

    @pytest.mark.parametrize("rows", [4, 6])
    def test_unequal_rows_are_refused(self, rows: int) -> None:
        chunks = [(_amplitude(2), self._positions(2)), (_amplitude(5), self._positions(rows))]
        with pytest.raises(ValueError, match=f"^positions: {rows} groups, but 5 in amplitude$"):
            _holding().infer_stream(chunks, self.CENTRE, self.CANVAS, 2)


def _same(first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
    return set(first) == set(second) and all(np.array_equal(first[name], second[name]) for name in first)


class TestBundle:
    @pytest.mark.parametrize("scale", [SCALE, 2.5e-290, 1.0])
    def test_what_is_saved_is_loaded_to_the_last_bit(self, tmp_path: Path, scale: float) -> None:
        backend, other = _holding(_model(scale)), Line(precision="float64")
        backend.save(str(tmp_path / "bundle"))
        other.load(str(tmp_path / "bundle"))
        assert other.state()["intensity_scale"].hex() == scale.hex()
        assert _same(other.state(), backend.state())
        assert other.model.settings == backend.model.settings
        assert np.array_equal(other.infer(_amplitude()), backend.infer(_amplitude()))

    def test_a_bundle_in_double_is_read_in_single_with_the_scale_as_it_was(self, tmp_path: Path) -> None:
        _holding().save(str(tmp_path / "bundle"))
        other = Line(precision="float32")
        other.load(str(tmp_path / "bundle"))
        assert other.model.scale == SCALE
        assert (other.model.weights.dtype, other.model.probe.dtype) == (np.float32, np.complex64)

    def test_what_is_written_says_who_wrote_it(self, tmp_path: Path) -> None:
        _holding().save(str(tmp_path / "bundle"))
        found = read_bundle(tmp_path / "bundle")
        assert dict(found.versions) == {"writer": "Line", "line": "1"}
        assert found.config["channels"] == CHANNELS
        assert found.config["training"] == TrainingSettings(epsilon=1e-3).to_json()

    @pytest.mark.parametrize(
        ("change", "text"),
        [
            (lambda config: config.pop("training"), r"config\.training"),
            (lambda config: config.update(training=3), r"config\.training"),
            (lambda config: config["training"].update(eps=1.0), "settings: eps unknown"),
            (lambda config: config["training"].update(epsilon=0.0), "settings: .*epsilon"),
            (lambda config: config["training"].pop("learning_rate"), "settings: learning_rate missing"),
            (lambda config: config["training"].pop("object_big"), "settings: object_big missing"),
            (lambda config: config.pop("channels"), r"config\.channels"),
            (lambda config: config.update(channels=0), r"config\.channels"),
            (lambda config: config.update(channels=True), r"config\.channels"),
            (lambda config: config.update(channels=9), r"encoder0\.kernel"),
            (lambda config: config.pop("width"), r"config\.width"),
            (lambda config: config.update(width=7), r"encoder0"),
        ],
    )
    def test_a_bundle_that_lacks_what_the_model_needs_is_refused_and_leaves_the_model(
        self, tmp_path: Path, change: Callable[[dict[str, Any]], Any], text: str
    ) -> None:
        _holding(_model(2.5)).save(str(tmp_path / "whole"))
        whole = read_bundle(tmp_path / "whole")
        config = json.loads(json.dumps(whole.config))
        change(config)
        spoilt = Bundle(whole.weights, whole.probe, whole.scale, config, whole.versions)
        write_bundle(tmp_path / "spoilt", spoilt)
        backend = _holding()
        before, patches = backend.model, backend.infer(_amplitude())
        with pytest.raises(ValueError, match=text):
            backend.load(str(tmp_path / "spoilt"))
        assert backend.model is before
        assert np.array_equal(backend.infer(_amplitude()), patches)

    def test_a_folder_without_a_bundle_is_refused_and_leaves_the_model(self, tmp_path: Path) -> None:
        backend = _holding()
        before = backend.model
        for folder in (tmp_path, tmp_path / "none"):
            with pytest.raises((BundleError, OSError)):
                backend.load(str(folder))
        assert backend.model is before
