"""Laws of training: its steps are those of the written-out Adam, and it starts and moves as it should."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.backends.exceptions import NotProvided
from parity_suite.backends.subject import Subject
from parity_suite.compare.deviation import Bound, BrokenRule, Deviation, Outcome, deviation, exactly, length
from parity_suite.compare.ratio import BASELINE_ZERO
from parity_suite.core.about import About
from parity_suite.core.case import Case
from parity_suite.core.cause import Cause
from parity_suite.core.law_traits import LawTraits
from parity_suite.core.stage import PRECISIONS
from parity_suite.laws.going_on import as_far_as_it_goes
from parity_suite.laws.many import drawn
from parity_suite.laws.registry import law, pair_law
from parity_suite.ptychography.inputs import seasoned_weights
from parity_suite.ptychography.laws.adam import Adam
from parity_suite.ptychography.laws.guards import within
from parity_suite.ptychography.laws.learned import (
    TrainedModel,
    arrays_of,
    infer,
    learned,
    own_weights,
    reference_weights,
    train,
    untrained,
)
from parity_suite.ptychography.learning.architecture import width_of
from parity_suite.ptychography.learning.thresholds import Thresholds
from parity_suite.ptychography.learning.weights import by_name
from parity_suite.ptychography.lessons import TrainingTask, lesson
from parity_suite.ptychography.oracle import Oracle
from parity_suite.ptychography.sizes import gridsize_of

_STEPS: Final = 6
#: Groups of which a scale is found, more than a code may look at for it.
_MANY: Final = 1100
#: Numbers of groups that a byte holds; and groups watched, more than a code may look at once.
_IN_A_BYTE: Final = 256
_WATCHED: Final = 130
#: Of the lesson that is asked of them.
_GRIDSIZE: Final = 2
#: No formula and no default gives the first.
_SCALES: Final = (9.882118, 0.037, 81234.5)
#: Losses that part further are no round-off, whatever a training makes of it.
_ROUND_OFF: Final = 1e-3
#: One ulp of the first weights, once, against the round-off of two frameworks in every step: in the float32 trainings
#: of seeds 0, 1, 126, 203, 211 and 226 the losses parted by 3 to 30 times as much.
_AMPLIFIED: Final = 100
_OF_ONE_ULP: Final = f"{_AMPLIFIED} times what one ulp of the first weights makes of these losses"


def bound(name: str, got: Any, want: Any, limit: float, origin: str, least: float = 0.0) -> Outcome:
    """A deviation under a limit that is no multiple of a rounding error, measured against what is wanted or, where that
    is less, a root mean square of ``least``.
    """
    size = max(length(np.abs(want)), least * math.sqrt(np.size(want))) if least else None
    found = deviation(name, got, want, magnitude=size)
    return Bound(name, found.norm, limit, origin) if isinstance(found, Deviation) else found


def together(
    subject: Subject, case: Case, quantity: str, name: str, got: Any, want: Any, least: float = 0.0
) -> Outcome:
    """Two trainings beside the threshold ``quantity`` of the case, which has a greatest value and no least one."""
    limit = subject.context.part(Thresholds).of(case.name)[quantity]
    return bound(name, got, want, limit.maximum or 0.0, limit.origin, least)


@law(stages=("train",), cases="lessons", needs=("vjp", "state"), precisions=("float64",))
def optimiser(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """Six steps are those of the written-out Adam on the backend's own gradients, losses and parameters alike."""
    given = lesson(subject.context, case)
    order = given.order[:_STEPS]
    got = train(subject, given, order=order)
    weights = reference_weights(got, given.counts.shape[3], width_of(len(given.weights), given.counts.shape[3]))
    adam = Adam(subject, given, untrained(subject, case).scale)
    losses = np.array([adam.step(groups) for groups in order])
    yield together(subject, case, "training_loss_float64", "losses", got.losses, losses)
    for name, one, other in (
        ("weights", weights, adam.weights),
        ("intensity_scale", got.scale, adam.scale),
        ("probe", got.state["probe"], adam.probe),
    ):
        yield together(subject, case, "training_parameters_float64", name, one, other)


@law(stages=("train",), cases="taught", needs=("state",), precisions=("float64",), otherwise=("float32",))
def movement(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """Every parameter that is declared trainable moves, by a good part of what Adam can; no other does."""
    given = lesson(subject.context, case)
    # The probe too, of who can train one.
    free = given.inputs(subject.rounding, settings={**given.settings.to_json(), "train_probe": True})
    probe = not subject.outside(stage, free)
    for what in ({"train_scale": True, "train_probe": probe}, {"train_scale": False, "train_probe": False}):
        yield from as_far_as_it_goes(subject, _movement(subject, given, what))


def _movement(subject: Subject, given: TrainingTask, what: Mapping[str, bool]) -> Iterator[Outcome]:
    settings = {**given.settings.to_json(), **what, "epsilon": 1e-8}
    after = train(subject, given, order=given.order[:_STEPS], settings=settings)
    before = train(subject, given, order=given.order[:0], settings=settings)
    for name, array in arrays_of(after.state).items():
        first = arrays_of(before.state)[name]
        fixed = {"intensity_scale": not what["train_scale"], "probe": not what["train_probe"]}.get(name, False)
        if fixed:
            yield exactly(f"{name}, which is not trained", array, first)
        else:
            yield from _moved(name, array, first, given.settings.learning_rate)


def _moved(name: str, after: Array, before: Array, rate: float) -> Iterator[Outcome]:
    """Adam moves a live parameter by about the rate each step, a dead one by its round-off alone."""
    unit = float(np.sqrt(np.mean(np.abs(before) ** 2))) if name in ("probe", "intensity_scale") else 1.0
    step = float(np.sqrt(np.mean(np.abs(after - before) ** 2))) / (rate * unit)
    yield Bound(
        f"move of {name} in steps of Adam", step, 0.01, "a live parameter moves by a good part of a step", least=True
    )


@law(stages=("train",), cases="lessons", needs=("vjp",), precisions=("float64",))
def liveness(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """The gradient of every trainable parameter at the first step lies well above round-off."""
    given = lesson(subject.context, case)
    adam = Adam(subject, given, untrained(subject, case).scale)
    loss, gradients = adam.gradients(given.order[0])
    channels = given.counts.shape[3]
    named: Mapping[str, Array] = by_name(gradients["weights"], channels) | {
        "intensity_scale": np.asarray(gradients["scale"])
    }
    roundoff = 2.0**-52 * max(abs(loss), 1.0)
    for name, gradient in named.items():
        norm = float(np.linalg.norm(gradient))
        yield Bound(f"gradient of {name} over the round-off of the loss", norm / roundoff, 1e4, "alive", least=True)


@law(stages=("train",), cases="lessons", needs=("state",), quick=True)
def precedence(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """The learned scale if one is given, far from one too; else that of the data, never one or the closed form, and of
    1,100 groups that of all, of which late ones are learned from and watched as among few.
    """
    given = lesson(subject.context, case)
    for scale in _SCALES:
        held = float(np.dtype(subject.rounding).type(scale))
        kept = train(subject, given, scale=held, order=given.order[:0], watch=np.arange(1)).scale
        found = deviation(f"learned scale of {scale:g}", np.float64(kept), np.float64(held))
        # Who keeps its logarithm has of a scale what that is rounded by.
        yield replace(found, eps_factor=1 + abs(math.log(scale))) if isinstance(found, Deviation) else found
    of_data = untrained(subject, case).scale
    yield deviation("scale of the data", of_data, scale_of_data(given, subject.rounding), terms=given.counts.size)
    pick = drawn(_MANY, len(given.counts))
    many = replace(given, **{name: getattr(given, name)[pick] for name in ("counts", "positions", "centres")})
    of_many = train(subject, many, order=given.order[:0], watch=pick[:1]).scale
    wanted = scale_of_data(many, subject.rounding)
    yield deviation(f"scale of the data of {_MANY:,} groups", of_many, wanted, terms=many.counts.size)
    # Sizes of their own are compiled for, so that one lesson has them.
    if subject.precision == subject.capabilities.precisions[0] and gridsize_of(case) == _GRIDSIZE:
        yield from _late_ones(subject, given, many, wanted)


def _late_ones(subject: Subject, given: TrainingTask, many: TrainingTask, scale: float) -> Iterator[Outcome]:
    """One step of groups whose numbers no byte holds, watched more often than is commonly done at once, beside the same
    step of these groups alone.
    """
    count = min(len(given.counts), _MANY - _IN_A_BYTE)
    # As many as a lesson has, which every backend takes.
    first, order, watch = _MANY - count, given.order[:1] % count, np.arange(_WATCHED) % count
    started = {"scale": float(np.dtype(subject.rounding).type(scale))}
    if subject.outside("train", many.inputs(subject.rounding, watch=first + watch)):
        return
    got = train(subject, many, order=first + order, watch=first + watch, **started)
    few = replace(many, **{name: getattr(many, name)[first:] for name in ("counts", "positions", "centres")})
    seen = np.arange(min(count, _WATCHED))
    want = train(subject, few, order=order, watch=seen, **started)
    label = f"of late ones of {_MANY:,} groups"
    yield bound(f"loss {label}", got.losses, want.losses, _ROUND_OFF, "of few")
    yield bound(f"patches {label}", got.patches, want.patches[watch], _ROUND_OFF, "of few")


def scale_of_data(given: TrainingTask, rounding: str) -> float:
    """sqrt of the mean counts of a pattern over sum |P|^2, by the oracle's stage ``scale`` for a transparent object."""
    inputs = given.inputs(rounding)
    counts, probe = inputs["counts"], inputs["probe"]
    psi = Oracle().illuminate(np.ones((1, *probe.shape[1:], 1)), probe)
    photons = float(counts.sum()) / (counts.shape[0] * counts.shape[3])
    return float(Oracle().scale(psi, photons, probe.shape[-1])["scale"])


@law(stages=("train",), cases="taught", needs=("state",), precisions=("float64",))
def dose(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """Four times the photons: twice the scale, and the same reconstruction."""
    given = lesson(subject.context, case)
    # An epsilon far below any gradient, since it alone knows the size of the loss; and rough patches to begin with,
    # which leave no pixel so dark that it lies under the rate's floor for one dose and above it for the other.
    settings = given.settings.to_json() | {"epsilon": 1e-14, "train_probe": False}
    start = {"order": given.order[:_STEPS], "settings": settings, "weights": seasoned_weights(gridsize_of(case))}
    once = train(subject, given, **start)
    four = train(subject, given, **start, counts=4 * given.counts)
    yield bound("intensity_scale / 2", four.scale / 2, once.scale, _DOSE_LIMIT, "dose")
    yield bound("patches", four.patches, once.patches, _DOSE_LIMIT, "dose")


#: Measured: 2e-7 where one pixel passes the floor all the same, 4e-14 elsewhere.
_DOSE_LIMIT: Final = 1e-5


@law(stages=("train",), cases="taught", needs=("state",), slow=True, traits=LawTraits(relative_of_models=True))
def determinism(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """The same lesson gives the same losses, the same model and the same inference, whatever was trained, loaded and
    inferred with in between, elsewhere or by the same instance; and so does what was in between.
    """
    given = lesson(subject.context, case)
    order, asked, infers = given.order[:_STEPS], given.amplitude[:2], subject.provides("infer")
    first = train(subject, given, order=order)
    inferred, others = [], []
    for label, backend in (("a new instance", None), ("the same instance", first.backend)):
        between = train(subject, given, backend, **_other_lesson(given))
        others.append(between.losses)
        if subject.provides("save", "load"):
            _loaded_again(between)
        if infers:
            # What is made ready for one model must not serve the next.
            infer(between, asked)
        again = train(subject, given, backend, order=order)
        yield deviation(f"losses of {label}", again.losses, first.losses)
        for name, array in arrays_of(first.state).items():
            yield deviation(f"{name} of {label}", arrays_of(again.state)[name], array)
        if infers:
            inferred.append(infer(again, asked))
    yield deviation("losses of another lesson by an instance that was trained", others[1], others[0])
    if infers:
        yield deviation("inference of the same instance", inferred[1], inferred[0])
    if np.array_equal(first.losses, np.zeros_like(first.losses)):
        yield BrokenRule("losses are all zero")


def _other_lesson(given: TrainingTask) -> dict[str, Any]:
    """The same groups with the patterns, the probe, the places and the settings of none of them."""
    settings = given.settings.to_json()
    return {
        "counts": np.flip(given.counts, axis=0) + 1.0,
        "probe": 1.25 * np.rot90(given.probe, axes=(1, 2)),
        "positions": given.positions + 0.25 * (given.centres - given.positions),
        "settings": {**settings, "learning_rate": settings["learning_rate"] / 2, "beta1": 0.8},
        "order": given.order[:_STEPS][::-1].copy(),
    }


def _loaded_again(model: TrainedModel) -> None:
    """The same model, read from a bundle."""
    with tempfile.TemporaryDirectory(prefix="parity-bundle-") as folder:
        model.backend.save(f"{folder}/bundle")
        model.backend.load(f"{folder}/bundle")


def _precisions(case: Case) -> tuple[str, ...]:
    """In float64 only another meaning drives two trainings apart; one of the lessons is enough in float32 too, and a
    measured dataset is trained on in that alone.
    """
    return PRECISIONS[:1] if case.kind == "file" else PRECISIONS[1:] if case.slow else PRECISIONS


def _errors(subject: Subject, case: Case, parted: About) -> Iterator[float]:
    """How far a training lies from the written-out Adam on its own gradients, and its patches from the oracle's network
    under its own weights; nothing that round-off may do counts.
    """
    subject.need("vjp")
    given = lesson(subject.context, case)
    order, channels = given.order[:_PAIRED_STEPS], given.counts.shape[3]
    fine = subject.context.part(Thresholds).of(case.name)["training_parameters_float64"].maximum or 0.0
    limit = _ROUND_OFF if subject.precision == "float32" else fine
    got = train(subject, given, order=order)
    adam = Adam(subject, given, scale_of_data(given, subject.rounding))
    losses = np.array([adam.step(groups) for groups in order])
    weights = reference_weights(got, channels, width_of(len(given.weights), channels))
    patches = Oracle().network(given.amplitude, got.state["probe"], got.scale, weights)
    for name, one, other in (
        ("losses", got.losses, losses),
        ("weights", weights, adam.weights),
        ("intensity_scale", got.scale, adam.scale),
        ("probe", got.state["probe"], adam.probe),
        ("patches", got.patches, patches),
    ):
        found = deviation(name, one, other)
        far = found.norm if isinstance(found, Deviation) else float("inf")
        yield far if far > limit else 0.0


#: Of two trainings that part: past an epoch, and past the first steps of a warm-up.
_PAIRED_STEPS: Final = 14


@pair_law("train", cases="lessons", needs=("train", "state"), precisions=_precisions, errors=_errors)
def pair(first: Subject, second: Subject, case: Case) -> Iterator[Outcome]:
    """Two backends trained on one lesson: together to round-off in float64, to the history's criteria in float32."""
    _require_same_start(first, second, case)
    one, two = (learned(subject, case) for subject in (first, second))
    losses = together(first, case, f"training_loss_{first.precision}", "losses", two.losses, one.losses)
    yield _as_round_off(losses, case, one, two) if first.precision == "float32" else losses
    if first.precision == "float64":
        yield from _parameters(case, one, two)
        yield together(first, case, "training_parameters_float64", "patches", two.patches, one.patches)
        return
    ours, theirs = (Oracle().stats(patches)["var_zero_mean"] for patches in (one.patches, two.patches))
    if not np.all(ours > 0):
        # A ratio to nothing is no number, and no reason to pass.
        yield BrokenRule(f"var_zero_mean of {first.name} is zero: {BASELINE_ZERO}")
        return
    limit = first.context.part(Thresholds).of(case.name)["between_backends"]
    yield from within({limit.name: np.abs(theirs / ours - 1)}, limit)


def _require_same_start(first: Subject, second: Subject, case: Case) -> None:
    """``NotProvided`` where two networks begin with other weights, so that nothing else of them is to be the same."""
    given = lesson(first.context, case)
    for subject in (first, second):
        subject.require_within("train", given.inputs(subject.rounding))
    one, two = (own_weights(subject.backend, given, {}).get("weights", given.weights) for subject in (first, second))
    if not np.array_equal(one, two):
        raise NotProvided(f"{first.name} and {second.name} begin with other weights", Cause.OUTSIDE_CAPABILITY)


def _as_round_off(losses: Outcome, case: Case, *both: TrainedModel) -> Outcome:
    """Where losses in float32 part further than the threshold, but not further than round-off may, the limit is what
    this very training makes of round-off.
    """
    if not isinstance(losses, Bound) or not losses.limit < losses.value <= _ROUND_OFF:
        return losses
    amplified = _AMPLIFIED * max(_of_one_ulp(one, case) for one in both)
    return losses if amplified <= losses.limit else replace(losses, limit=amplified, origin=_OF_ONE_ULP)


def _of_one_ulp(model: TrainedModel, case: Case) -> float:
    """||losses - losses|| / ||losses|| where every first weight is one ulp greater, or less."""
    given, dtype = lesson(model.subject.context, case), np.dtype(model.subject.rounding)
    weights = own_weights(model.backend, given, {}).get("weights", given.weights).astype(dtype)
    moved = (np.nextafter(weights, dtype.type(to)) for to in (np.inf, -np.inf))
    found = [deviation("losses", train(model.subject, given, weights=w).losses, model.losses) for w in moved]
    return max(one.norm for one in found if isinstance(one, Deviation))


def _parameters(case: Case, one: TrainedModel, two: TrainedModel) -> Iterator[Outcome]:
    theirs = arrays_of(two.state)
    for name, array in arrays_of(one.state).items():
        if name not in theirs:
            yield BrokenRule(f"{name} is a parameter of {one.subject.name} alone", "contract")
        else:
            yield together(one.subject, case, "training_parameters_float64", name, theirs[name], array)
