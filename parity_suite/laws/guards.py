"""The law of the guard: trained patches have the structure of the object, in training and in evaluation."""

from __future__ import annotations

from collections.abc import Iterator

from parity_suite.backends.api import Array
from parity_suite.backends.subject import Subject
from parity_suite.cases.catalogue import Case
from parity_suite.cases.lessons import lesson
from parity_suite.compare.deviation import Bound, Outcome
from parity_suite.laws.learned import infer, learned
from parity_suite.laws.registry import law
from parity_suite.learning.guards import quantities, train_eval, worst
from parity_suite.learning.thresholds import Threshold, thresholds_of


@law(stages=("train", "infer"), cases="guarded", needs=("train", "state"), precisions=("float32",))
def guard(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """Every trained patch has the mean, the variance and the spread of the true one within the thresholds of its case;
    and in evaluation what it has in training.
    """
    trained = learned(subject, case)
    patches = trained.patches if stage == "train" else infer(trained, lesson(case).amplitude, _BATCH)
    yield from guarded(patches, lesson(case).need_truth(), case)
    if stage == "infer":
        limit = thresholds_of(case.name)["train_eval"]
        yield from _within({"train_eval": train_eval(trained.patches, patches)}, limit)


#: Groups at a time in evaluation: neither that of the training nor a divisor of the set.
_BATCH = 7


def guarded(patches: Array, truth: Array | None, case: Case) -> Iterator[Outcome]:
    """Every quantity of patches (B, N, N, C) beside its thresholds, at the patch where it is worst."""
    limits = thresholds_of(case.name)
    values = quantities(patches, truth)
    for name in values:
        yield from _within(values, limits[name])


def _within(values: dict[str, Array], limit: Threshold) -> Iterator[Outcome]:
    for bound, greatest in ((limit.minimum, False), (limit.maximum, True)):
        if bound is not None:
            value, (group, channel) = worst(values, limit.name, greatest)
            label = f"{limit.name} of group {group}, channel {channel}"
            yield Bound(label, value, bound, limit.origin, least=not greatest)
