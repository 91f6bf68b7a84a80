"""The law of settings: a training is asked each of them at another value than the lessons have, over several epochs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import numpy as np

from parity_suite.backends.subject import Subject
from parity_suite.compare.deviation import Outcome
from parity_suite.core.case import Case
from parity_suite.laws.registry import law
from parity_suite.ptychography.laws.adam import Adam
from parity_suite.ptychography.laws.learned import reference_weights, train
from parity_suite.ptychography.laws.training import together
from parity_suite.ptychography.learning.architecture import width_of
from parity_suite.ptychography.lessons import TrainingTask, lesson
from parity_suite.ptychography.oracle import Oracle

#: Of each setting a value that no lesson has, nor any framework by default.
_OTHER: Final[dict[str, Any]] = {
    "learning_rate": 7e-3,
    "beta1": 0.8,
    "beta2": 0.95,
    "epsilon": 1e-2,
    "train_scale": True,
}
#: What says yes or no is asked the other way about.
_FLIPPED: Final = ("object_big", "train_probe")
#: More than two epochs of at most 24 groups, four in a step.
_STEPS: Final = 14
#: Groups that are looked at, of as many as there are, in no order and one of them twice.
_WATCHED: Final = (17, 3, 17, 0, 9)


@law(stages=("train",), cases="taught", needs=("vjp", "state"), precisions=("float64",), quick=True)
def settings(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """With every setting at another value, from a learned scale, over more than two epochs and with a group twice in a
    step: as the written-out Adam has it, and the patches of the groups that are watched.
    """
    given = _otherwise(lesson(subject.context, case))
    first = 1.25 * float(np.sqrt(given.counts.mean()))
    watch = np.array(_WATCHED) % len(given.counts)
    got = train(subject, given, scale=first, watch=watch, settings=given.settings.to_json())
    channels = given.counts.shape[3]
    weights = reference_weights(got, channels, width_of(len(given.weights), channels))
    adam = Adam(subject, given, first)
    losses = np.array([adam.step(groups) for groups in given.order])
    yield together(subject, case, "training_loss_float64", "losses", got.losses, losses)
    patches = Oracle().network(np.sqrt(given.counts[watch]), adam.probe, adam.scale, adam.weights)
    pairs: tuple[tuple[str, Any, Any], ...] = (
        ("weights", weights, adam.weights),
        ("intensity_scale", got.scale, adam.scale),
        ("probe", got.state["probe"], adam.probe),
        ("patches of the groups that are watched", got.patches, patches),
    )
    for name, one, other in pairs:
        yield together(subject, case, "training_parameters_float64", name, one, other)


def _otherwise(given: TrainingTask) -> TrainingTask:
    flipped = {name: not getattr(given.settings, name) for name in _FLIPPED}
    order = given.order[:_STEPS].copy()
    order[1, 1] = order[1, 0]
    return replace(given, settings=replace(given.settings, **_OTHER, **flipped), order=order)
