"""The law of search: hypothesis looks for small inputs on which a backend and the oracle part, and shrinks what
it finds.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import FlakyFailure, Unsatisfiable
from hypothesis.strategies import SearchStrategy

from parity_suite.backends.capabilities import EVERYTHING
from parity_suite.backends.exceptions import OutsideCapability, Unavailable
from parity_suite.backends.subject import Subject
from parity_suite.cases.rules import has_rule, rules_of
from parity_suite.cases.variants import Variant, is_answered, rounded
from parity_suite.compare.deviation import BrokenRule, Deviation, Outcome, with_about
from parity_suite.compare.escalation import SHRINKAGE
from parity_suite.compare.judge import measure
from parity_suite.compare.widening import AS_IT_IS, Widening, Widenings
from parity_suite.core.about import DRAWN
from parity_suite.core.case import Case
from parity_suite.core.law_traits import LawTraits
from parity_suite.core.packs import pack_of
from parity_suite.laws.coordinates import require_fine
from parity_suite.laws.outputs import compare
from parity_suite.laws.registry import law

_COMMON: Final[dict[str, Any]] = {
    "deadline": None,
    "database": None,
    "suppress_health_check": list(HealthCheck),
    "print_blob": False,
    # What is not explained is not traced line by line either; nobody reads hypothesis's own text here.
    "phases": tuple(phase for phase in Phase if phase is not Phase.explain),
}
#: The profile of a run that is not told another one.
QUICK: Final = "parity-dev"
settings.register_profile(QUICK, max_examples=8, derandomize=True, **_COMMON)
settings.register_profile("parity-ci", max_examples=100, derandomize=True, **_COMMON)


def profile_name() -> str:
    """What ``PARITY_HYPOTHESIS`` names, else the quick profile."""
    return os.environ.get("PARITY_HYPOTHESIS", QUICK)


def profile() -> settings:
    """The profile of this run, never loaded globally."""
    return settings.get_profile(profile_name())


def effort() -> float:
    """How many times as many inputs as in the quick profile are tried in this run."""
    return profile().max_examples / settings.get_profile(QUICK).max_examples


class Parted(AssertionError):
    """An example on which the backend and the oracle part; hypothesis shrinks it."""


@law(
    stages=lambda stage: is_answered(stage.name) and has_rule(stage.name, "strategy"),
    cases="single",
    searches=True,
    traits=LawTraits(other_sizes=True, own_budget=True, drawn=True),
)
def search(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """Equals the oracle on every input that hypothesis tries; a failure is the smallest one it found."""
    require_fine(subject, stage)
    held: list[Outcome] = []
    parted: list[Outcome] = []
    widening = subject.context.part(Widenings).of(stage, "search", subject.precision)

    # What is drawn follows from the text of the function and of its decorators, and so does which faults are seen; now
    # and then hypothesis draws a constant of whatever modules outside of site-packages are loaded.
    _INPUTS = {stage: partial(_within, stage, subject)}

    @settings(profile())
    @given(_INPUTS[stage]())
    def attempt(inputs: dict[str, Any]) -> None:
        variant = Variant(stage, DRAWN, rounded(stage, inputs, subject.rounding), subject.conventions(stage))
        got = subject(stage, variant.inputs)
        found = [with_about(one, variant=DRAWN) for one in compare(variant, got, variant.expected)]
        if fails(stage, "search", subject.precision, found, widening):
            # The last example that fails is the shrunk one.
            parted[:] = found
            raise Parted
        held.extend(found)

    yield from _of_the_hunt(attempt, held, parted)


@law(
    stages=lambda stage: not pack_of(stage.name).oracle and not stage.random and has_rule(stage.name, "strategy"),
    cases="single",
    searches=True,
    of_pairs=True,
    name="search",
)
def search_of_pair(first: Subject, second: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """Without an oracle two backends give the same on every input that hypothesis tries; a failure is the smallest one
    that it found.
    """
    for subject in (first, second):
        require_fine(subject, stage)
    held: list[Outcome] = []
    parted: list[Outcome] = []

    @settings(profile())
    @given(_within(stage, first, second))
    def attempt(inputs: dict[str, Any]) -> None:
        variant = Variant(stage, DRAWN, rounded(stage, inputs, first.rounding))
        found = _apart(first, second, variant)
        if found and _is_meant(first, second, variant, found):
            parted[:] = found
            raise Parted
        held.extend(found)

    yield from _of_the_hunt(attempt, held, parted)


def _of_the_hunt(attempt: Callable[[], None], held: Sequence[Outcome], parted: Sequence[Outcome]) -> Iterator[Outcome]:
    """What the smallest example that parts has, else what held of all."""
    try:
        beside = hunted(attempt)
    except Unsatisfiable:
        # Whatever is drawn is outside of what the backends declare.
        return
    # What held before is not part of the finding.
    yield from parted or held
    yield from beside


def _apart(first: Subject, second: Subject, variant: Variant) -> list[Outcome]:
    one, two = (subject(variant.stage, variant.inputs) for subject in (first, second))
    return [with_about(found, variant=DRAWN) for found in compare(variant, two, one)]


def _is_meant(first: Subject, second: Subject, variant: Variant, found: list[Outcome]) -> bool:
    """Whether they part, and not as far as their round-off on these inputs makes them, which no law repeats."""
    stage, widening = variant.stage, first.context.part(Widenings).of(variant.stage, "search", first.precision)
    if not fails(stage, "search", first.precision, found, widening):
        return False
    if first.precision == "float64":
        return True
    try:
        finer = _apart(first.in_float64(), second.in_float64(), variant)
    except (OutsideCapability, Unavailable):
        return True
    far = {one.output: one.error for one in finer if isinstance(one, Deviation)}
    return any(
        not isinstance(one, Deviation) or not far.get(one.output, math.inf) * SHRINKAGE <= one.error for one in found
    )


def _within(stage: str, *subjects: Subject) -> SearchStrategy[dict[str, Any]]:
    """What is drawn for a stage, as far as backends of the same conventions declare that they can be asked for it,
    without options that one of their methods does not take.
    """
    drawn = rules_of(stage).strategy()
    if lacking := frozenset[str]().union(*(subject.lacks(stage) for subject in subjects)):
        drawn = drawn.map(lambda inputs: {name: value for name, value in inputs.items() if name not in lacking})
    if conventions := dict(subjects[0].conventions(stage)):
        drawn = drawn.filter(lambda inputs: _means_something(stage, {**inputs, **conventions}))
    limited = [subject for subject in subjects if subject.limits is not EVERYTHING]
    return drawn.filter(lambda inputs: not any(one.outside(stage, inputs) for one in limited)) if limited else drawn


def _means_something(stage: str, arguments: Mapping[str, Any]) -> bool:
    """Whether what is drawn for the default has an answer under other conventions."""
    try:
        rules_of(stage).validate(arguments)
    except (TypeError, ValueError):
        return False
    return True


def hunted(hunt: Callable[[], None]) -> list[BrokenRule]:
    """Lets hypothesis look for failures, and gives what it found beside an example that parted.

    Raises what the backend raised, where no example parted. Where the same example failed and then did not, that is
    found as well.
    """
    try:
        hunt()
    except Parted:
        return []
    except ExceptionGroup as several:
        _, others = several.split(Parted)
        raised = list(_leaves(others)) if others else []
        if len(raised) == len(list(_leaves(several))):
            raise raised[0] from None
        found = [BrokenRule(f"{type(one).__name__}: {one}, for other inputs", "contract", "raises") for one in raised]
        unlike = BrokenRule("what failed held when it was asked again", rule="repeatable")
        return [*found, unlike] if isinstance(several, FlakyFailure) else found
    return []


def _leaves(group: BaseExceptionGroup[Any]) -> Iterator[Exception]:
    """The exceptions in a group, whatever groups they are in."""
    for one in group.exceptions:
        yield from _leaves(one) if isinstance(one, BaseExceptionGroup) else (one,)


def fails(stage: str, law: str, precision: str, outcomes: list[Outcome], widening: Widening = AS_IT_IS) -> bool:
    """Whether one of the outcomes is beyond its budget, or a breach."""
    measured = measure(stage, law, precision, outcomes, widening)
    return len(measured) < len(outcomes) or any(not one.within for one in measured)
