"""The answers of an oracle, of a stage or of several one after another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from parity_suite.cases.reference import standing_in
from parity_suite.core.packs import BY_NAME, pack_of

#: Outputs by name of a stage on inputs by name.
Ask = Callable[[str, Mapping[str, Any]], Mapping[str, Any]]


def consult(stage: str, arguments: Mapping[str, Any], precision: str = "float64") -> Mapping[str, Any]:
    """The outputs by name of the oracle, or of who stands in for one, of inputs and conventions; of a stage that it
    does not answer none that compare. What a fused stage gives is what the stages that it replaces give one after
    another.
    """
    known = BY_NAME[stage]
    if known.replaces:
        return list(steps_of_oracle(stage, arguments, precision))[-1][-1]
    if (reference := standing_in(stage)) is not None:
        return reference.consult(stage, arguments, precision)
    result = getattr(pack_of(stage).consulted(precision), stage)(**arguments)
    return {known.outputs[0].name: result} if known.single else result


def steps_of_oracle(
    stage: str, arguments: Mapping[str, Any], precision: str = "float64"
) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    """Each stage that a fused one replaces with its arguments, conventions among them, and its outputs by name."""
    return steps(BY_NAME[stage].replaces, lambda one, given: consult(one, given, precision), arguments)


def steps(
    stages: Sequence[str], ask: Ask, arguments: Mapping[str, Any]
) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    """Stages asked one after another, where an output is the input of the same name of a later stage: each with what it
    is given and its outputs by name.
    """
    known = dict(arguments)
    for stage in stages:
        names = (*BY_NAME[stage].arguments, *(one.name for one in BY_NAME[stage].parameters))
        given = {name: known[name] for name in names if name in known}
        found = ask(stage, given)
        yield stage, given, found
        known |= found
