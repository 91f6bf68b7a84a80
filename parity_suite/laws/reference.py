"""Laws that hold a backend to the oracle: in its default mode, in every mode, and along a chain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from parity_suite.backends.exceptions import NotProvided
from parity_suite.backends.subject import Subject
from parity_suite.cases.variants import Variant, is_answered, variants
from parity_suite.compare.deviation import Outcome, with_about
from parity_suite.core.case import Case
from parity_suite.core.cause import Cause
from parity_suite.core.law_traits import LawTraits
from parity_suite.core.packs import pack_of
from parity_suite.core.stage import Stage
from parity_suite.laws.going_on import as_far_as_it_goes, on_each_variant
from parity_suite.laws.outputs import compare
from parity_suite.laws.registry import law


@law(
    stages=lambda stage: is_answered(stage.name),
    cases="all",
    quick=True,
    traits=LawTraits(plain=True, telling=1, of_arrays=True, at_a_glance="answers"),
)
@on_each_variant
def oracle(subject: Subject, variant: Variant) -> Iterator[Outcome]:
    """Equals the oracle, fed the inputs as rounded to the backend's precision."""
    yield from compare(variant, subject(variant.stage, variant.inputs), variant.expected)


#: Every variant costs a compilation in every mode; the second one shows a path that differs.
_MODE_VARIANTS = {"float32": 2, "float64": 1}


def _has_modes(stage: Stage) -> bool:
    """Whether there is anything to hold a mode to: what an oracle gives, else what the default mode does."""
    return is_answered(stage.name) or not (stage.random or pack_of(stage.name).oracle)


@law(
    stages=_has_modes,
    cases="modes",
    traits=LawTraits(own_budget=True, compiles=True, each_mode=True, relative=True),
)
def mode(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """Eager, graph and compiled give what the oracle gives; of a pack without one, what the default mode gives."""
    default, *others = modes_of(subject, stage)
    asked = variants(subject.context, case, stage, subject.rounding)[: _MODE_VARIANTS[subject.rounding]]
    if is_answered(stage):
        for name, variant in product((default, *others), asked):
            yield from as_far_as_it_goes(subject, _in_mode(subject.in_mode(name), variant, variant.expected))
        return
    for variant in asked:
        wanted = subject.in_mode(default)(stage, variant.inputs)
        for name in others:
            yield from as_far_as_it_goes(subject, _in_mode(subject.in_mode(name), variant, wanted))


def modes_of(subject: Subject, stage: str) -> tuple[str, ...]:
    """The modes that a stage runs in, the default first; ``NotProvided`` where there is one alone."""
    of_stage = getattr(subject.cls, "modes_of", None)
    modes = tuple(of_stage(stage)) if of_stage else subject.modes
    if len(modes) < 2:
        raise NotProvided(f"{subject.cls.__name__} runs {stage} in one mode only", Cause.OUTSIDE_CAPABILITY, stage)
    return modes


def _in_mode(subject: Subject, variant: Variant, wanted: Mapping[str, Any]) -> Iterator[Outcome]:
    named = variant.another(f"{variant.name}, {subject.mode}", variant.inputs)
    for one in compare(named, subject(variant.stage, variant.inputs), wanted):
        yield with_about(one, variant=variant.name, mode=subject.mode)
