"""The learning half of the PyTorch backend: network and objective against the oracle, training against NumPy's Adam."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from parity_suite.core.packs import BY_NAME
from parity_suite.ptychography.learning.architecture import parameters
from parity_suite.ptychography.learning.settings import TrainingSettings
from parity_suite.ptychography.learning.weights import initial_weights
from parity_suite.ptychography.oracle import Oracle

torch = pytest.importorskip("torch")

from parity_suite.ptychography.torch import Torch, backend  # noqa: E402

Array = npt.NDArray[Any]
Inputs = dict[str, Any]

PRECISIONS = ("float32", "float64")
#: normwise, of patches and amplitudes
BOUND = {"float32": 3e-6, "float64": 1e-12}
SIDE = 16
CANVAS = (26, 30)


def noise(*shape: int, seed: int) -> Array:
    real, imaginary = np.random.default_rng(seed).normal(size=(2, *shape))
    return np.asarray(real + 1j * imaginary)


def measured(gridsize: int = 2, batch: int = 3) -> Inputs:
    """Inputs of the objective that no flip, transpose or swap leaves alone: two modes, counts with zeros among them."""
    c, bits = gridsize**2, np.random.default_rng(gridsize)
    positions = bits.uniform(-3, 3, (batch, 1, 2, c)) + np.array([40.0, 25.0]).reshape(1, 1, 2, 1)
    rows, columns = np.mgrid[:SIDE, :SIDE] - SIDE / 2
    envelope = np.exp(-((rows - 1) ** 2 + 2 * columns**2) / 60)
    weights = initial_weights(1, c)
    return {
        "counts": bits.poisson(bits.uniform(0, 12, (batch, SIDE, SIDE, c))).astype(np.float64),
        "positions": positions,
        "centres": positions.mean(axis=3, keepdims=True),
        "probe": (envelope + 0.2) * noise(2, SIDE, SIDE, seed=4) * np.array([1.0, 0.4])[:, None, None],
        "scale": 1.3,
        "weights": weights + 0.1 * bits.standard_normal(len(weights)),
    }


def example(gridsize: int = 2, batch: int = 3, **more: Any) -> Inputs:
    """Inputs of the stage ``objective``."""
    return {**measured(gridsize, batch), "canvas": CANVAS, "object_big": True, **more}


def network_example(gridsize: int = 2, batch: int = 3) -> Inputs:
    """Inputs of the stage ``network``."""
    given = measured(gridsize, batch)
    return {"amplitude": np.sqrt(given["counts"]), **{name: given[name] for name in ("probe", "scale", "weights")}}


def lesson(steps: int = 5, **settings: Any) -> Inputs:
    """Inputs of the stage ``train``: five groups of four, two in a step."""
    given = measured(batch=5)
    order = np.random.default_rng(7).integers(0, 5, (steps, 2))
    return {**given, "order": order, "watch": np.array([4, 0, 2]), "canvas": CANVAS, "settings": settings}


def rounded(inputs: Inputs, precision: str) -> Inputs:
    real = np.dtype(precision)
    kinds = {"amplitude": real, "weights": real, "probe": np.result_type(real, np.complex64)}
    return {name: value.astype(kinds[name]) if name in kinds else value for name, value in inputs.items()}


def distance(got: Any, want: Any) -> float:
    """||got - want|| / ||want||, or infinity for another shape."""
    got, want = np.asarray(got), np.asarray(want)
    if got.shape != want.shape:
        return float("inf")
    return float(np.linalg.norm((got - want).ravel()) / np.linalg.norm(want.ravel()))


class TestNetwork:
    @pytest.mark.parametrize("precision", PRECISIONS)
    @pytest.mark.parametrize("gridsize", [1, 2, 3])
    def test_equals_the_oracle(self, gridsize: int, precision: str) -> None:
        given = rounded(network_example(gridsize), precision)
        got, want = Torch(precision=precision).network(**given), Oracle().network(**given)
        assert distance(got, want) <= BOUND[precision]
        assert got.dtype == given["probe"].dtype
        # The patches differ among each other, so that a wrong order of groups or channels shows.
        assert np.ptp(np.abs(want), axis=(0, 3)).min() > 1e-3

    def test_no_groups_in_none_out(self) -> None:
        assert Torch().network(**network_example(batch=0)).shape == (0, SIDE, SIDE, 4)

    def test_writes_into_no_argument(self) -> None:
        given, before = network_example(), network_example()
        Torch(precision="float64").network(**given)
        assert all(np.array_equal(given[name], before[name]) for name in given)


class TestObjective:
    def test_writes_into_no_argument(self) -> None:
        given, before = example(power=321.0), example(power=321.0)
        Torch(precision="float64").objective(**given)
        assert all(np.array_equal(given[name], before[name]) for name in given)

    @pytest.mark.parametrize("precision", PRECISIONS)
    @pytest.mark.parametrize("power", [None, 321.0])
    @pytest.mark.parametrize("object_big", [False, True])
    @pytest.mark.parametrize("gridsize", [1, 2, 3])
    def test_equals_the_oracle(self, gridsize: int, object_big: bool, power: float | None, precision: str) -> None:
        given = rounded(example(gridsize, object_big=object_big, power=power), precision)
        got, want = Torch(precision=precision).objective(**given), Oracle().objective(**given)
        assert distance(got["amplitude"], want["amplitude"]) <= BOUND[precision]
        rate = (given["scale"] * want["amplitude"]) ** 2
        terms = np.sum(rate + given["counts"] * np.abs(np.log(rate))) / len(rate)
        assert abs(got["poisson_nll"] - want["poisson_nll"]) <= BOUND[precision] * terms

    def test_object_big_matters_from_gridsize_2_on(self) -> None:
        def loss(gridsize: int, object_big: bool) -> float:
            given = example(gridsize, object_big=object_big)
            return float(Torch(precision="float64").objective(**given)["poisson_nll"])

        assert loss(1, True) == pytest.approx(loss(1, False), rel=1e-13)
        assert abs(loss(2, True) / loss(2, False) - 1) > 0.01


def slope(given: Inputs, wrt: str, direction: Any) -> float:
    """The oracle's central difference along a direction."""
    step = 1e-6

    def value(moved: Any) -> float:
        return float(Oracle().objective(**{**given, wrt: moved})["poisson_nll"])

    return (value(given[wrt] + step * direction) - value(given[wrt] - step * direction)) / (2 * step)


def gradient(given: Inputs, wrt: str, precision: str = "float64") -> Array:
    return Torch(precision=precision).vjp("objective", given, "poisson_nll", wrt, np.float64(1))


class TestGradient:
    @pytest.mark.parametrize("gridsize", [1, 2, 3])
    @pytest.mark.parametrize("object_big", [False, True])
    def test_every_parameter_of_the_network(self, gridsize: int, object_big: bool) -> None:
        given = example(gridsize, batch=2, object_big=object_big)
        found = gradient(given, "weights")
        for index, parameter in enumerate(parameters(gridsize**2)):
            direction = np.zeros_like(given["weights"])
            size = parameter.stop - parameter.start
            direction[parameter.place] = np.random.default_rng(index).standard_normal(size)
            wanted = slope(given, "weights", direction)
            assert found @ direction == pytest.approx(wanted, rel=1e-6), parameter.name
            assert np.linalg.norm(found[parameter.place]) > 1e-3, parameter.name

    @pytest.mark.parametrize("power", [None, 321.0])
    @pytest.mark.parametrize("gridsize", [1, 2, 3])
    def test_scale(self, gridsize: int, power: float | None) -> None:
        given = example(gridsize, batch=2, power=power)
        found = gradient(given, "scale")
        assert found.shape == ()
        assert found == pytest.approx(slope(given, "scale", 1.0), rel=1e-6)

    @pytest.mark.parametrize("power", [None, 321.0])
    @pytest.mark.parametrize("gridsize", [1, 2, 3])
    def test_probe(self, gridsize: int, power: float | None) -> None:
        given = example(gridsize, batch=2, power=power)
        found = gradient(given, "probe")
        for seed in range(3):
            direction = noise(*found.shape, seed=20 + seed)
            assert np.sum((np.conj(found) * direction).real) == pytest.approx(
                slope(given, "probe", direction), rel=1e-6
            )

    def test_the_power_that_is_given_cannot_be_moved(self) -> None:
        def along_itself(power: float | None) -> float:
            given = example(power=power)
            found, probe = gradient(given, "probe"), given["probe"]
            size = np.linalg.norm(found) * np.linalg.norm(probe)
            return abs(float(np.sum((np.conj(found) * probe).real) / size))

        assert along_itself(321.0) < 1e-12
        assert along_itself(None) > 1e-2

    @pytest.mark.parametrize("wrt", ["weights", "scale", "probe"])
    def test_float32(self, wrt: str) -> None:
        given = rounded(example(power=321.0), "float32")
        low, high = (gradient(given, wrt, precision) for precision in PRECISIONS)
        assert low.dtype == np.asarray(given[wrt]).dtype
        assert distance(low, high) < 1e-5

    @pytest.mark.parametrize("precision", PRECISIONS)
    @pytest.mark.parametrize("wrt", ["weights", "scale", "probe"])
    def test_finite_where_all_is_dark(self, wrt: str, precision: str) -> None:
        given = example(power=321.0)
        given["counts"][0] = 0
        given["probe"][:, 5:] = 0
        [bias] = (one for one in parameters(4) if one.name == "modulus.bias")
        given["weights"][bias.place] = -2000.0
        assert not Torch(precision=precision).objective(**given)["amplitude"].any()
        assert np.isfinite(gradient(given, wrt, precision)).all()


def adam(steps: int, value: Array, slope_at: Callable[[int, Array], Array], s: TrainingSettings) -> Array:
    """Kingma and Ba (2015), algorithm 1, in NumPy."""
    mean, square = np.zeros_like(value), np.zeros_like(value)
    for t in range(1, steps + 1):
        g = slope_at(t, value)
        mean, square = s.beta1 * mean + (1 - s.beta1) * g, s.beta2 * square + (1 - s.beta2) * g**2
        root = np.sqrt(square / (1 - s.beta2**t)) + s.epsilon
        value = value - s.learning_rate * mean / (1 - s.beta1**t) / root
    return value


class TestAdam:
    def test_five_steps_of_numpy(self) -> None:
        # An epsilon far above the round-off of a gradient, which a smaller one would amplify.
        told = {"learning_rate": 5e-3, "beta1": 0.8, "beta2": 0.95, "epsilon": 0.1, "train_probe": True}
        given, trained = lesson(**told), Torch(precision="float64")
        first, count = given["probe"], len(given["weights"])
        power = float(np.sum(np.abs(first) ** 2))
        rms = np.sqrt(power / first.size)

        def parts(vector: Array) -> tuple[Array, float, Array]:
            q = vector[count + 1 :].reshape(2, *first.shape)
            return vector[:count], 1.3 * vector[count], rms * (q[0] + 1j * q[1])

        def slope_at(t: int, vector: Array) -> Array:
            weights, scale, probe = parts(vector)
            batch = {name: given[name][given["order"][t - 1]] for name in ("counts", "positions", "centres")}
            at = {**batch, "weights": weights, "scale": scale, "probe": probe, "canvas": CANVAS, "object_big": True}
            by_weights, by_scale, by_probe = (
                gradient({**at, "power": power}, wrt) for wrt in ("weights", "scale", "probe")
            )
            moved = rms * np.stack([by_probe.real, by_probe.imag]).ravel()
            return np.concatenate([by_weights, [1.3 * by_scale], moved])

        start = np.concatenate([given["weights"], [1.0], np.stack([first.real, first.imag]).ravel() / rms])
        weights, scale, probe = parts(adam(5, start, slope_at, TrainingSettings.read(told)))
        trained.train(**given)
        assert distance(trained.model.weights, weights) < 1e-13
        assert trained.model.scale == pytest.approx(scale, rel=1e-13)
        assert distance(trained.model.probe, probe * np.sqrt(power / np.sum(np.abs(probe) ** 2))) < 1e-13
        assert distance(trained.model.weights, given["weights"]) > 1e-2


def train(precision: str = "float64", **given: Any) -> tuple[Torch, Mapping[str, Array]]:
    trained = Torch(precision=precision)
    return trained, trained.train(**given)


class TestTraining:
    def test_losses_stand_before_each_step_in_float64(self) -> None:
        for precision in PRECISIONS:
            given = lesson(steps=3)
            losses = train(precision, **given)[1]["losses"]
            assert losses.dtype == np.float64
            chosen = given["order"][0]
            batch = {name: given[name][chosen] for name in ("counts", "positions", "centres")}
            rest = {name: given[name] for name in ("probe", "scale", "weights", "canvas")}
            want = Oracle().objective(**batch, **rest, object_big=True)["poisson_nll"]
            assert losses[0] == pytest.approx(want, rel=1e-12 if precision == "float64" else 1e-5)
            # A float32 on the way would leave the last 29 bits zero.
            assert (losses != losses.astype(np.float32)).all()

    def test_the_settings_that_go_in_are_those_that_run(self) -> None:
        big, small = (train(**lesson(object_big=value))[1]["losses"][0] for value in (True, False))
        given = lesson()
        batch = {name: given[name][given["order"][0]] for name in ("counts", "positions", "centres")}
        rest = {name: given[name] for name in ("probe", "scale", "weights", "canvas")}
        for value, loss in ((True, big), (False, small)):
            want = Oracle().objective(**batch, **rest, object_big=value)["poisson_nll"]
            assert loss == pytest.approx(want, rel=1e-12)

    def test_what_is_declared_trainable_moves_and_nothing_else(self) -> None:
        for train_scale in (False, True):
            for train_probe in (False, True):
                given = lesson(train_scale=train_scale, train_probe=train_probe)
                model = train(**given)[0].model
                assert (model.scale != given["scale"]) == train_scale
                assert (distance(model.probe, given["probe"]) > 1e-3) == train_probe
                assert np.array_equal(model.probe, given["probe"]) != train_probe
                power = [np.sum(np.abs(probe) ** 2) for probe in (model.probe, given["probe"])]
                assert power[0] == pytest.approx(power[1], rel=1e-13)

    @pytest.mark.parametrize("precision", PRECISIONS)
    def test_no_steps_leave_all_bit_for_bit(self, precision: str) -> None:
        given = {**lesson(steps=0), "scale": 9.882118}
        trained, result = train(precision, **given)
        state, real = trained.state(), np.dtype(precision)
        assert state["intensity_scale"] == float(real.type(9.882118))
        assert np.array_equal(trained.model.weights, given["weights"].astype(real))
        assert np.array_equal(state["probe"], rounded(given, precision)["probe"])
        assert result["losses"].shape == (0,)

    def test_the_scale_of_the_state_is_the_one_of_the_next_step(self) -> None:
        trained, _ = train("float32", **lesson(steps=4))
        scale = trained.model.scale
        assert scale == float(np.float32(scale)) != float(np.float32(1.3))

    @pytest.mark.parametrize("precision", PRECISIONS)
    def test_patches_are_those_of_the_final_model(self, precision: str) -> None:
        given = lesson(train_probe=True)
        trained, result = train(precision, **given)
        watched = np.sqrt(given["counts"][given["watch"]])
        model = trained.model
        assert distance(result["patches"], trained.infer(watched)) < BOUND[precision]
        want = Oracle().network(watched, model.probe, model.scale, model.weights)
        assert distance(result["patches"], want) < BOUND[precision]

    def test_nothing_is_watched(self) -> None:
        patches = train(**{**lesson(), "watch": np.zeros(0, np.int64)})[1]["patches"]
        assert patches.shape == (0, SIDE, SIDE, 4)

    @pytest.mark.parametrize("precision", PRECISIONS)
    def test_same_bytes_again(self, precision: str) -> None:
        (one, first), (two, second) = (train(precision, **lesson(train_probe=True)) for _ in range(2))
        assert all(first[name].tobytes() == second[name].tobytes() for name in first)
        assert one.model.weights.tobytes() == two.model.weights.tobytes()
        assert one.model.probe.tobytes() == two.model.probe.tobytes()

    def test_a_loss_that_is_not_finite_stops_it_and_leaves_the_model(self) -> None:
        trained, _ = train(**lesson(steps=1))
        held = trained.model
        with pytest.raises(FloatingPointError, match=r"^step 1: the loss is (nan|inf)"):
            trained.train(**lesson(learning_rate=1e300))
        assert trained.model is held

    @pytest.mark.parametrize("train_probe", [False, True])
    def test_the_model_is_no_window_on_an_argument(self, train_probe: bool) -> None:
        given, before = (lesson(train_probe=train_probe) for _ in range(2))
        trained, _ = train(**given)
        trained.model.weights[:] = 0
        trained.model.probe[:] = 0
        assert all(np.array_equal(given[name], before[name]) for name in given if name != "settings")

    def test_it_learns(self) -> None:
        losses = train(**{**lesson(), "order": np.tile(np.arange(2), (30, 1))})[1]["losses"]
        assert losses[-1] < losses[0] - 100


@pytest.fixture(scope="module")
def trained() -> Torch:
    return train("float32", **lesson())[0]


class TestInference:
    @pytest.mark.parametrize("batch", [1, 2, 3, 7, 40])
    def test_chunks_equal_one_shot(self, trained: Torch, batch: int) -> None:
        amplitude = np.sqrt(measured(batch=7)["counts"])
        assert distance(trained.infer(amplitude, batch), trained.infer(amplitude)) < 1e-6

    @pytest.mark.parametrize("batch", [None, 1, 5])
    def test_no_groups_in_none_out(self, trained: Torch, batch: int | None) -> None:
        none = trained.infer(np.zeros((0, SIDE, SIDE, 4)), batch)
        assert none.shape == (0, SIDE, SIDE, 4)
        assert none.dtype == np.complex64

    def test_a_bundle_infers_the_same_bytes(self, trained: Torch, tmp_path: Path) -> None:
        trained.save(str(tmp_path / "bundle"))
        other = Torch()
        other.load(str(tmp_path / "bundle"))
        amplitude = np.sqrt(measured()["counts"])
        assert other.state()["intensity_scale"] == trained.state()["intensity_scale"]
        assert other.infer(amplitude).tobytes() == trained.infer(amplitude).tobytes()

    def test_versions_are_plain_text(self) -> None:
        assert {name: type(value) for name, value in Torch.versions().items()} == {"torch": str}


class TestPlacement:
    @pytest.mark.parametrize("gridsize", [1, 3])
    def test_network_and_objective_stay_on_meta(self, gridsize: int) -> None:
        runs = [("network", network_example(gridsize))]
        runs += [("objective", example(gridsize, object_big=value, power=321.0)) for value in (False, True)]
        for stage, given in runs:
            placed = Torch().placement(stage, given)
            assert placed == {field.name: True for field in BY_NAME[stage].outputs}

    @pytest.mark.parametrize("batch", [None, 2])
    @pytest.mark.parametrize("groups", [0, 5])
    def test_a_model_is_moved_and_inferred_with(self, groups: int, batch: int | None) -> None:
        trained, _ = train("float32", **lesson(steps=0))
        amplitude = np.sqrt(measured(batch=groups)["counts"])
        assert trained.placement("infer", {"amplitude": amplitude, "batch": batch}) == {"patches": True}

    @pytest.mark.parametrize(("made", "stray"), [(lambda: torch.zeros(()), "zeros"), (lambda: torch.ones(()), "ones")])
    def test_what_inference_makes_elsewhere_is_told(
        self, monkeypatch: pytest.MonkeyPatch, made: Callable[[], Any], stray: str
    ) -> None:
        trained, _ = train("float32", **lesson(steps=0))
        kernel = backend._KERNELS["network"]
        monkeypatch.setitem(backend._KERNELS, "network", lambda **given: kernel(**given) * made())
        placed = trained.placement("infer", {"amplitude": np.ones((2, SIDE, SIDE, 4)), "batch": None})
        assert placed == {"patches": True, stray: False}

    def test_a_weight_that_was_left_behind_raises(self, monkeypatch: pytest.MonkeyPatch) -> None:
        trained, _ = train("float32", **lesson(steps=0))
        monkeypatch.setattr(backend, "_on_meta", lambda arguments: dict(arguments))
        kernel = backend._KERNELS["network"]

        def on_meta(amplitude: Any, **held: Any) -> Any:
            return kernel(amplitude=amplitude.to("meta"), **held)

        monkeypatch.setitem(backend._KERNELS, "network", on_meta)
        with pytest.raises(RuntimeError):
            trained.placement("infer", {"amplitude": np.ones((2, SIDE, SIDE, 4)), "batch": None})
