"""The law of the baseline: what a backend learned on a lesson is what it learned when that was last approved."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from parity_suite.backends.subject import Subject
from parity_suite.cases.missing import Missing
from parity_suite.compare.deviation import Outcome
from parity_suite.core.case import Case
from parity_suite.core.cause import Cause
from parity_suite.core.law_traits import LawTraits
from parity_suite.laws.baseline import held_to_baseline
from parity_suite.laws.registry import Stored, law
from parity_suite.ptychography.laws.learned import TrainedModel, infer, learned
from parity_suite.ptychography.lessons import lesson
from parity_suite.ptychography.spread import trained_budget
from parity_suite.snapshots.anchors import Content, describe_array


def _stored(subject: Subject, stage: str, case: Case) -> Stored:
    return Stored(trained_statistics(learned(subject, case), case), trained_budget(case.source))


@law(
    stages=("train",),
    cases="trained",
    needs=("state",),
    precisions=("float32",),
    stores=_stored,
    traits=LawTraits(untried=True),
)
def baseline(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """Statistics of losses, scale and patches of both paths lie where they were stored, within the spread that threads,
    oneDNN and import order were measured to make.
    """
    if subject.device != "cpu":
        said = f"no baseline for {subject.device}: its spread is not measured"
        raise Missing(said, Cause.BASELINE_OF_ANOTHER_RUN)
    current = partial(_stored, subject, stage, case)
    yield from held_to_baseline(subject, stage, case, current, "spread measured, see spread.toml")


def trained_statistics(model: TrainedModel, case: Case) -> Content:
    """What a baseline holds of a trained model."""
    patches = infer(model, lesson(model.subject.context, case).amplitude)
    values = {
        "losses": model.losses,
        "scale": model.losses.dtype.type(model.scale),
        "training patches": model.patches,
        "patches": patches,
    }
    return {label: describe_array(value) for label, value in values.items()}
