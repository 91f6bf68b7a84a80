"""The law of the guard: trained patches have the structure of the object, in training and in evaluation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.backends.subject import Subject
from parity_suite.backends.troubles import LeftOut
from parity_suite.cases.missing import Missing
from parity_suite.compare.deviation import Bound, Outcome
from parity_suite.compare.exhibit import Artifact, Fact
from parity_suite.core.case import Case
from parity_suite.core.cause import Cause
from parity_suite.laws.registry import law
from parity_suite.ptychography.dumps.exhibits import PatchExhibit
from parity_suite.ptychography.evaluation.placement import canvas_for
from parity_suite.ptychography.laws.learned import TrainedModel, infer, learned
from parity_suite.ptychography.learning.guards import quantities, statistics, train_eval, worst
from parity_suite.ptychography.learning.population import OF_ANY, POPULATION
from parity_suite.ptychography.learning.thresholds import Threshold, Thresholds
from parity_suite.ptychography.lessons import TrainingTask, lesson
from parity_suite.ptychography.sizes import LARGE_LESSONS


@law(stages=("train", "infer"), cases="guarded", needs=("train", "state"), precisions=("float32",))
def guard(subject: Subject, stage: str, case: Case) -> Iterator[Outcome | Artifact]:
    """Every trained patch has the mean, the variance and the spread of the true one within the thresholds of its case;
    and in evaluation what it has in training.
    """
    trained, given = learned(subject, case), lesson(subject.context, case)
    patches = trained.patches if stage == "train" else infer(trained, given.amplitude, _BATCH)
    yield _exhibit(trained, given, stage, patches)
    yield Fact("statistics", statistics(patches))
    values = quantities(patches, given.need_truth())
    if stage == "infer":
        values |= {"train_eval": train_eval(trained.patches, patches)}
    yield from held(subject, case, values)


def held(subject: Subject, case: Case, values: Mapping[str, Array]) -> Iterator[Outcome | Artifact]:
    """Quantities (B, C) beside their thresholds; and of a network that is not the reference's what it had of each.

    Those that nobody measured of it, of a task that only it is asked, are not held to anything but what any network
    keeps; ``Missing`` where that is nothing.
    """
    limits, own = subject.context.part(Thresholds).of(case.name, subject.name), subject.provides("initial_weights")
    if own:
        yield Fact(POPULATION, {name: [float(np.min(one)), float(np.max(one))] for name, one in values.items()})
    bare = own and case.source in _LARGE
    without = [name for name in values if bare and name not in OF_ANY and not limits[name].own]
    if without:
        said = f"no thresholds of {subject.name} on {case.name}, of {', '.join(without)}: parity calibrate --guards"
        if len(without) == len(values):
            raise Missing(said, Cause.NO_BASELINE)
        subject.context.part(LeftOut).add(Missing(said, Cause.NO_BASELINE))
    for name in values:
        if name not in without:
            yield from within(values, limits[name])


#: Of tasks that networks without smaller sides are asked.
_LARGE: Final = frozenset(case.source for case in LARGE_LESSONS)

#: Groups at a time in evaluation: neither that of the training nor a divisor of the set.
_BATCH = 7


def _exhibit(trained: TrainedModel, given: TrainingTask, stage: str, patches: Array) -> PatchExhibit:
    """What a debug dump shows: for inference also the canvas, as the backend stitches it."""
    batch = _BATCH if stage == "infer" else given.order.shape[1]
    kind = "inference" if stage == "infer" else "training"
    return PatchExhibit(kind, patches, given.positions, batch, _canvas(trained, given, patches), given.centre)


def _canvas(trained: TrainedModel, given: TrainingTask, patches: Array) -> Mapping[str, Array] | None:
    if not trained.subject.provides("reassemble"):
        return None
    shape = canvas_for(given.positions, given.centre, patches.shape[1])
    whole = {"patches": patches, "positions": given.positions, "centre": given.centre, "canvas": shape, "batch": None}
    return trained.subject("reassemble", whole)


def within(values: Mapping[str, Array], limit: Threshold) -> Iterator[Outcome]:
    """One quantity (B, C) beside its thresholds, at the patch where it is worst."""
    for bound, greatest in ((limit.minimum, False), (limit.maximum, True)):
        if bound is not None:
            value, (group, channel) = worst(values, limit.name, greatest)
            label = limit.name if values[limit.name].size == 1 else f"{limit.name} of group {group}, channel {channel}"
            yield Bound(label, value, bound, limit.origin, least=not greatest)
