"""Laws that hold a backend to the oracle: in its default mode, in every mode, and along a chain."""

from __future__ import annotations

from collections.abc import Iterator

from parity_suite.backends.subject import NotProvided, Subject
from parity_suite.cases.variants import Variant, is_answered, variants
from parity_suite.compare.deviation import Outcome, with_about
from parity_suite.core.case import Case
from parity_suite.core.cause import Cause
from parity_suite.laws.going_on import as_far_as_it_goes, on_each_variant
from parity_suite.laws.outputs import compare
from parity_suite.laws.registry import law


@law(stages=lambda stage: is_answered(stage.name), cases="all", quick=True)
@on_each_variant
def oracle(subject: Subject, variant: Variant) -> Iterator[Outcome]:
    """Equals the oracle, fed the inputs as rounded to the backend's precision."""
    yield from compare(variant, subject(variant.stage, variant.inputs), variant.expected)


#: Every variant costs a compilation in every mode; the second one shows a path that differs.
_MODE_VARIANTS = {"float32": 2, "float64": 1}


@law(stages=lambda stage: is_answered(stage.name), cases="modes", once=True)
def mode(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """Eager, graph and compiled give what the oracle gives."""
    for name in modes_of(subject, stage):
        for variant in variants(subject.context, case, stage, subject.rounding)[: _MODE_VARIANTS[subject.rounding]]:
            yield from as_far_as_it_goes(subject, _in_mode(subject.in_mode(name), variant))


def modes_of(subject: Subject, stage: str) -> tuple[str, ...]:
    """The modes that a stage runs in, the default first; ``NotProvided`` where there is one alone."""
    of_stage = getattr(subject.cls, "modes_of", None)
    modes = tuple(of_stage(stage)) if of_stage else subject.modes
    if len(modes) < 2:
        raise NotProvided(f"{subject.cls.__name__} runs {stage} in one mode only", Cause.OUTSIDE_CAPABILITY, stage)
    return modes


def _in_mode(subject: Subject, variant: Variant) -> Iterator[Outcome]:
    named = variant.another(f"{variant.name}, {subject.mode}", variant.inputs)
    for one in compare(named, subject(variant.stage, variant.inputs), variant.expected):
        yield with_about(one, variant=variant.name, mode=subject.mode)
