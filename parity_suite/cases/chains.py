"""Chains: stages asked one after another, where an output is the input of the same name of a later stage."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from parity_suite.cases.answers import Ask, consult, steps
from parity_suite.cases.of_pack import inputs_of
from parity_suite.cases.variants import is_answered, rounded
from parity_suite.core.case import Case, Conventions
from parity_suite.core.context import RunContext
from parity_suite.core.packs import BY_NAME, chain_of


def chain_inputs(context: RunContext, name: str, case: Case, precision: str) -> dict[str, Any]:
    """What a chain starts from, rounded as the stage rounds that takes it; ``Missing`` where the case lacks it."""
    ((_, start),) = inputs_of(context, name, case)
    return dict(start) | {
        field: value
        for stage in chain_of(name)
        for field, value in rounded(stage, _given(stage, start), precision).items()
    }


def through(name: str, ask: Ask, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    """The outputs by name of the last stage of a chain, or of those that a fused stage replaces."""
    stages = chain_of(name) or BY_NAME[name].replaces
    return list(steps(stages, ask, inputs))[-1][-1]


def has_answer(name: str) -> bool:
    """Whether an oracle has an answer to a stage, or to all stages of a chain."""
    return all(map(is_answered, chain_of(name) or (name,)))


def chain_of_oracle(
    name: str,
    inputs: Mapping[str, Any],
    precision: str = "float64",
    conventions: Callable[[str], Conventions] = lambda stage: (),
) -> Mapping[str, Any]:
    """What the oracle makes of the inputs of a chain, by the conventions of who is asked at each stage."""
    return through(name, lambda stage, given: consult(stage, {**given, **dict(conventions(stage))}, precision), inputs)


def _given(stage: str, known: Mapping[str, Any]) -> dict[str, Any]:
    return {field.name: known[field.name] for field in BY_NAME[stage].inputs if field.name in known}
