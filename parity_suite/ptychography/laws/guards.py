"""The law of the guard: trained patches have the structure of the object, in training and in evaluation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from parity_suite.backends.api import Array
from parity_suite.backends.subject import Subject
from parity_suite.compare.deviation import Bound, Outcome
from parity_suite.compare.exhibit import Artifact, Fact
from parity_suite.core.case import Case
from parity_suite.laws.registry import law
from parity_suite.ptychography.dumps.exhibits import PatchExhibit
from parity_suite.ptychography.evaluation.placement import canvas_for
from parity_suite.ptychography.laws.learned import TrainedModel, infer, learned
from parity_suite.ptychography.learning.guards import quantities, statistics, train_eval, worst
from parity_suite.ptychography.learning.thresholds import Threshold, Thresholds
from parity_suite.ptychography.lessons import TrainingTask, lesson


@law(stages=("train", "infer"), cases="guarded", needs=("train", "state"), precisions=("float32",))
def guard(subject: Subject, stage: str, case: Case) -> Iterator[Outcome | Artifact]:
    """Every trained patch has the mean, the variance and the spread of the true one within the thresholds of its case;
    and in evaluation what it has in training.
    """
    trained, given = learned(subject, case), lesson(subject.context, case)
    patches = trained.patches if stage == "train" else infer(trained, given.amplitude, _BATCH)
    yield _exhibit(trained, given, stage, patches)
    yield Fact("statistics", statistics(patches))
    yield from guarded(patches, given.need_truth(), subject.context.part(Thresholds).of(case.name))
    if stage == "infer":
        limit = subject.context.part(Thresholds).of(case.name)["train_eval"]
        yield from within({"train_eval": train_eval(trained.patches, patches)}, limit)


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


def guarded(patches: Array, truth: Array | None, limits: Mapping[str, Threshold]) -> Iterator[Outcome]:
    """Every quantity of patches (B, N, N, C) beside its thresholds, at the patch where it is worst."""
    values = quantities(patches, truth)
    for name in values:
        yield from within(values, limits[name])


def within(values: Mapping[str, Array], limit: Threshold) -> Iterator[Outcome]:
    """One quantity (B, C) beside its thresholds, at the patch where it is worst."""
    for bound, greatest in ((limit.minimum, False), (limit.maximum, True)):
        if bound is not None:
            value, (group, channel) = worst(values, limit.name, greatest)
            label = limit.name if values[limit.name].size == 1 else f"{limit.name} of group {group}, channel {channel}"
            yield Bound(label, value, bound, limit.origin, least=not greatest)
