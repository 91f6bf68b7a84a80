"""The law of the baseline: what a backend learned on a lesson is what it learned when that was last approved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from parity_suite.backends.subject import Subject
from parity_suite.cases.lessons import lesson, seed
from parity_suite.cases.world import Missing
from parity_suite.compare.deviation import Bound, Outcome
from parity_suite.compare.spread import trained_budget
from parity_suite.contracts.resources import resource_folder
from parity_suite.core.backend_spec import BackendSpec
from parity_suite.core.case import Case
from parity_suite.core.cause import Cause
from parity_suite.laws.learned import TrainedModel, infer, learned
from parity_suite.laws.registry import law
from parity_suite.snapshots.anchors import Content, describe_array, gaps, parse

#: What a check that has nothing to be held to is not run for; red under CI.
NO_BASELINE = "no baseline: --update-snapshots makes it"


@dataclass(eq=False)
class Baselines:
    """Where a run finds the stored numbers that trained models are held to."""

    #: in the user's repository; None where nothing was said, as in a test of one law
    folder: Path | None = None
    #: the text of the one that every model is held to, as in a replay, whatever lies in a folder; empty for none
    given: str = ""

    def stored(self, spec: BackendSpec, stage: str, case: Case) -> str:
        """The user's own; of the reference backends, where there is none, that of this project; empty for none."""
        if self.given:
            return self.given
        name = baseline_name(stage, case, spec.name)
        folders = [self.folder / "baselines"] if self.folder else []
        if spec.module.startswith("parity_suite.ptychography."):
            folders.append(resource_folder("snapshots") / "baselines")
        for folder in folders:
            if (path := folder / f"{name}.json").is_file():
                return path.read_text("utf-8")
        return ""


def baseline_name(stage: str, case: Case, subject: str) -> str:
    """The name of the file, without its ending."""
    return f"{stage}.{case.name}.{subject}"


@law(stages=("train",), cases="trained", needs=("state",), precisions=("float32",))
def baseline(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """Statistics of losses, scale and patches of both paths lie where they were stored, within the spread that threads,
    oneDNN and import order were measured to make.
    """
    if subject.device != "cpu":
        said = f"no baseline for {subject.device}: its spread is not measured"
        raise Missing(said, Cause.BASELINE_OF_ANOTHER_RUN)
    if seed():
        said = f"no baseline for PARITY_SEED {seed()}: baselines are of seed 0"
        raise Missing(said, Cause.BASELINE_OF_ANOTHER_RUN)
    text = subject.context.part(Baselines).stored(subject.spec, stage, case)
    if not text:
        raise Missing(NO_BASELINE, Cause.NO_BASELINE)
    stored = parse(text)
    allowed = trained_budget(case.source)
    current = trained_statistics(learned(subject, case), case)
    for number, was, now, gap in gaps(stored, current):
        yield Bound(f"{number}, stored {was}, now {now}", gap, allowed, "spread measured, see spread.toml")


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
