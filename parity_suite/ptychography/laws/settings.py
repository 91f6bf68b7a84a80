"""The law of settings: a training is asked each of them, and all else that it takes, at another value than the lessons
have, over several epochs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.backends.subject import Subject
from parity_suite.compare.deviation import Outcome, exactly
from parity_suite.core.case import Case
from parity_suite.laws.registry import law
from parity_suite.ptychography.laws.adam import Adam
from parity_suite.ptychography.laws.learned import reference_weights, train
from parity_suite.ptychography.laws.training import together
from parity_suite.ptychography.learning.architecture import width_of
from parity_suite.ptychography.lessons import TrainingTask, lesson
from parity_suite.ptychography.oracle import Oracle

#: Of each setting a value that no lesson has, nor any framework by default.
OTHER_NUMBERS: Final[dict[str, Any]] = {"learning_rate": 7e-3, "beta1": 0.8, "beta2": 0.95, "epsilon": 1e-2}
#: What is allowed and seldom asked: no momentum, an epsilon below any gradient, a large rate; a small one, and no mean
#: of squares; and a scale of one.
_AT_LIMITS: Final[dict[str, Any]] = {"learning_rate": 0.1, "beta1": 0.0, "epsilon": 1e-10}
_AT_OTHERS: Final[dict[str, Any]] = {"learning_rate": 2e-5, "beta2": 0.0}
_ONE: Final = 1.0
#: What says yes or no; of the first the other is asked than the lessons have, and probe and scale are trained.
FLAGS: Final = ("object_big", "train_probe", "train_scale")
#: More than two epochs of at most 24 groups, five in a step where the lessons have four.
_STEPS: Final = 14
_BATCH: Final = 5
#: Groups in one step, more than are commonly taken at once.
_MANY: Final = 34
#: What counts are multiplied by, beyond what sixteen bits hold, and what makes them no whole numbers.
_BRIGHTER: Final = (3000.0, 0.375)
#: At a large rate a network may leave nothing of an object, whose modulus is one where it is transparent: of a modulus
#: of 1e-25 one way to write a sigmoid makes that, and another zero.
_DARK: Final = 1e-3
#: Groups that are looked at, of as many as there are, in no order and one of them twice.
_WATCHED: Final = (17, 3, 17, 0, 9)


@law(stages=("train",), cases="taught", needs=("vjp", "state"), precisions=("float64",), quick=True)
def settings(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """With every setting at another value, from a learned scale, over more than two epochs, with a group twice in a
    step, other centres, canvas, modes and counts: as the written-out Adam has it, and the patches of the groups that
    are watched. Steps of one group and of many, none, and nobody to watch.
    """
    given = _otherwise(subject, lesson(subject.context, case))
    first = 1.25 * float(np.sqrt(given.counts.mean()))
    watch = np.array(_WATCHED) % len(given.counts)
    yield from _held(subject, case, given, first, watch, "with all at other values")
    yield from _one_by_one(subject, case, given, first)


def _one_by_one(subject: Subject, case: Case, given: TrainingTask, first: float) -> Iterator[Outcome]:
    """Two steps at the limits of the settings, of one group each that is put together on its canvas, by which a probe
    moves and no scale, watched at groups in no step; the first scale, which is that of all groups; one step of many
    groups; no step, from a scale of one; and nobody to watch.
    """
    others = dict(zip(FLAGS, (True, _trains_probe(subject, given), False), strict=True)) | _AT_LIMITS
    few = replace(given, order=given.order[:2, :1], settings=replace(given.settings, **others))
    unseen = np.setdiff1d(np.arange(len(given.counts)), few.order)[:2]
    yield from _held(subject, case, few, first, unseen, "of single groups")
    of_few, of_all = (train(subject, replace(few, order=order)).scale for order in (few.order, few.order[:0]))
    yield exactly("first scale where few groups are in a step", of_few, of_all)
    settings = replace(given.settings, **_AT_OTHERS, train_probe=False)
    many = replace(given, order=np.resize(given.order, (1, _MANY)), settings=settings)
    yield from _held(subject, case, many, first, unseen[:1], f"of {_MANY} groups")
    yield from _held(subject, case, replace(given, order=given.order[:0]), _ONE, unseen, "of no step")
    unwatched = {"order": given.order[:0], "watch": np.arange(0)}
    if not subject.outside("train", given.inputs(subject.rounding, **unwatched)):
        nobody = train(subject, given, scale=first, **unwatched)
        yield exactly("patches of nobody", len(nobody.patches), 0)


def _trains_probe(subject: Subject, given: TrainingTask) -> bool:
    """Whether the probe is trained of who can train one."""
    settings = {**given.settings.to_json(), "train_probe": True}
    return not subject.outside("train", given.inputs(subject.rounding, settings=settings))


def _held(
    subject: Subject, case: Case, given: TrainingTask, first: float, watch: Array, label: str
) -> Iterator[Outcome]:
    """A training beside the written-out Adam: its losses, its model, and the patches of the groups ``watch`` (K,)."""
    got = train(subject, given, scale=first, watch=watch, settings=given.settings.to_json())
    adam = Adam(subject, given, first)
    losses = np.array([adam.step(groups) for groups in given.order])
    if len(losses):
        yield together(subject, case, "training_loss_float64", f"losses {label}", got.losses, losses)
    channels = given.counts.shape[3]
    weights = reference_weights(got, channels, width_of(len(given.weights), channels))
    patches = Oracle().network(np.sqrt(given.counts[watch]), adam.probe, adam.scale, adam.weights)
    pairs: tuple[tuple[str, Any, Any, float], ...] = (
        ("weights", weights, adam.weights, 0.0),
        ("intensity_scale", got.scale, adam.scale, 0.0),
        ("probe", got.state["probe"], adam.probe, 0.0),
        ("patches", got.patches, patches, _DARK),
    )
    for name, one, other, least in pairs:
        yield together(subject, case, "training_parameters_float64", f"{name} {label}", one, other, least)


def _otherwise(subject: Subject, given: TrainingTask) -> TrainingTask:
    flags = dict(zip(FLAGS, (not given.settings.object_big, _trains_probe(subject, given), True), strict=True))
    # A lesson of few steps is gone through again.
    order = np.resize(given.order, (_STEPS, _BATCH))
    order[1, 1] = order[1, 0]
    factor, more = _BRIGHTER
    side, probe = given.counts.shape[1], given.probe
    one_more = np.concatenate([probe, 0.3 * np.rot90(probe[:1], axes=(1, 2))])
    return replace(
        given,
        settings=replace(given.settings, **OTHER_NUMBERS, **flags),
        order=order,
        counts=factor * given.counts + more,
        centres=given.centres + np.array([0.375, -0.25]).reshape(1, 1, 2, 1),
        # So small that patches hang over it.
        canvas=(side + 3, side + 1),
        probe=one_more if subject.limits.allows("train", "P", len(one_more)) else probe,
    )
