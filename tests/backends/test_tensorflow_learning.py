"""The learning half of the TensorFlow backend: network and objective against the oracle, training against NumPy."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from thinning import thinned

from parity_suite.core.packs import BY_NAME
from parity_suite.ptychography.learning.architecture import parameters
from parity_suite.ptychography.learning.settings import TrainingSettings
from parity_suite.ptychography.learning.weights import initial_weights
from parity_suite.ptychography.oracle import Oracle

tf = pytest.importorskip("tensorflow")

from parity_suite.ptychography.tensorflow import TensorFlow  # noqa: E402
from parity_suite.ptychography.tensorflow import backend as backend_module  # noqa: E402

Array = npt.NDArray[Any]
Inputs = dict[str, Any]

SIDE, WIDTH, SCALE = 16, 4, 1.3
#: normwise, of patches, amplitudes and losses
BOUND = {"float32": 4e-6, "float64": 1e-12}
PRECISIONS = tuple(BOUND)
WRT = ("weights", "scale", "probe")


def compiled_long(values: tuple[Any, ...], covered: tuple[Any, ...], outer: bool = False) -> list[Any]:
    """Each value in each mode, and ``long`` where one that is ``covered`` elsewhere is compiled anew, for seconds."""
    return [
        pytest.param(
            *((value, mode) if outer else (mode, value)),
            marks=pytest.mark.long if mode == "xla" and value in covered else (),
            id=f"{value}-{mode}" if outer else f"{mode}-{value}",
        )
        for mode in TensorFlow.modes
        for value in values
    ]


@cache
def backend(mode: str = "eager", precision: str = "float64") -> TensorFlow:
    return TensorFlow(mode=mode, precision=precision)


def draw(*key: int) -> np.random.Generator:
    return np.random.default_rng([7, *key])


def probe(modes: int) -> Array:
    """Modes without symmetry, dark at one border."""
    rows, columns = np.mgrid[:SIDE, :SIDE] - SIDE // 2
    waves = [
        np.exp(-((columns - 1 - k) ** 2 + 0.6 * (rows + k) ** 2) / 18 + 0.02j * rows * columns) for k in range(modes)
    ]
    waves[0][:2] = 0
    return np.stack([wave * 4 / (1 + k) for k, wave in enumerate(waves)])


def weights(channels: int) -> Array:
    """Away from the first ones, so that every bias and both heads matter."""
    first = initial_weights(3, channels, WIDTH)
    return first + 0.1 * draw(channels).standard_normal(first.shape)


def lesson(gridsize: int = 2, batch: int = 3, modes: int = 1, object_big: bool = True) -> Inputs:
    """The arguments of ``objective``."""
    c = gridsize**2
    bits = draw(gridsize, batch)
    positions = bits.uniform(-4, 4, (batch, 1, 2, c)) + np.array([31.0, 47.0]).reshape(1, 1, 2, 1)
    return {
        "counts": bits.poisson(6.0, (batch, SIDE, SIDE, c)).astype(np.float64),
        "positions": positions,
        "centres": positions.mean(axis=3, keepdims=True),
        "probe": probe(modes),
        "scale": SCALE,
        "weights": weights(c),
        "canvas": (SIDE + 9, SIDE + 12),
        "object_big": object_big,
    }


def network_inputs(given: Inputs) -> Inputs:
    return {"amplitude": np.sqrt(given["counts"]), **{name: given[name] for name in ("probe", "scale", "weights")}}


def course(steps: int = 5, gridsize: int = 2, groups: int = 6, modes: int = 2, **settings: Any) -> Inputs:
    """The arguments of ``train``."""
    given = lesson(gridsize, groups, modes)
    object_big = given.pop("object_big")
    order = np.array([draw(t).permutation(groups)[:3] for t in range(steps)], np.int64).reshape(steps, 3)
    watch = np.array([4, 0])
    return {**given, "order": order, "watch": watch, "settings": {"object_big": object_big, **settings}}


def rounded(stage: str, inputs: Inputs, precision: str) -> Inputs:
    """The inputs as the precision holds them, so that the oracle is given the same."""

    def of(name: str, value: Any) -> Any:
        if not isinstance(value, np.ndarray) or BY_NAME[stage].input(name).double or value.dtype.kind == "i":
            return value
        kept = BY_NAME[stage].input(name).kind == "position"
        return (
            value
            if kept
            else value.astype(np.result_type(precision, np.complex64) if value.dtype.kind == "c" else precision)
        )

    return {name: of(name, value) for name, value in inputs.items()}


def distance(got: Any, want: Any) -> float:
    """||got - want|| / ||want||, infinite for another shape."""
    got, want = np.asarray(got, np.complex128), np.asarray(want, np.complex128)
    if got.shape != want.shape:
        return float("inf")
    return float(np.linalg.norm((got - want).ravel()) / (np.linalg.norm(want.ravel()) or 1))


# The main job asks the same of what is compiled in float32, by the law `mode`.
@pytest.mark.parametrize(("mode", "precision"), compiled_long(PRECISIONS, ("float32",)))
class TestOracle:
    @pytest.mark.parametrize(("gridsize", "modes"), thinned([(2, 2), (1, 1), (3, 1)], 3))
    def test_network(self, gridsize: int, modes: int, mode: str, precision: str) -> None:
        given = rounded("network", network_inputs(lesson(gridsize, modes=modes)), precision)
        got, want = backend(mode, precision).network(**given), Oracle().network(**given)
        assert distance(got, want) <= BOUND[precision]
        assert got.real.dtype == precision

    @pytest.mark.parametrize(("gridsize", "modes", "power"), thinned([(2, 2, 900.0), (1, 1, None), (3, 1, None)], 3))
    def test_objective(self, gridsize: int, modes: int, power: float | None, mode: str, precision: str) -> None:
        given = rounded("objective", {**lesson(gridsize, modes=modes), "power": power}, precision)
        got, want = backend(mode, precision).objective(**given), Oracle().objective(**given)
        assert got.keys() == want.keys()
        assert all(distance(got[name], want[name]) <= BOUND[precision] for name in want)
        assert got["amplitude"].dtype == precision

    def test_of_no_groups_there_are_no_patches(self, mode: str, precision: str) -> None:
        patches = backend(mode, precision).network(**network_inputs(lesson(batch=0)))
        assert patches.shape == (0, SIDE, SIDE, 4)


# So does it of both values of `object_big`.
@pytest.mark.parametrize(("gridsize", "mode"), compiled_long((1, 2), (1, 2), outer=True))
def test_object_big_changes_what_overlaps_and_nothing_else(gridsize: int, mode: str) -> None:
    big, small = (
        backend(mode).objective(**lesson(gridsize, object_big=object_big))["poisson_nll"]
        for object_big in (True, False)
    )
    # A group of one lies on its own centre, at offset 0.
    assert (abs(big - small) < 1e-12 * abs(small)) == (gridsize == 1)


def central(given: Inputs, wrt: str, direction: Any) -> float:
    """The slope of the oracle's loss along a direction, by a central difference."""
    step = 1e-5 / float(np.linalg.norm(np.ravel(direction)))

    def at(t: float) -> float:
        return float(Oracle().objective(**{**given, wrt: given[wrt] + t * direction})["poisson_nll"])

    return (8 * (at(step) - at(-step)) - (at(2 * step) - at(-2 * step))) / (12 * step)


def slope_of(given: Inputs, wrt: str, mode: str = "eager") -> Array:
    return backend(mode).vjp("objective", given, "poisson_nll", wrt, np.float64(1))


class TestGradient:
    @pytest.mark.parametrize(("gridsize", "modes"), [(1, 1), (2, 2), (3, 1)])
    def test_every_named_parameter(self, gridsize: int, modes: int) -> None:
        given = lesson(gridsize, 2, modes)
        slope = slope_of(given, "weights")
        for parameter in parameters(gridsize**2, WIDTH):
            direction = np.zeros_like(slope)
            direction[parameter.place] = draw(parameter.start).standard_normal(parameter.stop - parameter.start)
            want = central(given, "weights", direction)
            assert abs(want) > 1e-2, parameter.name
            assert slope @ direction == pytest.approx(want, rel=1e-6), parameter.name

    # A compiled training with a free probe, below, has these gradients where the power is given.
    @pytest.mark.parametrize(("power", "mode"), compiled_long((None, 900.0), (900.0,), outer=True))
    @pytest.mark.parametrize("wrt", thinned(WRT, 3))
    def test_in_every_mode(self, wrt: str, power: float | None, mode: str) -> None:
        given = {**lesson(2, 2, 2), "power": power}
        slope = slope_of(given, wrt, mode)
        direction = draw(5).standard_normal((2, *np.shape(given[wrt])))
        direction = direction[0] + 1j * direction[1] if wrt == "probe" else direction[0]
        assert slope.shape == np.shape(given[wrt])
        want = central(given, wrt, direction)
        assert np.sum((np.conj(slope) * direction).real) == pytest.approx(want, rel=1e-6)

    def test_the_power_of_the_probe_is_no_parameter_where_it_is_given(self) -> None:
        free, held = (slope_of({**lesson(modes=2), "power": power}, "probe") for power in (None, 900.0))
        along_free, along_held = (np.vdot(slope, probe(2)).real for slope in (free, held))
        assert abs(along_held) < 1e-10 * np.linalg.norm(held) * np.linalg.norm(probe(2))
        assert abs(along_free) > 1e-2 * np.linalg.norm(free) * np.linalg.norm(probe(2))

    # Compiled by one of the three, whose gradients are of one graph.
    @pytest.mark.parametrize(("wrt", "mode"), compiled_long(WRT, WRT[1:], outer=True))
    def test_finite_in_the_dark(self, wrt: str, mode: str) -> None:
        # Of the sizes above, whose gradients are compiled.
        given = {**lesson(2, 2, 2), "power": None}
        given["counts"][0] = 0
        # A modulus that is exactly 0: no wave, no amplitude.
        bias = next(one for one in parameters(4, WIDTH) if one.name == "modulus.bias")
        given["weights"][bias.place] = -1e5
        assert not Oracle().objective(**given)["amplitude"].any()
        assert np.isfinite(slope_of(given, wrt, mode)).all()


def losses_of(given: Inputs, precision: str = "float64", mode: str = "eager") -> Array:
    return np.asarray(TensorFlow(mode=mode, precision=precision).train(**given)["losses"])


class NumPyAdam:
    """The reference: ten lines on gradients that the backend gives one by one."""

    def __init__(self, given: Inputs) -> None:
        self.given, self.settings = given, TrainingSettings.read(given["settings"])
        first = given["probe"]
        self.rms, self.power = np.sqrt(np.mean(abs(first) ** 2)), float(np.sum(abs(first) ** 2))
        self.values: dict[str, Any] = {"weights": given["weights"], "gain": np.ones(())}
        if self.settings.train_probe:
            self.values["probe"] = first / self.rms
        self.losses: list[float] = []

    def run(self) -> None:
        s = self.settings
        moments: dict[str, Any] = dict.fromkeys(self.values, (0, 0))
        for t, groups in enumerate(self.given["order"], start=1):
            for name, g in self.slopes(groups).items():
                m = s.beta1 * moments[name][0] + (1 - s.beta1) * g
                # Real and imaginary part have a moment each.
                squared = g.real**2 + 1j * g.imag**2 if np.iscomplexobj(g) else g**2
                v = s.beta2 * moments[name][1] + (1 - s.beta2) * squared
                moments[name] = m, v
                self.values[name] = self.values[name] - self.update(m / (1 - s.beta1**t), v / (1 - s.beta2**t))

    def update(self, m: Any, v: Any) -> Any:
        def of(mean: Any, square: Any) -> Any:
            return self.settings.learning_rate * mean / (np.sqrt(square) + self.settings.epsilon)

        return of(m.real, v.real) + 1j * of(m.imag, v.imag) if np.iscomplexobj(m) else of(m, v)

    def slopes(self, groups: Array) -> dict[str, Any]:
        given = {name: self.given[name][groups] for name in ("counts", "positions", "centres")}
        given |= {"canvas": self.given["canvas"], "object_big": self.settings.object_big}
        given |= {"weights": self.values["weights"], "scale": self.given["scale"] * float(self.values["gain"])}
        free = self.settings.train_probe
        given |= (
            {"probe": self.rms * self.values["probe"], "power": self.power} if free else {"probe": self.given["probe"]}
        )
        self.losses.append(backend().objective(**given)["poisson_nll"])
        out = {"weights": slope_of(given, "weights"), "gain": self.given["scale"] * slope_of(given, "scale")}
        return {**out, "probe": self.rms * slope_of(given, "probe")} if free else out

    def state(self) -> Inputs:
        free = self.rms * self.values.get("probe", self.given["probe"] / self.rms)
        scaled = free * np.sqrt(self.power / np.sum(abs(free) ** 2))
        return {"weights": self.values["weights"], "scale": SCALE * self.values["gain"], "probe": scaled}


class TestTraining:
    @pytest.mark.parametrize("mode", thinned(TensorFlow.modes, 2))
    def test_adam_as_it_is_written(self, mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
        backend_module._graph_of.cache_clear()
        traced: list[bool] = []
        trace = backend_module.trace
        monkeypatch.setattr(backend_module, "trace", lambda *a, **k: traced.append(k["compiled"]) or trace(*a, **k))
        given = course(train_probe=True, epsilon=1e-3)
        trained = TensorFlow(mode=mode, precision="float64")
        losses = trained.train(**given)["losses"]
        # One graph serves all steps; but in eager mode, the exit waves and the scale to begin with have one each.
        assert traced == {"eager": [False], "graph": [False] * 3, "xla": [True] * 3}[mode]
        want = NumPyAdam(given)
        want.run()
        state = want.state()
        # The gradients come from the eager kernels; in a graph sums run in another order.
        assert distance(losses, want.losses) <= 1e-12
        assert distance(trained.model.weights, state["weights"]) <= 1e-12
        assert distance(trained.model.probe, state["probe"]) <= 1e-12
        assert trained.model.scale == pytest.approx(state["scale"], rel=1e-13)

    def test_one_graph_serves_all_trainings_of_the_same_shape_and_switches_and_holds_nothing_of_them(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        traced: list[bool] = []
        trace = backend_module.trace
        monkeypatch.setattr(backend_module, "trace", lambda *a, **k: traced.append(k["compiled"]) or trace(*a, **k))
        first = course(2, gridsize=1, train_probe=True)
        second = {
            name: value * 1.25 if name in ("counts", "scale", "probe") else value for name, value in first.items()
        }
        second |= {"positions": first["positions"] + 0.375, "weights": first["weights"][::-1].copy()}

        def trained(given: Inputs) -> TensorFlow:
            made = TensorFlow(precision="float64")
            made.train(**given)
            return made

        rates = {"learning_rate": 1e-4, "beta1": 0.5, "beta2": 0.9, "epsilon": 1e-6}
        other_rates = {**second, "settings": {**second["settings"], **rates}}
        backend_module._graph_of.cache_clear()
        trained(first)
        after = [trained(given).model for given in (second, other_rates)]
        assert len(traced) == 1
        for given, model in zip((second, other_rates), after, strict=True):
            backend_module._graph_of.cache_clear()
            alone = trained(given).model
            for name in ("weights", "probe", "scale"):
                assert distance(getattr(model, name), getattr(alone, name)) <= 1e-12
        assert distance(after[0].weights, after[1].weights) > 1e-6
        assert len(traced) == 3
        trained({**second, "settings": {**second["settings"], "train_probe": False}})
        assert len(traced) == 4

    @pytest.mark.parametrize("precision", PRECISIONS)
    def test_what_is_not_trained_stays_bit_for_bit(self, precision: str) -> None:
        given = course(train_scale=False, train_probe=False)
        trained = TensorFlow(precision=precision)
        trained.train(**given)
        assert trained.model.scale == float(np.dtype(precision).type(SCALE))
        assert np.array_equal(trained.model.probe, given["probe"].astype(trained.complex))
        moved = trained.model.weights != given["weights"].astype(precision)
        assert all(moved[one.place].any() for one in parameters(4, WIDTH))

    def test_a_free_probe_moves_and_keeps_its_power(self) -> None:
        given = course(train_probe=True)
        trained = TensorFlow(precision="float64")
        trained.train(**given)
        assert distance(trained.model.probe, given["probe"]) > 1e-3
        assert np.sum(abs(trained.model.probe) ** 2) == pytest.approx(np.sum(abs(given["probe"]) ** 2), rel=1e-13)

    @pytest.mark.parametrize("precision", PRECISIONS)
    def test_the_scale_of_the_state_is_that_of_the_next_step(self, precision: str) -> None:
        given = course()
        trained = TensorFlow(precision=precision)
        trained.train(**given)
        model = trained.model
        assert model.scale == float(np.dtype(precision).type(model.scale)) != SCALE
        again = {
            **given,
            "weights": model.weights,
            "probe": model.probe,
            "scale": model.scale,
            "order": given["order"][:1],
        }
        groups = given["order"][0]
        data = {name: given[name][groups] for name in ("counts", "positions", "centres")}
        held = {"weights": model.weights, "probe": model.probe, "scale": model.scale, "canvas": given["canvas"]}
        now = backend("eager", precision).objective(**data, **held, object_big=True)["poisson_nll"]
        # The training step is a graph, whose sums run in another order.
        assert losses_of(again, precision)[0] == pytest.approx(now, rel=BOUND[precision])

    @pytest.mark.parametrize("mode", TensorFlow.modes)
    @pytest.mark.parametrize("precision", PRECISIONS)
    def test_no_steps(self, precision: str, mode: str) -> None:
        given = {**course(steps=0), "scale": 9.882118}
        trained = TensorFlow(mode=mode, precision=precision)
        result = trained.train(**given)
        assert trained.model.scale == float(np.dtype(precision).type(9.882118))
        assert np.array_equal(trained.model.weights, given["weights"].astype(precision))
        assert result["losses"].shape == (0,)
        assert result["losses"].dtype == np.float64
        amplitude = np.sqrt(given["counts"])[given["watch"]]
        want = Oracle().network(**rounded("network", {**network_inputs(given), "amplitude": amplitude}, precision))
        assert distance(result["patches"], want) <= BOUND[precision]

    @pytest.mark.parametrize("mode", ["eager", "graph"])
    def test_the_same_again(self, mode: str) -> None:
        results = []
        for _ in range(2):
            trained = TensorFlow(mode=mode)
            results.append((trained.train(**course(train_probe=True)), trained.state()))
        (first, state), (second, other) = results
        assert all(np.array_equal(first[name], second[name]) for name in first)
        assert all(np.array_equal(state[name], other[name]) for name in state)

    def test_training_lowers_the_loss(self) -> None:
        given = course(steps=12)
        given["order"] = np.tile(np.arange(6), (12, 1))
        losses = losses_of(given, "float32", "graph")
        assert losses[-1] < losses[0] - 1
        assert losses.dtype == np.float64

    def test_a_loss_that_is_not_finite_stops_at_its_step(self) -> None:
        given = course(learning_rate=1e200)
        with pytest.raises(FloatingPointError, match=r"^step 2: the loss is (nan|inf)"):
            losses_of(given)

    def test_without_a_scale_it_starts_from_that_of_the_data(self) -> None:
        given = {**course(steps=0), "scale": None}
        trained = TensorFlow(precision="float64")
        trained.train(**given)
        power = np.sum(abs(given["probe"]) ** 2)
        assert trained.model.scale == pytest.approx(np.sqrt(given["counts"].sum() / 24 / power), rel=1e-14)


@cache
def trained(mode: str, precision: str = "float32") -> TensorFlow:
    one = TensorFlow(mode=mode, precision=precision)
    if mode == "eager":
        one.train(**course(train_probe=True))
    else:
        one.hold(trained("eager", precision).model)
    return one


class TestModel:
    @pytest.mark.parametrize("mode", ["eager", "graph"])
    def test_inference_is_the_training_path(self, mode: str) -> None:
        given = course(train_probe=True)
        one = TensorFlow(mode=mode)
        patches = one.train(**given)["patches"]
        assert distance(one.infer(np.sqrt(given["counts"])[given["watch"]]), patches) <= 1e-6

    @pytest.mark.parametrize("mode", TensorFlow.modes)
    @pytest.mark.parametrize("batch", thinned([4, 1, 6, 100], 2))
    def test_chunks_equal_one_shot(self, batch: int, mode: str) -> None:
        amplitude = np.sqrt(course()["counts"])
        whole, cut = trained(mode).infer(amplitude), trained(mode).infer(amplitude, batch)
        assert whole.shape == amplitude.shape
        assert distance(cut, whole) <= 1e-6

    @pytest.mark.parametrize("mode", TensorFlow.modes)
    @pytest.mark.parametrize("batch", [None, 3])
    def test_none_in_none_out(self, batch: int | None, mode: str) -> None:
        assert trained(mode).infer(np.zeros((0, SIDE, SIDE, 4)), batch).shape == (0, SIDE, SIDE, 4)

    @pytest.mark.parametrize("precision", PRECISIONS)
    def test_a_bundle_gives_the_model_back(self, precision: str, tmp_path: Path) -> None:
        first, other = trained("eager", precision), TensorFlow(precision=precision)
        first.save(str(tmp_path / "bundle"))
        other.load(str(tmp_path / "bundle"))
        assert other.state().keys() == first.state().keys()
        assert all(np.array_equal(value, other.state()[name]) for name, value in first.state().items())

    @pytest.mark.parametrize("device", ["cpu", "cuda"])
    def test_inference_of_a_loaded_model_is_placed(self, device: str, tmp_path: Path) -> None:
        trained("eager").save(str(tmp_path / "bundle"))
        elsewhere = TensorFlow(device=device)
        elsewhere.load(str(tmp_path / "bundle"))
        placed = elsewhere.placement("infer", {"amplitude": np.sqrt(course()["counts"]), "batch": 2})
        assert any("Conv2D" in name for name in placed)
        assert all(placed.values()), [name for name, here in placed.items() if not here]

    def test_a_model_of_a_device_that_is_not_here_infers_nowhere_else(self) -> None:
        if "cuda" in TensorFlow.devices():
            pytest.skip("there is a GPU")
        elsewhere = TensorFlow(device="cuda")
        elsewhere.hold(trained("eager").model)
        with pytest.raises(ValueError, match=r"^device: cuda"):
            elsewhere.infer(np.ones((1, SIDE, SIDE, 4)))

    @pytest.mark.parametrize("stage", ["network", "objective"])
    @pytest.mark.parametrize("device", ["cpu", "cuda"])
    @pytest.mark.parametrize("mode", ["graph", "xla"])
    def test_every_operation_is_asked_onto_the_device(self, stage: str, device: str, mode: str) -> None:
        inputs = lesson() if stage == "objective" else network_inputs(lesson())
        placed = TensorFlow(device=device, mode=mode).placement(stage, inputs)
        assert any("Conv2D" in name for name in placed)
        assert all(placed.values()), [name for name, here in placed.items() if not here]

    def test_the_version_is_told(self) -> None:
        assert TensorFlow.versions() == {"tensorflow": tf.__version__}
