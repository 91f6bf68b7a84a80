"""The law of the pair: two backends against each other, with both distances to the oracle so that the culprit is
named. Where they declare different conventions, each is held to the oracle in its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from parity_suite.backends.adapted import conversions_of
from parity_suite.backends.exceptions import NotProvided
from parity_suite.backends.parameters import settings_of
from parity_suite.backends.subject import Subject
from parity_suite.cases.chains import chain_inputs, chain_of_oracle, has_answer, through
from parity_suite.cases.rules import rules_of
from parity_suite.cases.variants import Variant, under, variants
from parity_suite.compare.deviation import Deviation, Outcome, deviation, with_about
from parity_suite.compare.exhibit import Artifact, Fact
from parity_suite.core.about import About
from parity_suite.core.by_convention import FACT, Apart, apart
from parity_suite.core.case import Case
from parity_suite.core.packs import BY_NAME, chain_of, pack_of, packs
from parity_suite.core.stage import PRECISIONS, Stage
from parity_suite.core.value import Value, value_of
from parity_suite.laws.going_on import as_far_as_it_goes
from parity_suite.laws.options import taken
from parity_suite.laws.outputs import compare
from parity_suite.laws.registry import pair_law_of


def pair_stages() -> Iterator[str]:
    """The chains and stages of all packs at which two backends are compared."""
    for pack in packs():
        yield from pack.chains
        yield from (stage.name for stage in pack.stages if _is_paired(stage))


def _is_paired(stage: Stage) -> bool:
    """Of a stage that acts on a model only where a law says how."""
    if stage.of_model:
        return pair_law_of(stage.name) is not None
    return not (stage.random or "pair" in stage.exempt)


def pair_cases(stage: str) -> str:
    """The selection of cases on which two backends are compared."""
    own = pair_law_of(stage)
    if own:
        return own.cases
    # Recipes and files alone have an even side, at which fftshift and ifftshift are one.
    return "data" if chain_of(stage) else "paired"


def pair_precisions(stage: str, case: Case) -> Sequence[str]:
    """The precisions in which two backends are compared on a case."""
    own = pair_law_of(stage)
    return own.precisions(case) if own else PRECISIONS


def pair_needs(stage: str) -> tuple[str, ...]:
    """The methods that both need."""
    if stage in BY_NAME and BY_NAME[stage].replaces:
        return ()
    own = pair_law_of(stage)
    return own.needs if own else chain_of(stage) or (stage,)


def pair(first: Subject, second: Subject, stage: str, case: Case) -> Iterator[Outcome | Artifact]:
    """Two backends give the same, without asking the oracle but for what differs by conventions that they declare."""
    if own := pair_law_of(stage):
        yield from own.run(first, second, case)
    elif chain_of(stage):
        yield from _chains(first, second, stage, chain_inputs(first.context, stage, case, first.rounding))
    else:
        for variant in variants(first.context, case, stage, first.rounding):
            yield from as_far_as_it_goes(first, side_by_side(first, second, variant))


def side_by_side(first: Subject, second: Subject, variant: Variant) -> Iterator[Outcome | Artifact]:
    """The outputs of the second beside those of the first; what is another one by the conventions that they declare,
    each beside the oracle's in its own.
    """
    asked = [under(one.context, variant, one.conventions(variant.stage)) for one in (first, second)]
    got = [fused_or_not(subject, variant) for subject in (first, second)]
    other = _other_outputs(*asked)
    yield from compare(asked[0], _but(got[1], other), _but(got[0], other))
    for subject, own, found in zip((first, second), asked, got, strict=True) if other else ():
        named = own.another(f"{variant.name}, {subject.name} by its own convention", variant.inputs)
        for one in compare(named, found, {name: own.expected[name] for name in other}):
            yield with_about(one, variant=variant.name)
    yield from _told(first, second, variant.stage)


def fused_or_not(subject: Subject, variant: Variant) -> Mapping[str, Any]:
    """The outputs by name of a stage; where a backend does not do a chain in one, of its stages one after another."""
    stage = variant.stage
    if BY_NAME[stage].replaces and not subject.provides(stage):
        subject.need(*BY_NAME[stage].replaces)
        return through(stage, subject, variant.inputs)
    return subject(stage, variant.inputs)


def differing(first: Subject, second: Subject, stage: str) -> list[Apart]:
    """The conventions of a stage in which two backends say that they differ: parameters of the oracle, and how arrays
    are written.
    """
    names = (first.name, second.name)
    settings = [settings_of(subject.cls, stage) for subject in (first, second)]
    one, two = (conversions_of(subject.cls, stage) for subject in (first, second))
    other = [name for name in one if one[name].written != two[name].written]
    texts = [{name: conversions[name].text for name in other} for conversions in (one, two)]
    return [
        *apart(stage, names, settings[0], settings[1], declared=True),
        *apart(stage, names, texts[0], texts[1], declared=True),
    ]


def _told(first: Subject, second: Subject, *stages: str) -> Iterator[Fact]:
    """Where they differ by convention, if they do."""
    if told := [one.to_json() for stage in stages for one in differing(first, second, stage)]:
        yield Fact(FACT, told)


def _other_outputs(one: Variant, two: Variant) -> frozenset[str]:
    """The outputs that differ between two conventions."""
    if one.conventions == two.conventions:
        return frozenset()
    return frozenset(name for name, value in one.expected.items() if not np.array_equal(value, two.expected[name]))


def _but(outputs: Mapping[str, Any], without: frozenset[str]) -> Mapping[str, Any]:
    return {name: value for name, value in outputs.items() if name not in without} if without else outputs


def _chains(first: Subject, second: Subject, stage: str, inputs: Mapping[str, Any]) -> Iterator[Outcome | Artifact]:
    one, two = (through(stage, subject, inputs) for subject in (first, second))
    yield from _told(first, second, *chain_of(stage))
    if all(first.conventions(part) == second.conventions(part) for part in chain_of(stage)):
        yield from _of_chain(stage, inputs, two, one)
        return
    for subject, got in ((first, one), (second, two)):
        yield from _of_chain(stage, inputs, got, chain_of_oracle(stage, inputs, conventions=subject.conventions))


def _of_chain(
    stage: str, inputs: Mapping[str, Any], got: Mapping[str, Any], want: Mapping[str, Any]
) -> Iterator[Outcome]:
    # What broke its contract is not there, and is told by that.
    for field in (one for one in _outputs(stage) if one in got and one in want):
        yield deviation(field, got[field], want[field], terms=rules_of(stage).terms(inputs))


def _outputs(chain: str) -> list[str]:
    return [field.name for field in BY_NAME[chain_of(chain)[-1]].outputs]


def distances(subjects: tuple[Subject, Subject], stage: str, case: Case, parted: About) -> Mapping[str, float]:
    """The greatest error of each of the two against the oracle, by name; infinite where it cannot be measured, and
    nothing where no third opinion is to be had.

    ``parted`` is where they part. What the oracle has no answer to, as a gradient or a training, is held to the third
    opinion of the stage's own law.
    """
    if not parted.wrt and pack_of(stage).oracle and has_answer(stage):
        return {subject.name: max(_errors(subject, stage, case), default=0.0) for subject in subjects}
    own = pair_law_of(stage)
    if own is None or own.errors is None:
        return {}
    try:
        return {subject.name: max(own.errors(subject, case, parted), default=0.0) for subject in subjects}
    except NotProvided:
        return {}


def culprit(far: Mapping[str, float]) -> str:
    """Which of two is wrong by their distances to the oracle; empty of two that are about as far."""
    (_, less), (name, most) = sorted(far.items(), key=lambda item: item[1])
    return name if most > 2 * less else ""


def _errors(subject: Subject, stage: str, case: Case) -> Iterator[float]:
    outcomes: list[Outcome] = []
    if chain_of(stage):
        inputs = chain_inputs(subject.context, stage, case, subject.rounding)
        want = chain_of_oracle(stage, inputs, conventions=subject.conventions)
        outcomes += _of_chain(stage, inputs, through(stage, subject, inputs), want)
    else:
        for variant in variants(subject.context, taken(case, stage, subject), stage, subject.rounding):
            outcomes += compare(variant, fused_or_not(subject, variant), variant.expected)
    for outcome in outcomes:
        yield outcome.error if isinstance(outcome, Deviation) else float("inf")


def oracle_at(
    subjects: tuple[Subject, Subject], stage: str, case: Case, parted: About, place: tuple[int, ...]
) -> Value:
    """What the oracle has where two backends lie farthest apart; None where it has nothing to say, or has one answer
    for each of them.
    """
    first, second = subjects
    if parted.wrt or not has_answer(stage) or first.conventions(stage) != second.conventions(stage):
        return None
    if chain_of(stage):
        found = chain_of_oracle(stage, chain_inputs(first.context, stage, case, first.rounding))
        return value_of(found[parted.field or _outputs(stage)[0]][place])
    for variant in variants(first.context, taken(case, stage, *subjects), stage, first.rounding):
        if variant.name == parted.variant and parted.field in variant.expected:
            return value_of(np.asarray(variant.expected[parted.field])[place])
    return None
