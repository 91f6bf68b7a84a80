"""The TensorFlow backend against the oracle, in every mode, and its own promises: graphs, gradients, placement."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from time import perf_counter
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats

from parity_suite.core.packs import BY_NAME
from parity_suite.ptychography.oracle import Oracle
from parity_suite.ptychography.pipeline import STAGES

tf = pytest.importorskip("tensorflow")

from parity_suite.ptychography.tensorflow import TensorFlow, environment, grouping, reassembly  # noqa: E402
from parity_suite.ptychography.tensorflow.functions import Graph  # noqa: E402

Array = npt.NDArray[Any]
Inputs = dict[str, Any]

#: normwise, of every stage on the small inputs below
BOUND = {"float32": 5e-7, "float64": 1e-14}
#: network and objective have a file of their own
FORWARD = [stage for stage in STAGES if stage.name not in ("network", "objective")]
COMPARED = [stage.name for stage in FORWARD if not stage.random]
MAY_BE_EMPTY = ("layout", "extract", "illuminate", "diffract", "observe", "translate", "reassemble", "stats")
PAIRS = [(stage.name, output, wrt) for stage in FORWARD for output, wrt in stage.differentiable]
#: ties everywhere, and distances that a fused multiply-add rounds differently along x and y
RASTER = np.stack(np.meshgrid(np.arange(7) * 0.1, np.arange(6) * 0.1), axis=-1).reshape(-1, 2)


@cache
def backend(mode: str = "eager", precision: str = "float64") -> TensorFlow:
    return TensorFlow(mode=mode, precision=precision)


def waves(*shape: int, seed: int = 0) -> Array:
    parts = np.random.default_rng([seed, *shape]).normal(size=(2, *shape))
    return np.asarray(parts[0] + 1j * parts[1])


def places(low: float, high: float, *shape: int) -> Array:
    return np.random.default_rng([1, *shape]).uniform(low, high, shape)


def case(stage: str, gridsize: int = 2, side: int = 10, batch: int = 3) -> Inputs:
    """Inputs without symmetry: sides of canvases differ, positions run over every border."""
    c = gridsize**2
    patches = waves(batch, side, side, c)
    counts = np.floor(places(0, 40, batch, side, side, c))
    inputs: dict[str, Inputs] = {
        "probe": {"probe": waves(2, side, side), "probe_scale": 2.3, "masked": True},
        "group": {"positions": RASTER, "gridsize": gridsize},
        "layout": {"images": patches, "source": "channel", "target": "flat", "gridsize": gridsize},
        "extract": {"object": waves(27, 38), "positions": places(-5, 37, batch, 1, 2, c), "size": side},
        "illuminate": {"patches": patches, "probe": waves(2, side, side)},
        "diffract": {"psi": waves(batch, 2, side, side, c)},
        "scale": {"psi": waves(batch, 2, side, side, c), "nphotons": 3e5, "size": side},
        "observe": {"amplitude": np.sqrt(counts), "scale": 1.4, "seed": 5},
        "translate": {"images": waves(batch, 27, 38, 1), "offsets": places(-12, 12, batch, 2)},
        "reassemble": {
            "patches": patches,
            "positions": places(-8, 36, batch, 1, 2, c),
            "centre": np.array([16.4, 12.7]),
            "canvas": (29, 40),
        },
        "loss": {"amplitude": np.sqrt(counts[:, ::-1]), "counts": counts, "scale": 1.4, "patches": patches},
        "stats": {"patches": patches},
    }
    return inputs[stage]


def own_centres(batch: int) -> Inputs:
    return {**case("reassemble", batch=batch), "centre": places(8, 20, batch, 1, 2, 1)}


def rounded(stage: str, inputs: Inputs, precision: str) -> Inputs:
    """The inputs as the backend sees them, so that the oracle is given the same."""
    real = np.dtype(precision)
    kinds = {"c": np.result_type(real, np.complex64), "f": real}

    def of(name: str, value: Any) -> Any:
        field = BY_NAME[stage].input(name)
        kept = value is None or not field.is_array or field.double or field.kind not in ("complex", "real")
        return value if kept else value.astype(kinds[value.dtype.kind])

    return {name: of(name, value) for name, value in inputs.items()}


def named(stage: str, result: Any) -> dict[str, Any]:
    return dict(result) if isinstance(result, dict) else {BY_NAME[stage].outputs[0].name: result}


def distance(got: Any, want: Any) -> float:
    """||got - want|| / ||want||, infinite for another shape."""
    got, want = np.asarray(got, np.complex128), np.asarray(want, np.complex128)
    if got.shape != want.shape:
        return float("inf")
    return float(np.linalg.norm((got - want).ravel()) / (np.linalg.norm(want.ravel()) or 1))


def agree(stage: str, inputs: Inputs, mode: str = "eager", precision: str = "float64") -> None:
    """The stage gives what the oracle gives, in the precision asked for."""
    inputs = rounded(stage, inputs, precision)
    got = named(stage, getattr(backend(mode, precision), stage)(**inputs))
    want = named(stage, getattr(Oracle(), stage)(**inputs))
    assert got.keys() == want.keys()
    for field in BY_NAME[stage].outputs:
        value = got[field.name]
        if field.kind == "text":
            assert value == want[field.name]
            continue
        assert distance(value, want[field.name]) <= BOUND[precision], field.name
        if field.kind in ("complex", "real") and field.is_array:
            assert value.real.dtype == precision


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize(("gridsize", "side"), [(1, 16), (2, 10), (3, 7), (2, 1)])
@pytest.mark.parametrize("stage", COMPARED)
def test_eager_equals_the_oracle(stage: str, gridsize: int, side: int, precision: str) -> None:
    agree(stage, case(stage, gridsize, side), "eager", precision)


@pytest.mark.parametrize(("gridsize", "side", "precision"), [(2, 10, "float32"), (3, 7, "float64")])
@pytest.mark.parametrize("stage", COMPARED)
def test_graph_equals_the_oracle(stage: str, gridsize: int, side: int, precision: str) -> None:
    agree(stage, case(stage, gridsize, side), "graph", precision)


@pytest.mark.parametrize("stage", COMPARED)
def test_xla_equals_the_oracle(stage: str) -> None:
    agree(stage, case(stage, side=7), "xla", "float32")


@pytest.mark.parametrize("stage", ["group", "diffract", "reassemble", "loss"])
def test_xla_keeps_float64(stage: str) -> None:
    agree(stage, case(stage, gridsize=3, side=7), "xla", "float64")


@pytest.mark.parametrize("mode", ["eager", "graph"])
@pytest.mark.parametrize("stage", [stage for stage in MAY_BE_EMPTY if stage != "observe"])
def test_an_empty_batch_gives_an_empty_result(stage: str, mode: str) -> None:
    agree(stage, case(stage, batch=0), mode)


@pytest.mark.parametrize("stage", ["diffract", "translate", "reassemble"])
def test_an_empty_batch_under_xla(stage: str) -> None:
    agree(stage, case(stage, side=7, batch=0), "xla", "float32")


@pytest.mark.parametrize("mode", TensorFlow.modes)
@pytest.mark.parametrize("batch", [0, 3])
def test_each_group_on_its_own_canvas(batch: int, mode: str) -> None:
    agree("reassemble", own_centres(batch), mode)


@pytest.mark.parametrize("stage", ["extract", "translate", "reassemble", "illuminate", "stats"])
def test_real_images_are_taken_as_they_are(stage: str) -> None:
    inputs = {name: value.real if np.iscomplexobj(value) else value for name, value in case(stage).items()}
    agree(stage, inputs)


def graphs_of(one: TensorFlow, stage: str) -> tuple[Graph, ...]:
    """The graphs of a stage so far: one for each distinct set of plain values, dtypes and sizes but the batch's."""
    return tuple(graph for key, graph in one._graphs.items() if key[0] == stage)


class TestGraphs:
    @pytest.mark.parametrize("stage", ["diffract", "translate", "reassemble", "extract"])
    def test_one_graph_serves_every_batch(self, stage: str) -> None:
        graph = TensorFlow(mode="graph")
        for batch in (1, 3, 7, 64, 65):
            inputs = rounded(stage, case(stage, gridsize=1, side=4, batch=batch), "float32")
            got, want = (named(stage, getattr(b, stage)(**inputs)) for b in (graph, Oracle()))
            assert all(distance(got[name], want[name]) < 5e-7 for name in want)
        assert len(graphs_of(graph, stage)) == 1

    def test_no_graph_is_built_for_another_scale_or_seed(self) -> None:
        graph = TensorFlow(mode="graph")
        for scale, seed in ((1.0, 1), (2.5, 2), (3.5, 3)):
            graph.observe(np.ones((1, 2, 2, 1)), scale, seed)
        assert len(graphs_of(graph, "observe")) == 1

    def test_xla_takes_odd_and_partial_batches(self) -> None:
        compiled = TensorFlow(mode="xla")
        for batch in (1, 4, 3, 4):
            inputs = rounded("translate", case("translate", batch=batch), "float32")
            assert distance(compiled.translate(**inputs), Oracle().translate(**inputs)) < 5e-7
        assert len(graphs_of(compiled, "translate")) == 1

    @pytest.mark.parametrize("mode", TensorFlow.modes)
    def test_the_mode_is_what_ran(self, mode: str) -> None:
        one = TensorFlow(mode=mode)
        one.stats(waves(1, 3, 3, 1))
        compiled = [graph.function.function_def.attr["_XlaMustCompile"].b for graph in graphs_of(one, "stats")]
        assert compiled == {"eager": [], "graph": [False], "xla": [True]}[mode]

    def test_a_new_backend_has_no_graph(self) -> None:
        backend("graph").stats(waves(1, 3, 3, 1))
        assert graphs_of(TensorFlow(mode="graph"), "stats") == ()


class TestGroup:
    @pytest.mark.parametrize("mode", TensorFlow.modes)
    def test_draws_pick_among_the_neighbours(self, mode: str) -> None:
        rng = np.random.default_rng(2)
        draws = np.array([[rng.permutation(6)[:3] for _ in range(2)] for _ in RASTER])
        agree("group", {"positions": RASTER, "gridsize": 2, "neighbours": 6, "draws": draws}, mode)

    def test_no_draws_no_groups(self) -> None:
        draws = np.zeros((len(RASTER), 0, 3), np.int64)
        agree("group", {"positions": RASTER, "gridsize": 2, "neighbours": 6, "draws": draws})

    @pytest.mark.parametrize("held", [1, 5 * len(RASTER), 10**6])
    def test_rows_cut_anywhere(self, monkeypatch: pytest.MonkeyPatch, held: int) -> None:
        monkeypatch.setattr(grouping, "_BLOCK", held)
        agree("group", {"positions": RASTER, "gridsize": 3})


@pytest.mark.parametrize("target", ["grid", "channel", "flat"])
@pytest.mark.parametrize("source", ["grid", "channel", "flat"])
def test_every_pair_of_layouts(source: str, target: str) -> None:
    images = Oracle().layout(waves(2, 5, 5, 9), "channel", source, 3)
    agree("layout", {"images": images, "source": source, "target": target, "gridsize": 3})


class TestTranslate:
    @pytest.mark.parametrize(("x", "y"), [(0, 0), (3, 0), (0, 5), (-4, 2), (37, -26), (38, 0), (-60, 80)])
    def test_whole_pixels_are_moved_bit_for_bit(self, x: int, y: int) -> None:
        images = waves(1, 27, 38, 1).astype(np.complex64)
        moved = backend("eager", "float32").translate(images, np.array([[x, y]], np.float64))
        assert np.array_equal(moved, Oracle(precision="float32").translate(images, np.array([[x, y]])))

    @pytest.mark.parametrize("far", [[1e12, 0.5], [0.5, -1e12], [1e300, 1e300], [-38.0, 0.0], [0.0, 27.0]])
    def test_nothing_is_left_of_an_image_moved_out(self, far: list[float]) -> None:
        moved = backend().translate(waves(2, 27, 38, 1), np.array([far, [0.25, 0.5]]))
        assert not moved[0].any()
        assert moved[1].all()


class TestReassemble:
    @pytest.mark.parametrize("batch", [1, 2, 7, 40])
    @pytest.mark.parametrize("own", [False, True])
    def test_batched_equals_one_shot(self, batch: int, own: bool) -> None:
        given = own_centres(7) if own else case("reassemble", batch=7)
        whole, cut = backend().reassemble(**given), backend().reassemble(**given, batch=batch)
        for name, value in whole.items():
            assert distance(cut[name], value) <= 1e-14
            assert cut[name].dtype == value.dtype

    @pytest.mark.parametrize("step", [1, 4, 1000])
    @pytest.mark.parametrize("mode", ["eager", "graph"])
    def test_blocks_cut_anywhere(self, monkeypatch: pytest.MonkeyPatch, mode: str, step: int) -> None:
        monkeypatch.setattr(reassembly, "_BLOCK", step)
        given = case("reassemble", batch=7)
        got, want = TensorFlow(precision="float64", mode=mode).reassemble(**given), Oracle().reassemble(**given)
        assert all(distance(got[name], want[name]) <= 1e-14 for name in want)

    def test_an_uncovered_pixel_has_exactly_no_weight(self) -> None:
        given = {**case("reassemble", batch=9), "canvas": (90, 95)}
        got, want = backend().reassemble(**given), Oracle().reassemble(**given)
        assert (want["count"] == 0).any()
        assert np.array_equal(got["count"] == 0, want["count"] == 0)

    def test_xla_compiles_nothing_for_other_positions(self) -> None:
        compiled, given, seconds = TensorFlow(mode="xla"), case("reassemble"), []
        for shift in (0.0, 0.3, 0.6, 0.9):
            start = perf_counter()
            compiled.reassemble(**{**given, "positions": given["positions"] + shift})
            seconds.append(perf_counter() - start)
        # Compiling takes a hundred times as long as running.
        assert min(seconds[1:]) < seconds[0] / 5

    @pytest.mark.parametrize("mode", TensorFlow.modes)
    def test_what_falls_outside_is_clipped(self, mode: str) -> None:
        given = case("reassemble", gridsize=1, batch=5)
        far = [[1e12, 20.0], [20.0, -1e300], [30.0, 2.25], [-13.5, 12.0], [18.5, 11.25]]
        agree("reassemble", {**given, "positions": np.array(far).reshape(5, 1, 2, 1)}, mode)

    def test_a_stream_reads_each_chunk_once(self) -> None:
        given, read = case("reassemble", batch=7), []

        def chunks() -> Iterator[tuple[Array, Array]]:
            for start in (0, 3, 6):
                read.append(start)
                yield given["patches"][start : start + 3], given["positions"][start : start + 3]

        streamed = backend().reassemble_stream(chunks(), given["centre"], given["canvas"])
        want = Oracle().reassemble(**given)
        assert read == [0, 3, 6]
        assert all(distance(streamed[name], want[name]) <= 1e-14 for name in want)

    def test_an_empty_stream_covers_nothing(self) -> None:
        empty = backend().reassemble_stream([], np.zeros(2), (5, 7))
        assert all(empty[name].shape == (5, 7) and not empty[name].any() for name in ("numerator", "count", "canvas"))


class TestScale:
    def test_the_learned_value_comes_back_bit_for_bit(self) -> None:
        for mode in ("eager", "graph"):
            given = {**case("scale"), "learned": 9.882118}
            assert backend(mode, "float32").scale(**given) == {"scale": 9.882118, "source": "learned"}

    @pytest.mark.parametrize("mode", TensorFlow.modes)
    def test_closed_form(self, mode: str) -> None:
        agree("scale", {"psi": None, "nphotons": 3e5, "size": 15}, mode)


class TestLoss:
    @pytest.mark.parametrize("precision", ["float32", "float64"])
    def test_counts_that_float32_cannot_hold(self, precision: str) -> None:
        given = case("loss")
        given["amplitude"] = places(4e3, 2e4, *given["counts"].shape)
        given["counts"] = np.floor(2.5 * given["amplitude"] ** 2) + 1
        given = rounded("loss", given, precision)
        got, want = backend("eager", precision).loss(**given), Oracle().loss(**given)
        rate = (1.4 * given["amplitude"].astype(np.float64)) ** 2
        terms = float(np.sum(rate + np.abs(given["counts"] * np.log(rate)))) / len(rate)
        assert given["counts"].max() > 2**24
        assert abs(got["poisson_nll"] - want["poisson_nll"]) <= 1e-14 * terms

    def test_no_gradient_below_the_floor(self) -> None:
        given = case("loss")
        given["amplitude"][::2] = 1e-4
        slope = backend().vjp("loss", given, "poisson_nll", "amplitude", np.float64(1))
        assert not slope[::2].any()
        assert slope[1].any()


class TestObserve:
    @pytest.mark.parametrize("mode", ["graph", "xla"])
    @pytest.mark.parametrize("rate", [0.0, 1e-3, 1.0, 9.99, 30.0, 1e4, 1e8])
    def test_distribution(self, rate: float, mode: str) -> None:
        counts = backend(mode).observe(np.full((2, 128, 128, 4), np.sqrt(rate) / 1.5), 1.5, 3).ravel()
        number, expected = len(counts), stats.poisson(rate)
        assert counts.dtype == np.float64
        assert np.array_equal(counts, np.floor(counts))
        assert abs(counts.mean() - rate) <= 5 * np.sqrt(rate / number)
        assert abs(counts.var() - rate) <= 5 * np.sqrt((rate + 2 * rate**2) / number)
        edges = np.unique(expected.ppf(np.arange(1, 40) / 40))
        seen = np.bincount(np.searchsorted(edges, counts), minlength=len(edges) + 1)
        wanted = number * np.diff(np.concatenate([[0], expected.cdf(edges), [1]]))
        assert np.sum((seen - wanted) ** 2 / np.maximum(wanted, 5)) <= stats.chi2.isf(1e-5, len(edges))

    def test_items_are_independent(self) -> None:
        counts = backend().observe(np.full((200, 16, 16, 1), np.sqrt(30.0)), 1.0, 3).reshape(200, -1)
        pairs = np.corrcoef(counts)[np.triu_indices(200, 1)]
        assert abs(pairs).max() < 6 / 16
        assert abs(pairs.std() * 16 - 1) < 0.03

    def test_the_seed_decides_and_nothing_else_does(self) -> None:
        given = case("observe")
        first = backend().observe(**given)
        tf.random.set_seed(99)
        assert np.array_equal(first, backend().observe(**given))
        assert np.array_equal(first, backend("graph").observe(**given))
        assert not np.array_equal(first, backend().observe(**{**given, "seed": 6}))

    def test_no_counts_of_no_patterns(self) -> None:
        assert backend().observe(**case("observe", batch=0)).shape == (0, 10, 10, 4)


class TestGradient:
    @staticmethod
    def cotangent(stage: str, inputs: Inputs, output: str) -> Any:
        like = np.asarray(named(stage, getattr(Oracle(), stage)(**inputs))[output])
        if not like.ndim:
            return np.float64(1.7)
        return waves(*like.shape, seed=13) if np.iscomplexobj(like) else waves(*like.shape, seed=13).real

    def follows_the_oracle(self, stage: str, inputs: Inputs, output: str, wrt: str, mode: str) -> None:
        cotangent, value = self.cotangent(stage, inputs, output), inputs[wrt]
        gradient = backend(mode).vjp(stage, inputs, output, wrt, cotangent)
        assert gradient.dtype == value.dtype

        def projected(moved: Array) -> float:
            result = named(stage, getattr(Oracle(), stage)(**{**inputs, wrt: moved}))[output]
            return float(np.sum((np.conj(cotangent) * result).real))

        for seed in range(3):
            direction = waves(*value.shape, seed=20 + seed)
            direction = direction if np.iscomplexobj(value) else direction.real
            slope = (projected(value + 1e-6 * direction) - projected(value - 1e-6 * direction)) / 2e-6
            assert np.sum((np.conj(gradient) * direction).real) == pytest.approx(slope, rel=1e-6)

    @pytest.mark.parametrize(("stage", "output", "wrt"), PAIRS)
    def test_central_difference(self, stage: str, output: str, wrt: str) -> None:
        self.follows_the_oracle(stage, case(stage, side=5, batch=2), output, wrt, "eager")

    @pytest.mark.parametrize("mode", ["graph", "xla"])
    @pytest.mark.parametrize(("stage", "output", "wrt"), [PAIRS[3], PAIRS[5]])
    def test_central_difference_of_compiled_stages(self, stage: str, output: str, wrt: str, mode: str) -> None:
        self.follows_the_oracle(stage, case(stage, side=5, batch=2), output, wrt, mode)

    @pytest.mark.parametrize("mode", TensorFlow.modes)
    def test_each_group_on_its_own_canvas(self, mode: str) -> None:
        self.follows_the_oracle("reassemble", own_centres(2), "numerator", "patches", mode)

    def test_dark_pixels_have_gradient_zero(self) -> None:
        dark = np.zeros((2, 1, 6, 6, 1), complex)
        dark[1] = waves(1, 6, 6, 1)
        gradient = backend().vjp("diffract", {"psi": dark}, "amplitude", "psi", np.ones((2, 6, 6, 1)))
        assert not gradient[0].any()
        assert gradient[1].all()


class TestPlacement:
    @pytest.mark.parametrize("device", ["cpu", "cuda"])
    @pytest.mark.parametrize("stage", [stage.name for stage in FORWARD])
    def test_every_operation_is_asked_onto_the_device(self, stage: str, device: str) -> None:
        placed = TensorFlow(device=device).placement(stage, case(stage))
        assert placed
        assert all(placed.values()), [name for name, here in placed.items() if not here]

    def test_a_stage_in_place_under_xla(self) -> None:
        placed = TensorFlow(device="cuda", mode="xla").placement("reassemble", case("reassemble"))
        assert any("XlaDynamicUpdateSlice" in name for name in placed)
        assert all(placed.values())

    def test_an_operation_elsewhere_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def strays(patches: Any) -> Any:
            def body(i: Any, total: Any) -> tuple[Any, Any]:
                with tf.device("/CPU:0"):
                    return i + 1, tf.math.negative(total, name="stray")

            return {"mean": tf.while_loop(lambda i, _: i < 2, body, [0, tf.abs(patches)])[1]}

        cuda = TensorFlow(device="cuda")
        monkeypatch.setattr(cuda, "_kernels", {"stats": strays})
        wrong = [name for name, here in cuda.placement("stats", case("stats")).items() if not here]
        assert any(name.endswith("stray") for name in wrong)
        assert not any(name.endswith("Abs") for name in wrong)


class TestDoor:
    @pytest.mark.parametrize(
        ("stage", "change", "error"),
        [
            ("translate", {"offsets": np.zeros((2, 2))}, "offsets"),
            ("diffract", {"psi": np.full((1, 1, 4, 4, 1), np.nan + 0j)}, "psi"),
            ("reassemble", {"canvas": (0, 4)}, "canvas"),
            ("loss", {"scale": -1.0}, "scale"),
            ("probe", {"probe": [1.0]}, "probe"),
        ],
    )
    def test_what_is_wrong_is_refused_by_name(self, stage: str, change: Inputs, error: str) -> None:
        fresh = TensorFlow(mode="graph")
        with pytest.raises((ValueError, TypeError), match=f"^{error}:"):
            getattr(fresh, stage)(**{**case(stage), **change})
        assert graphs_of(fresh, stage) == ()

    @pytest.mark.parametrize("key", ["device", "precision", "mode"])
    def test_an_unknown_setting_is_refused(self, key: str) -> None:
        with pytest.raises(ValueError, match=f"^{key}: 'other'"):
            TensorFlow(**{key: "other"})

    def test_a_stream_wants_one_centre(self) -> None:
        with pytest.raises(ValueError, match=r"^centre:"):
            backend().reassemble_stream([], np.zeros((3, 1, 2, 1)), (4, 4))

    def test_a_device_that_is_not_here_is_no_other_device(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(environment, "devices", lambda: ("cpu",))
        with pytest.raises(ValueError, match=r"^device: cuda"):
            TensorFlow(device="cuda").stats(waves(1, 3, 3, 1))

    def test_a_chain_stays_on_the_device(self) -> None:
        first, probe = case("illuminate")["patches"], waves(2, 10, 10)
        handle = backend().chain([("illuminate", {"probe": probe}), ("diffract", {})], backend().put(first))
        assert tf.is_tensor(handle)
        assert distance(backend().get(handle), Oracle().diffract(Oracle().illuminate(first, probe))) <= 1e-14

    @pytest.mark.parametrize("array", [waves(3, 5)[:, ::2], waves(9)[1:], np.zeros((0, 4)), np.array(3.5)])
    def test_put_is_a_copy(self, array: Array) -> None:
        array = array.copy() if not array.ndim else array
        array.flags.writeable = False
        handle = backend().put(array)
        assert np.array_equal(backend().get(handle), array)
        assert not np.shares_memory(np.asarray(handle), array)

    def test_the_environment_is_described(self) -> None:
        told = TensorFlow.describe()
        assert told["tensorflow"] == tf.__version__
        assert told["devices"].split(", ") == list(TensorFlow.devices())
        assert all(isinstance(value, str) for value in told.values())

    @pytest.mark.parametrize("mode", ["eager", "graph"])
    @pytest.mark.parametrize("name", ["sqrt", "exp", "log", "sin", "cos", "tanh", "fft2", "matmul", "conv2d", "double"])
    def test_primitives(self, name: str, mode: str) -> None:
        a, b = places(0.1, 3, 5, 6), places(0.1, 3, 6, 4)
        wave = waves(5, 6)
        want = {
            "fft2": lambda: np.fft.fft2(wave),
            "matmul": lambda: a @ b,
            "conv2d": lambda: np.einsum("ijkl,kl", np.lib.stride_tricks.sliding_window_view(a, (2, 3)), b[:2, :3]),
            "double": lambda: 2 * a,
        }.get(name, lambda: getattr(np, name)(a))()
        arrays = {"fft2": (wave,), "matmul": (a, b), "conv2d": (a, b[:2, :3])}.get(name, (a,))
        assert distance(backend(mode).primitive(name, *arrays), want) <= 1e-14
