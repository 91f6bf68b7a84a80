"""The law of the baseline: where no oracle can say what is right, a backend gives what was last approved of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from parity_suite.backends.subject import Subject
from parity_suite.cases.missing import Missing
from parity_suite.compare.budgets import budget_for
from parity_suite.compare.deviation import Bound, Outcome
from parity_suite.core.about import About
from parity_suite.core.case import Case
from parity_suite.core.cause import Cause
from parity_suite.core.context import seed
from parity_suite.core.law_traits import LawTraits
from parity_suite.core.packs import pack_of
from parity_suite.core.stage import Stage
from parity_suite.laws.registry import Stored, law
from parity_suite.laws.snapshot import results, terms
from parity_suite.snapshots.anchors import describe, gaps, parse
from parity_suite.snapshots.baselines import NO_BASELINE, Baselines


def held_to_baseline(
    subject: Subject, stage: str, case: Case, current: Callable[[], Stored], origin: str
) -> Iterator[Bound]:
    """Every number of what is ``current`` against the stored one; ``origin`` says where what it may be off by is from.

    ``Missing`` where nothing is stored, or what is stored is of other numbers of the generators.
    """
    if seed():
        said = f"no baseline for PARITY_SEED {seed()}: baselines are of seed 0"
        raise Missing(said, Cause.BASELINE_OF_ANOTHER_RUN)
    text = subject.context.part(Baselines).stored(subject.spec, stage, case)
    if not text:
        raise Missing(NO_BASELINE, Cause.NO_BASELINE)
    now = current()
    abouts = {label: About(label.partition(" (")[0]) for label in now.content}
    for number, was, found, gap in gaps(parse(text), now.content):
        about = next((about for label, about in abouts.items() if number.startswith(f"{label} ")), About())
        yield Bound(f"{number}, stored {was}, now {found}", gap, now.allowed, origin, about=about)


def _stored(subject: Subject, stage: str, case: Case) -> Stored:
    """The statistics of all outputs, and the budget of the stage."""
    n = terms(subject.context, stage, case, subject.rounding)
    allowed = budget_for(stage, "baseline", subject.precision).allowed(n)
    return Stored(describe(stage, results(subject, stage, case)), allowed)


def _unanswered(stage: Stage) -> bool:
    # Who stands in for an oracle does so for one check, and the law is one of every run.
    return not (stage.random or stage.replaces or pack_of(stage.name).answers(stage.name))


@law(
    stages=_unanswered,
    cases="small",
    precisions=("float32",),
    otherwise=("float64",),
    quick=True,
    stores=_stored,
    traits=LawTraits(relative=True, untried=True),
)
def baseline(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """Where no oracle has an answer, the statistics of every output are those that were stored of the backend, within
    the budget.
    """
    yield from held_to_baseline(subject, stage, case, lambda: _stored(subject, stage, case), "budget of the stage")
