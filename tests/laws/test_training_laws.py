"""Laws of training that ask in float64: green on a model of one weight that moves as it should, red on those that do
not; and those of gradients on gradients that are given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from plain import spec_of
from whole import Whole

from parity_suite.backends.exceptions import NotProvided
from parity_suite.backends.subject import Subject
from parity_suite.compare.deviation import Bound, BrokenRule, Outcome
from parity_suite.compare.judge import measure
from parity_suite.core.context import RunContext
from parity_suite.ptychography.laws import models_own, training
from parity_suite.ptychography.learning.architecture import WIDTH, parameters
from parity_suite.ptychography.learning.thresholds import Thresholds
from parity_suite.ptychography.learning.weights import by_name
from parity_suite.ptychography.lessons import lesson
from parity_suite.ptychography.sizes import LESSONS

CONTEXT = RunContext()
#: of which nothing is asked but its run
SOME: Any = SimpleNamespace(context=CONTEXT, require_within=lambda stage, inputs: None)

CASE = LESSONS[1]
CHANNELS = CASE.size("C")


def subject_of(cls: type[Any], precision: str = "float64") -> Subject:
    return Subject(spec_of(cls), CONTEXT, "cpu", precision, precision)


def red(law: Any, subject: Any) -> list[str]:
    """What a law says is wrong, by the names of its outcomes."""
    outcomes: list[Outcome] = list(law(subject, "train", CASE))
    assert outcomes
    breaches = [one.message for one in outcomes if isinstance(one, BrokenRule)]
    return breaches + [one.output for one in measure("train", law.__name__, "float64", outcomes) if not one.within]


class Model(Whole):
    """Takes back or adds something to what it learned."""

    def changed(self, held: dict[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
        return held

    def train(self, **given: Any) -> Mapping[str, Any]:
        super().train(**given)
        self.held = self.changed(self.held, given)
        counts = given["counts"]
        losses = np.array([counts[groups].mean() for groups in given["order"]], self.real)
        return {"losses": losses, "patches": self.infer(np.sqrt(counts[given["watch"]]))}


class ProbeStays(Model):
    def changed(self, held: dict[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
        return held | {"probe": given["probe"]}


class ProbeCreeps(Model):
    """Moves when it should not, by little."""

    def changed(self, held: dict[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
        return held | {"probe": held["probe"] * (1 + 1e-12 * len(given["order"]))}


class ScaleStays(Model):
    def changed(self, held: dict[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
        moved = 1 + given["settings"]["learning_rate"] * len(given["order"]) * given["settings"]["train_scale"]
        return held | {"intensity_scale": held["intensity_scale"] / moved}


class WeightDead(Model):
    """Moves by a thousandth of what Adam does."""

    def changed(self, held: dict[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
        return held | {"weight": 1 + (held["weight"] - 1) / 1000}


class ScaleOfCounts(Model):
    """Four times the photons are four times the scale."""

    def changed(self, held: dict[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
        return held | {"intensity_scale": held["intensity_scale"] ** 2}


class PatchesOfDose(Model):
    """The scale is right, and what is made with it grows with the dose."""

    def patches_of(self, amplitude: Any) -> Any:
        return super().patches_of(amplitude) * (1 + 1e-4 * self.held["intensity_scale"])


class LogarithmKept(Model):
    """Keeps the logarithm of its scale."""

    def changed(self, held: dict[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
        kept = np.log(held["intensity_scale"]).astype(self.real)
        return held | {"intensity_scale": float(np.exp(kept))}


class DigitsKept(Model):
    """Keeps seven digits of its scale."""

    def changed(self, held: dict[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
        return held | {"intensity_scale": float(f"{held['intensity_scale']:.7g}")}


class DrawsWeights(Model):
    """Draws weights as layers do, which the given ones then replace."""

    def train(self, **given: Any) -> Mapping[str, Any]:
        np.random.rand(3)
        return super().train(**given)


class SeedsAll(Model):
    """Seeds the generator of everybody."""

    def train(self, **given: Any) -> Mapping[str, Any]:
        np.random.seed(given["order"].size)
        return super().train(**given)


@pytest.mark.parametrize(("cls", "wrong"), [(DrawsWeights, []), (SeedsAll, ["global generators seeded"])])
def test_who_draws_from_a_global_generator_seeds_none(cls: type[Any], wrong: list[str]) -> None:
    assert red(models_own.surroundings, subject_of(cls)) == wrong


def test_a_scale_may_be_kept_as_its_logarithm() -> None:
    given = lesson(CONTEXT, CASE)
    kept = LogarithmKept(precision="float64")
    kept.train(**given.inputs("float64", scale=81234.5, order=given.order[:0]))
    assert kept.held["intensity_scale"] != 81234.5
    assert red(training.precedence, subject_of(LogarithmKept)) == []


def test_a_scale_of_seven_digits_is_red() -> None:
    assert red(training.precedence, subject_of(DigitsKept)) == [
        "scale of the data",
        "scale of the data of 1,100 groups",
    ]


@pytest.mark.parametrize("law", [training.movement, training.dose, training.precedence, training.determinism])
@pytest.mark.parametrize("cls", [Whole, Model])
def test_a_right_model_is_green(law: Any, cls: type[Any]) -> None:
    assert red(law, subject_of(cls)) == []


@pytest.mark.parametrize(
    ("cls", "wrong"),
    [
        (ProbeStays, ["move of probe in steps of Adam"]),
        (ProbeCreeps, ["probe, which is not trained"]),
        (ScaleStays, ["move of intensity_scale in steps of Adam"]),
        (WeightDead, ["move of weight in steps of Adam"] * 2),
    ],
)
def test_a_parameter_that_does_not_move_or_should_not(cls: type[Any], wrong: list[str]) -> None:
    assert red(training.movement, subject_of(cls)) == wrong


def test_moves_are_counted_in_steps_of_adam() -> None:
    found = {one.output: one for one in training.movement(subject_of(Whole), "train", CASE) if isinstance(one, Bound)}
    rate = lesson(CONTEXT, CASE).settings.learning_rate
    assert found["move of weight in steps of Adam"].value == pytest.approx(6, rel=1e-6)
    assert found["move of probe in steps of Adam"].value == pytest.approx(6, rel=1e-6)
    (found,) = training._moved("probe", np.full(4, 2 + 2 * rate), np.full(4, 2.0), rate)  # type: ignore[assignment]
    assert found.value == pytest.approx(1)  # type: ignore[attr-defined]
    (found,) = training._moved("w", np.full(4, 2 + 2 * rate), np.full(4, 2.0), rate)  # type: ignore[assignment]
    assert found.value == pytest.approx(2)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("cls", "wrong"), [(ScaleOfCounts, ["intensity_scale / 2", "patches"]), (PatchesOfDose, ["patches"])]
)
def test_a_dose_that_is_more_than_a_scale(cls: type[Any], wrong: list[str]) -> None:
    assert red(training.dose, subject_of(cls)) == wrong


class Steps:
    """In the place of the written-out Adam: its gradients and where its steps lead are given."""

    def __init__(self, gradients: dict[str, Any], loss: float = 2.0) -> None:
        self.given, self.loss, self.asked = gradients, loss, []
        self.weights, self.scale, self.probe = np.arange(3.0), 4.0, np.ones((1, 2, 2))

    def __call__(self, subject: Any, given: Any, scale: float) -> Steps:
        assert scale == 3.0
        return self

    def gradients(self, groups: Any) -> tuple[float, dict[str, Any]]:
        self.asked.append(groups)
        return self.loss, self.given

    def step(self, groups: Any) -> float:
        self.asked.append(groups)
        return float(len(self.asked))


@pytest.fixture
def first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "untrained", lambda subject, case: SimpleNamespace(scale=3.0))


@pytest.mark.usefixtures("first")
@pytest.mark.parametrize("loss", [2.0, 0.25, -8.0])
def test_every_gradient_lies_above_the_round_off_of_the_loss(monkeypatch: pytest.MonkeyPatch, loss: float) -> None:
    """1e4 times eps times the loss, or one where the loss is less."""
    table = parameters(CHANNELS, WIDTH)
    flat = np.ones(table[-1].stop)
    least = 1e4 * 2.0**-52 * max(abs(loss), 1)
    flat[table[2].place] = 0
    flat[table[2].start] = 0.99 * least
    flat[table[4].place] = 0
    flat[table[4].start] = 1.01 * least
    steps = Steps({"weights": flat, "scale": -1.01 * least}, loss)
    monkeypatch.setattr(training, "Adam", steps)
    assert red(training.liveness, SOME) == [f"gradient of {table[2].name} over the round-off of the loss"]
    assert np.array_equal(steps.asked[0], lesson(CONTEXT, CASE).order[0])
    found = [one.output for one in training.liveness(SOME, "train", CASE) if isinstance(one, Bound)]
    assert found == [
        f"gradient of {name} over the round-off of the loss" for name in [*by_name(flat, CHANNELS), "intensity_scale"]
    ]
    steps.given["scale"] = 0.99 * least
    assert red(training.liveness, SOME)[1:] == ["gradient of intensity_scale over the round-off of the loss"]


@pytest.mark.usefixtures("first")
@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        (lambda got: None, []),
        (lambda got: got.losses.__setitem__(2, 3.1), ["losses"]),
        (lambda got: got.weights.__setitem__(0, 0.1), ["weights"]),
        (lambda got: setattr(got, "scale", 4.1), ["intensity_scale"]),
        (lambda got: got.state["probe"].__setitem__((0, 1, 1), 1.1), ["probe"]),
    ],
)
def test_steps_are_those_of_the_written_out_adam(
    monkeypatch: pytest.MonkeyPatch, change: Callable[[Any], None], wrong: list[str]
) -> None:
    steps = Steps({})
    got = SimpleNamespace(
        losses=np.arange(1.0, 7.0), weights=np.arange(3.0), scale=4.0, state={"probe": np.ones((1, 2, 2))}
    )
    change(got)
    trained: list[Any] = []

    def train(subject: Any, given: Any, order: Any) -> Any:
        trained.append(order)
        return got

    def weights_of(learned: Any, channels: int, width: int) -> Any:
        assert (learned, channels, width) == (got, CHANNELS, WIDTH)
        return got.weights

    monkeypatch.setattr(training, "Adam", steps)
    monkeypatch.setattr(training, "train", train)
    monkeypatch.setattr(training, "reference_weights", weights_of)
    assert red(training.optimiser, SOME) == wrong
    assert np.array_equal(steps.asked, lesson(CONTEXT, CASE).order[:6])
    assert np.array_equal(trained[0], lesson(CONTEXT, CASE).order[:6])


def test_two_trainings_in_float64_are_held_together_parameter_by_parameter(monkeypatch: pytest.MonkeyPatch) -> None:
    rough = np.random.default_rng(0).normal(size=(2, 4, 4, 4))

    def model(**changes: Any) -> Any:
        state = {"intensity_scale": 2.0, "weight": rough[0], "probe": rough[1]} | changes
        subject = SimpleNamespace(name="a", precision="float64", rounding="float64", backend=None, **vars(SOME))
        return SimpleNamespace(subject=subject, losses=np.arange(5.0), patches=rough, state=state)

    limit = CONTEXT.part(Thresholds).of(CASE.name)["training_parameters_float64"].maximum
    assert limit
    for other, wrong in (
        (model(), []),
        (model(weight=rough[0] * (1 + 0.5 * limit)), []),
        (model(weight=rough[0] * (1 + 2 * limit)), ["weight"]),
        (model(intensity_scale=2 + 8 * limit), ["intensity_scale"]),
    ):
        both = iter((model(), other))
        monkeypatch.setattr(training, "learned", lambda subject, case, both=both: next(both))
        subject: Any = SimpleNamespace(name="a", precision="float64", rounding="float64", backend=None, **vars(SOME))
        found = list(training.pair(subject, subject, CASE))
        assert [one.output for one in measure("train", "pair", "float64", found) if not one.within] == wrong
        assert [getattr(one, "output", "") for one in found] == [
            "losses", "intensity_scale", "weight", "probe", "patches",
        ]  # fmt: skip
    without = model()
    del without.state["probe"]
    (said,) = [one for one in training._parameters(CASE, model(), without) if isinstance(one, BrokenRule)]
    assert said.message == "probe is a parameter of a alone"


def test_a_model_without_a_variance_has_no_ratio(monkeypatch: pytest.MonkeyPatch) -> None:
    subject: Any = SimpleNamespace(name="flat", precision="float32", rounding="float32", backend=None, **vars(SOME))
    flat = SimpleNamespace(losses=np.ones(3), patches=np.zeros((2, 4, 4, 1), complex))
    monkeypatch.setattr(training, "learned", lambda subject, case: flat)
    *_, last = training.pair(subject, subject, CASE)
    assert isinstance(last, BrokenRule)
    assert last.message.startswith("var_zero_mean of flat is zero: ")


def test_a_network_of_its_own_has_no_such_steps() -> None:
    with pytest.raises(NotProvided, match="has a network of its own"):
        list(training.optimiser(subject_of(Whole), "train", CASE))


@pytest.mark.parametrize(
    ("got", "want", "within"),
    [
        # What two ways to write a sigmoid leave where it is saturated.
        (1e-25, 0.0, True),
        (0.0, 3e-17j, True),
        (1e-9, 0.0, False),
        (1e-3, 0.0, False),
        (1 + 1e-6j, 1.0, False),
        (1 + 1e-12j, 1.0, True),
        (np.nan, 1.0, False),
        (np.nan, np.nan, False),
    ],
)
def test_patches_of_which_nothing_is_left_are_held_to_a_thousandth_of_a_transparent_object(
    got: complex, want: complex, within: bool
) -> None:
    found = training.bound("patches", np.full((2, 3), got), np.full((2, 3), want), 1e-8, "measured", 1e-3)
    (held,) = measure("train", "settings", "float64", [found])
    assert held.within is within
