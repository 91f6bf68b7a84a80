"""The PyTorch backend against the oracle, and its own promises: gradients, placement, streams, refusals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats

from parity_suite.core.packs import BY_NAME
from parity_suite.ptychography.oracle import Oracle
from parity_suite.ptychography.pipeline import STAGES

torch = pytest.importorskip("torch")

from parity_suite.backends.frameworks.torch import PlacementRecorder  # noqa: E402
from parity_suite.ptychography.torch import Torch, backend, bilinear, grouping  # noqa: E402

Array = npt.NDArray[Any]
Inputs = dict[str, Any]

PRECISIONS = ("float32", "float64")
#: normwise, of every stage on the small inputs below
BOUND = {"float32": 5e-7, "float64": 1e-14}
#: those of the learning half have tests of their own
KNOWN = [stage for stage in STAGES if stage.name not in ("network", "objective")]
COMPARED = [stage.name for stage in KNOWN if not stage.random]
MAY_BE_EMPTY = ("layout", "extract", "illuminate", "diffract", "observe", "translate", "reassemble", "stats")


def noise(*shape: int, seed: int = 3) -> Array:
    real, imaginary = np.random.default_rng(seed).normal(size=(2, *shape))
    return np.asarray(real + 1j * imaginary)


def between(low: float, high: float, *shape: int, seed: int = 5) -> Array:
    return np.random.default_rng(seed).uniform(low, high, shape)


def example(stage: str, gridsize: int = 2, side: int = 16, batch: int = 3) -> Inputs:
    """Inputs of a stage that no flip, transpose, swap of axes or cut at the border leaves alone."""
    c = gridsize**2
    places = between(-6, 44, batch, 1, 2, c)
    stack = (batch, side, side, c)
    patches = noise(*stack)
    amplitude = np.abs(noise(*stack, seed=7)) * between(0, 30, *stack)
    inputs: dict[str, Inputs] = {
        "probe": {"probe": noise(3, side, side), "probe_scale": 1.7, "masked": True},
        "group": {"positions": between(0, 40, 23, 2), "gridsize": gridsize},
        "layout": {"images": patches, "source": "channel", "target": "grid", "gridsize": gridsize},
        "extract": {"object": noise(31, 46), "positions": places, "size": side},
        "illuminate": {"patches": patches, "probe": noise(3, side, side)},
        "diffract": {"psi": noise(batch, 3, side, side, c)},
        "scale": {"psi": noise(batch, 3, side, side, c), "nphotons": 1e6, "size": side},
        "observe": {"amplitude": amplitude, "scale": 1.3, "seed": 11},
        "translate": {"images": noise(batch, 31, 46, 1), "offsets": between(-9, 9, batch, 2)},
        "reassemble": {
            "patches": patches,
            "positions": places,
            "centre": np.array([21.3, 17.9]),
            "canvas": (33, 50),
        },
        "loss": {
            "amplitude": amplitude,
            "counts": np.floor(between(0, 900, *stack, seed=8)),
            "scale": 1.3,
            "patches": patches,
        },
        "stats": {"patches": patches},
    }
    return inputs[stage]


def rounded(stage: str, inputs: Inputs, precision: str) -> Inputs:
    """The waves and amplitudes in the precision; positions stay as they are, for the backend and the oracle alike."""
    kinds = {field.name for field in BY_NAME[stage].inputs if field.kind in ("complex", "real") and not field.double}
    real = np.dtype(precision)
    return {
        name: value.astype(np.result_type(real, np.complex64) if np.iscomplexobj(value) else real)
        if name in kinds and value is not None
        else value
        for name, value in inputs.items()
    }


def named(stage: str, result: Any) -> dict[str, Any]:
    return dict(result) if isinstance(result, dict) else {BY_NAME[stage].outputs[0].name: result}


def distance(got: Any, want: Any) -> float:
    """||got - want|| / ||want||, or infinity for another shape."""
    got, want = np.asarray(got), np.asarray(want)
    if got.shape != want.shape:
        return float("inf")
    size = float(np.linalg.norm(want.ravel()))
    return float(np.linalg.norm((got - want).ravel())) / (size or 1.0)


def agree(stage: str, inputs: Inputs, precision: str = "float64") -> None:
    """The stage gives what the oracle gives, in the precision that its fields have."""
    inputs = rounded(stage, inputs, precision)
    got = named(stage, getattr(Torch(precision=precision), stage)(**inputs))
    want = named(stage, getattr(Oracle(), stage)(**inputs))
    assert got.keys() == want.keys()
    for field in BY_NAME[stage].outputs:
        if field.kind == "text":
            assert got[field.name] == want[field.name]
            continue
        assert distance(got[field.name], want[field.name]) <= BOUND[precision], field.name
        if field.is_array and field.kind != "index":
            single = precision == "float32" and not (field.double or stage == "group")
            kind = "complex" if np.iscomplexobj(want[field.name]) else "float"
            assert got[field.name].dtype == kind + str((32 if single else 64) * (2 if kind == "complex" else 1))


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize(("gridsize", "side"), [(1, 16), (2, 15), (3, 8), (1, 1)])
@pytest.mark.parametrize("stage", COMPARED)
def test_stage_equals_the_oracle(stage: str, gridsize: int, side: int, precision: str) -> None:
    agree(stage, example(stage, gridsize, side), precision)


@pytest.mark.parametrize("stage", [stage for stage in MAY_BE_EMPTY if stage != "observe"])
def test_an_empty_batch_gives_an_empty_result(stage: str) -> None:
    agree(stage, example(stage, batch=0))


def test_no_counts_of_no_patterns() -> None:
    assert Torch().observe(**example("observe", batch=0)).shape == (0, 16, 16, 4)


@pytest.mark.parametrize("stage", ["extract", "translate", "reassemble", "illuminate", "stats"])
def test_real_images_are_taken_as_they_are(stage: str) -> None:
    inputs = {name: value.real if np.iscomplexobj(value) else value for name, value in example(stage).items()}
    agree(stage, inputs)


@pytest.mark.parametrize("items", [1, 2, 3])
@pytest.mark.parametrize("stage", ["extract", "translate", "reassemble"])
def test_work_is_cut_anywhere(monkeypatch: pytest.MonkeyPatch, stage: str, items: int) -> None:
    pixels = {"extract": 17 * 17, "translate": 32 * 47, "reassemble": 4 * 17 * 17}
    monkeypatch.setattr(bilinear, "_BLOCK_PIXELS", items * pixels[stage])
    agree(stage, example(stage, batch=7))


class TestProbe:
    def test_mask_off(self) -> None:
        agree("probe", {**example("probe"), "masked": False})

    def test_mask_has_the_rim_of_an_odd_side(self) -> None:
        agree("probe", example("probe", side=13))


class TestGroup:
    def raster(self) -> Array:
        """A raster of 7 x 6 positions with two of them visited twice: ties everywhere."""
        rows, columns = np.mgrid[:6, :7]
        steps = np.stack([columns.ravel(), rows.ravel()], axis=1) * 0.1
        return np.concatenate([steps, steps[[5, 31]]])

    @pytest.mark.parametrize("gridsize", [1, 2, 3])
    def test_ties_go_to_the_lower_index(self, gridsize: int) -> None:
        agree("group", {"positions": self.raster(), "gridsize": gridsize})

    def test_rows_cut_anywhere(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(grouping, "_PAIRS", 5 * 44)
        agree("group", {"positions": self.raster(), "gridsize": 2})

    def test_draws_pick_among_the_neighbours(self) -> None:
        rng = np.random.default_rng(2)
        draws = np.array([[rng.permutation(6)[:3] for _ in range(2)] for _ in range(44)])
        agree("group", {"positions": self.raster(), "gridsize": 2, "neighbours": 6, "draws": draws})

    def test_no_draws_no_groups(self) -> None:
        draws = np.zeros((44, 0, 3), np.int64)
        agree("group", {"positions": self.raster(), "gridsize": 2, "neighbours": 6, "draws": draws})


class TestLayout:
    @pytest.mark.parametrize("target", ["grid", "channel", "flat"])
    @pytest.mark.parametrize("source", ["grid", "channel", "flat"])
    def test_every_pair(self, source: str, target: str) -> None:
        images = Oracle().layout(noise(2, 5, 5, 9), "channel", source, 3)
        agree("layout", {"images": images, "source": source, "target": target, "gridsize": 3})

    def test_the_result_is_no_window_on_the_input(self) -> None:
        images = noise(2, 5, 5, 4)
        same = Torch(precision="float64").layout(images, "channel", "channel", 2)
        assert np.array_equal(same, images)
        assert not np.shares_memory(same, images)


class TestTranslate:
    @pytest.mark.parametrize(("x", "y"), [(0, 0), (3, 0), (0, 5), (-4, 2), (45, -30), (46, 0), (-60, 80)])
    def test_whole_pixels_are_moved_bit_for_bit(self, x: int, y: int) -> None:
        images = noise(1, 31, 46, 1).astype(np.complex64)
        moved = Torch().translate(images, np.array([[x, y]], np.float64))
        want = Oracle(precision="float32").translate(images, np.array([[x, y]]))
        assert np.array_equal(moved, want)

    @pytest.mark.parametrize("far", [[1e12, 0.5], [0.5, -1e12], [1e300, 1e300], [-46.0, 0.0], [0.0, 31.0]])
    def test_nothing_is_left_of_an_image_moved_out(self, far: list[float]) -> None:
        moved = Torch().translate(noise(2, 31, 46, 1), np.array([far, [0.25, 0.5]]))
        assert not moved[0].any()
        assert moved[1].all()

    @pytest.mark.parametrize("precision", PRECISIONS)
    def test_a_great_image(self, precision: str) -> None:
        agree("translate", {"images": noise(1, 700, 611, 1), "offsets": np.array([[-21.37, 55.81]])}, precision)


class TestExtract:
    @pytest.mark.parametrize("place", [[1e12, 3.0], [3.0, -1e12], [0.0, 0.0], [45.9, 30.9], [-8.5, 38.5]])
    def test_zero_outside(self, place: list[float]) -> None:
        positions = np.array(place).reshape(1, 1, 2, 1)
        agree("extract", {"object": noise(31, 46), "positions": positions, "size": 16})

    def test_a_patch_greater_than_the_object(self) -> None:
        agree("extract", {"object": noise(5, 7), "positions": between(0, 6, 3, 1, 2, 4), "size": 16})


class TestDiffract:
    @pytest.mark.parametrize("precision", PRECISIONS)
    def test_many_patches(self, precision: str) -> None:
        agree("diffract", {"psi": noise(48, 1, 64, 64, 1)}, precision)

    def test_a_chain_stays_on_the_device(self) -> None:
        torch_backend, oracle = Torch(precision="float64"), Oracle()
        first, second = example("illuminate"), noise(3, 16, 16)
        chain = [("illuminate", {"probe": second}), ("diffract", {})]
        handle = torch_backend.chain(chain, torch_backend.put(first["patches"]))
        assert isinstance(handle, torch.Tensor)
        want = oracle.diffract(oracle.illuminate(first["patches"], second))
        assert distance(torch_backend.get(handle), want) <= 1e-14


class TestScale:
    def test_the_learned_value_comes_back_bit_for_bit(self) -> None:
        given = {**example("scale"), "learned": 9.882118}
        assert Torch().scale(**given) == {"scale": 9.882118, "source": "learned"}

    def test_closed_form(self) -> None:
        agree("scale", {"psi": None, "nphotons": 1e6, "size": 16})


class TestReassemble:
    @pytest.mark.parametrize("precision", PRECISIONS)
    @pytest.mark.parametrize("batch", [0, 1, 5])
    def test_each_group_on_its_own_canvas(self, batch: int, precision: str) -> None:
        given = example("reassemble", batch=batch)
        agree("reassemble", {**given, "centre": between(10, 25, batch, 1, 2, 1, seed=9)}, precision)

    @pytest.mark.parametrize("batch", [1, 2, 7, 40])
    @pytest.mark.parametrize("own", [False, True])
    def test_batched_equals_one_shot(self, batch: int, own: bool) -> None:
        given = rounded("reassemble", example("reassemble", batch=7), "float32")
        if own:
            given["centre"] = between(10, 25, 7, 1, 2, 1, seed=9)
        whole, cut = Torch().reassemble(**given), Torch().reassemble(**given, batch=batch)
        for name, value in whole.items():
            assert distance(cut[name], value) <= 2e-7
            assert cut[name].dtype == value.dtype

    @pytest.mark.parametrize("place", [[1e12, 20.0], [20.0, -1e300], [13.0, 10.0], [13.25, 2.0], [48.0, 33.5]])
    def test_what_falls_outside_is_clipped(self, place: list[float]) -> None:
        given = example("reassemble", gridsize=1, batch=2)
        agree("reassemble", {**given, "positions": np.array([place, [20.5, 11.25]]).reshape(2, 1, 2, 1)})

    def test_an_uncovered_pixel_has_exactly_no_weight(self) -> None:
        given = {**example("reassemble", batch=9), "canvas": (90, 95)}
        got, want = Torch(precision="float64").reassemble(**given), Oracle().reassemble(**given)
        assert (want["count"] == 0).any()
        assert np.array_equal(got["count"] == 0, want["count"] == 0)

    def test_a_stream_reads_each_chunk_once(self) -> None:
        given = example("reassemble", batch=7)
        read: list[int] = []

        def chunks() -> Iterator[tuple[Array, Array]]:
            for start in (0, 3, 6):
                read.append(start)
                yield given["patches"][start : start + 3], given["positions"][start : start + 3]

        torch_backend = Torch(precision="float64")
        streamed = torch_backend.reassemble_stream(chunks(), given["centre"], given["canvas"])
        want = Oracle().reassemble(**given)
        assert read == [0, 3, 6]
        assert all(distance(streamed[name], want[name]) <= 1e-14 for name in want)

    def test_an_empty_stream_covers_nothing(self) -> None:
        empty = Torch().reassemble_stream([], np.zeros(2), (5, 7))
        assert empty.keys() == {"numerator", "count", "canvas"}
        assert all(value.shape == (5, 7) and not value.any() for value in empty.values())


class TestLoss:
    @pytest.mark.parametrize("precision", PRECISIONS)
    def test_counts_that_float32_cannot_hold(self, precision: str) -> None:
        given = {**example("loss"), "amplitude": between(2e4, 4e4, 3, 16, 16, 4)}
        given = rounded("loss", given, precision)
        rate = (1.3 * given["amplitude"].astype(np.float64)) ** 2
        # Both terms of each pixel cancel but for the fraction of a count.
        given["counts"] = np.floor(rate / np.log(rate))
        got, want = Torch(precision=precision).loss(**given), Oracle().loss(**given)
        assert given["counts"].max() > 2**24
        assert abs(got["poisson_nll"] - want["poisson_nll"]) <= 1e-14 * float(2 * np.sum(rate)) / 3

    def test_rates_below_the_floor(self) -> None:
        given = example("loss")
        given["amplitude"][::2] *= 1e-7
        agree("loss", given)


class TestStats:
    def test_a_small_variance_on_a_large_mean(self) -> None:
        agree("stats", {"patches": 100 + noise(2, 16, 16, 4)})


class TestObserve:
    @staticmethod
    def counts(rate: float, number: int = 400, seed: int = 1) -> Array:
        return Torch().observe(np.full((number, 16, 16, 4), np.sqrt(rate) / 1.5, np.float64), 1.5, seed)

    def test_rate_zero_gives_no_count(self) -> None:
        assert not self.counts(0.0, 2).any()

    @pytest.mark.parametrize("rate", [1e-3, 1.0, 30.0, 1e4, 1e8])
    def test_distribution(self, rate: float) -> None:
        counts = self.counts(rate).ravel()
        # The amplitude reaches the stage in float32.
        rate = float((1.5 * np.float64(np.float32(np.sqrt(rate) / 1.5))) ** 2)
        number, expected = len(counts), stats.poisson(rate)
        assert counts.dtype == np.float64
        assert np.array_equal(counts, np.floor(counts))
        assert abs(counts.mean() - rate) < 5 * np.sqrt(rate / number)
        assert abs(counts.var() - rate) < 5 * rate * np.sqrt((2 + 1 / rate) / number)
        edges = np.unique(expected.ppf(np.arange(1, 40) / 40))
        seen = np.bincount(np.searchsorted(edges, counts), minlength=len(edges) + 1)
        wanted = number * np.diff(np.concatenate([[0], expected.cdf(edges), [1]]))
        used = wanted > 5
        chi2 = float(np.sum((seen - wanted)[used] ** 2 / wanted[used]))
        assert stats.chi2.sf(chi2, max(1, used.sum() - 1)) > 1e-4

    def test_items_are_independent(self) -> None:
        counts = self.counts(30.0).reshape(400, -1)
        pairs = np.corrcoef(counts)[np.triu_indices(400, 1)]
        assert abs(pairs).max() < 6 / np.sqrt(counts.shape[1])
        assert abs(pairs.std() * np.sqrt(counts.shape[1]) - 1) < 0.03

    def test_the_seed_decides_and_nothing_else_does(self) -> None:
        before = torch.random.get_rng_state()
        first = self.counts(30.0, 2)
        torch.rand(3)
        assert np.array_equal(first, self.counts(30.0, 2))
        assert not np.array_equal(first, self.counts(30.0, 2, seed=2))
        torch.random.set_rng_state(before)
        self.counts(30.0, 2)
        assert torch.equal(torch.random.get_rng_state(), before)


PAIRS = [(stage.name, output, wrt) for stage in KNOWN for output, wrt in stage.differentiable]


class TestGradient:
    @staticmethod
    def cotangent(stage: str, inputs: Inputs, output: str) -> Any:
        like = np.asarray(named(stage, getattr(Oracle(), stage)(**inputs))[output])
        if not like.ndim:
            return np.float64(1.7)
        wave = noise(*like.shape, seed=13)
        return wave if np.iscomplexobj(like) else wave.real

    @pytest.mark.parametrize("gridsize", [1, 2])
    @pytest.mark.parametrize(("stage", "output", "wrt"), PAIRS)
    def test_central_difference_of_the_oracle(self, stage: str, output: str, wrt: str, gridsize: int) -> None:
        inputs = example(stage, gridsize, side=7)
        cotangent = self.cotangent(stage, inputs, output)
        gradient = Torch(precision="float64").vjp(stage, inputs, output, wrt, cotangent)
        value = inputs[wrt]

        def projected(moved: Array) -> float:
            result = named(stage, getattr(Oracle(), stage)(**{**inputs, wrt: moved}))[output]
            return float(np.sum((np.conj(cotangent) * result).real))

        for seed in range(4):
            direction = noise(*value.shape, seed=20 + seed)
            direction = direction if np.iscomplexobj(value) else direction.real
            step = 1e-6 * direction
            slope = (projected(value + step) - projected(value - step)) / 2e-6
            assert np.sum((np.conj(gradient) * direction).real) == pytest.approx(slope, rel=1e-6)

    @pytest.mark.parametrize(("stage", "output", "wrt"), PAIRS)
    def test_float32(self, stage: str, output: str, wrt: str) -> None:
        inputs = rounded(stage, example(stage, side=7), "float32")
        cotangent = self.cotangent(stage, inputs, output)
        low, high = (Torch(precision=p).vjp(stage, inputs, output, wrt, cotangent) for p in PRECISIONS)
        assert low.dtype == inputs[wrt].dtype
        assert distance(low, high) < 1e-6

    def test_zero_where_the_intensity_is_zero(self) -> None:
        psi = noise(2, 1, 8, 8, 1)
        psi[0] = 0
        gradient = Torch().vjp("diffract", {"psi": psi}, "amplitude", "psi", np.ones((2, 8, 8, 1)))
        assert not gradient[0].any()
        assert gradient[1].all()

    def test_zero_below_the_floor_of_the_rate(self) -> None:
        inputs = example("loss")
        inputs["amplitude"][0] = 5e-4
        gradient = Torch().vjp("loss", inputs, "poisson_nll", "amplitude", np.float64(1))
        assert not gradient[0].any()
        assert gradient[1].all()

    @pytest.mark.parametrize(("stage", "output", "wrt"), [pair for pair in PAIRS if pair[0] in MAY_BE_EMPTY])
    def test_an_empty_batch(self, stage: str, output: str, wrt: str) -> None:
        inputs = example(stage, batch=0)
        gradient = Torch().vjp(stage, inputs, output, wrt, self.cotangent(stage, inputs, output))
        assert gradient.shape == inputs[wrt].shape
        assert not gradient.any()

    def test_refusals(self) -> None:
        with pytest.raises(ValueError, match="wrt: extract has no gradient of patches with respect to positions"):
            Torch().vjp("extract", example("extract"), "patches", "positions", noise(3, 16, 16, 4))
        with pytest.raises(ValueError, match="cotangent: shape"):
            Torch().vjp("extract", example("extract"), "patches", "object", noise(1, 16, 16, 4))


class TestPlacement:
    @pytest.mark.parametrize("gridsize", [1, 3])
    @pytest.mark.parametrize("stage", [stage.name for stage in KNOWN])
    def test_every_stage_stays_on_meta(self, stage: str, gridsize: int) -> None:
        placed = Torch().placement(stage, example(stage, gridsize))
        assert set(placed) == {field.name for field in BY_NAME[stage].outputs}
        assert all(placed.values())

    def test_own_canvases_and_draws(self) -> None:
        own = {**example("reassemble"), "centre": between(10, 25, 3, 1, 2, 1)}
        draws = {**example("group"), "neighbours": 5, "draws": np.tile(np.arange(3), (23, 2, 1))}
        placed = [*Torch().placement("reassemble", own).values(), *Torch().placement("group", draws).values()]
        assert placed == [True] * 6

    @staticmethod
    def placed_by(monkeypatch: pytest.MonkeyPatch, kernel: Callable[..., Any]) -> Any:
        monkeypatch.setitem(backend._KERNELS, "diffract", kernel)
        return Torch().placement("diffract", example("diffract"))

    def test_an_index_made_elsewhere_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        placed = self.placed_by(monkeypatch, lambda psi: psi[torch.arange(2)])
        assert placed == {"amplitude": True, "arange": False}

    def test_a_result_elsewhere_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        placed = self.placed_by(monkeypatch, lambda psi: torch.zeros(psi.shape))
        assert placed == {"amplitude": False, "zeros": False}

    @pytest.mark.parametrize(
        "kernel",
        [lambda psi: psi[psi.abs() > 1], lambda psi: psi * psi.abs().max().item(), lambda psi: psi + torch.ones(1, 1)],
        ids=["shape", "value", "mixture"],
    )
    def test_what_cannot_run_there_raises(self, monkeypatch: pytest.MonkeyPatch, kernel: Callable[..., Any]) -> None:
        with pytest.raises((RuntimeError, NotImplementedError)):
            self.placed_by(monkeypatch, kernel)

    def test_several_results_are_all_looked_at(self) -> None:
        with PlacementRecorder("meta") as recorder:
            torch.rand(3, device="meta").abs()
            torch.rand(3).max(dim=0)
        assert recorder.elsewhere == {"rand", "max"}


REFERENCES: dict[str, Callable[..., Array]] = {
    "sqrt": np.sqrt,
    "exp": np.exp,
    "log": np.log,
    "sin": np.sin,
    "cos": np.cos,
    "tanh": np.tanh,
    "fft2": np.fft.fft2,
    "matmul": np.matmul,
    "double": lambda value: 2 * value,
}


class TestPrimitive:
    @pytest.mark.parametrize("precision", PRECISIONS)
    @pytest.mark.parametrize("name", REFERENCES)
    def test_equals_numpy(self, name: str, precision: str) -> None:
        arrays = [between(0.5, 3, 9, 9, seed=i) for i in range(2 if name == "matmul" else 1)]
        got = Torch(precision=precision).primitive(name, *arrays)
        assert distance(got, REFERENCES[name](*arrays)) < BOUND[precision]
        assert got.real.dtype == precision

    def test_conv2d_is_a_valid_cross_correlation(self) -> None:
        image, kernel = between(0, 1, 9, 7), between(-1, 1, 3, 2, seed=6)
        windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
        want = np.einsum("ijkl,kl->ij", windows, kernel)
        assert distance(Torch(precision="float64").primitive("conv2d", image, kernel), want) < 1e-14

    def test_unknown(self) -> None:
        with pytest.raises(ValueError, match="name: 'cbrt'"):
            Torch().primitive("cbrt", np.ones(3))


class TestDoor:
    @pytest.mark.parametrize(
        ("stage", "change", "message"),
        [
            ("diffract", {"psi": noise(2, 1, 8, 8)}, "psi: shape"),
            ("diffract", {"psi": noise(2, 1, 8, 9, 1)}, "psi: axis N"),
            ("diffract", {"psi": np.ones((2, 1, 8, 8, 1), np.int64)}, "psi: dtype"),
            ("translate", {"offsets": np.full((3, 2), np.nan)}, r"offsets: not finite, first at \(0, 0\)"),
            ("translate", {"offsets": np.zeros((4, 2))}, "offsets: 4 do not divide 3 images"),
            ("extract", {"object": noise(0, 5)}, "object: axis H is empty"),
            ("loss", {"counts": np.full((3, 16, 16, 4), -1.0)}, "counts: negative"),
            ("reassemble", {"centre": np.zeros(3)}, "centre: shape"),
            ("reassemble", {"batch": 0}, "batch: 0"),
            ("scale", {"nphotons": 0.0}, "nphotons: 0.0"),
            ("group", {"positions": between(0, 1, 3, 2)}, "positions: 3 points"),
        ],
    )
    def test_refuses_before_it_computes(
        self, monkeypatch: pytest.MonkeyPatch, stage: str, change: Inputs, message: str
    ) -> None:
        monkeypatch.setitem(backend._KERNELS, stage, lambda **_: pytest.fail("computed"))
        with pytest.raises((ValueError, TypeError), match=f"^{message}"):
            getattr(Torch(), stage)(**{**example(stage), **change})

    def test_a_stream_refuses_a_centre_a_group_and_a_bad_chunk(self) -> None:
        good, bad = noise(2, 8, 8, 1), noise(2, 8, 8, 2)
        places = between(0, 9, 2, 1, 2, 1)
        with pytest.raises(ValueError, match=r"^centre: shape"):
            Torch().reassemble_stream([], np.zeros((0, 1, 2, 1)), (9, 9))
        with pytest.raises(ValueError, match=r"^canvas:"):
            Torch().reassemble_stream([], np.zeros(2), (0, 9))
        with pytest.raises(ValueError, match=r"^positions: axis C"):
            Torch().reassemble_stream([(good, places), (bad, places)], np.zeros(2), (9, 9))

    @pytest.mark.parametrize(
        ("choice", "message"),
        [
            ({"device": "meta"}, "device: 'meta' is none of cpu, cuda"),
            ({"precision": "float16"}, "precision: 'float16'"),
            ({"mode": "graph"}, "mode: 'graph'"),
        ],
    )
    def test_refuses_what_it_has_not(self, choice: dict[str, str], message: str) -> None:
        with pytest.raises(ValueError, match=f"^{message}"):
            Torch(**choice)

    def test_refuses_cuda_where_there_is_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
        assert Torch.devices() == ("cpu",)
        with pytest.raises(ValueError, match=r"^device: PyTorch .* finds no cuda here"):
            Torch(device="cuda")

    def test_read_only_reversed_and_foreign_bytes_are_put(self) -> None:
        values = np.arange(12.0).reshape(3, 4)
        frozen = values.copy()
        frozen.setflags(write=False)
        for array in (frozen, values[::-1, ::2], values.astype(">f8"), np.array(2.5), values.T):
            put = Torch().put(array)
            assert np.array_equal(Torch().get(put), array)

    def test_description_names_what_numbers_depend_on(self) -> None:
        told = Torch.describe()
        assert told["version"] == torch.__version__
        assert told["threads"] == str(torch.get_num_threads())
        assert {"tf32_matmul", "tf32_cudnn", "mkl", "onednn", "cpu_capability", "cuda"} <= told.keys()
