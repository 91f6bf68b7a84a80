"""Two mistakes in one function, neither of which explains anything by itself."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from parity_suite.compare.diagnosis import Output, explain
from parity_suite.compare.diagnosis.transformations import Transformation, transformations
from parity_suite.core.kinds import Kind
from parity_suite.diagnosis.calls import CallComparison
from parity_suite.diagnosis.candidates import candidates

Calls = Sequence[Mapping[str, Output]]


def two_mistakes(
    stage: str, held: Sequence[CallComparison], until: float, most: float
) -> tuple[tuple[Kind, ...], str] | None:
    """The kinds and the words of both: a first one, and a change of what it gives that costs no more than ``most``;
    None where no two explain all calls, the right ones among them.
    """
    for kind, text, calls in _firsts(stage, held, most):
        if time.process_time() > until:
            break
        guess = explain(calls, most)
        if guess is not None and not guess.calls:
            return (kind, guess.kind), f"two mistakes: {text}; and {guess.text}"
    return None


def _firsts(stage: str, held: Sequence[CallComparison], most: float) -> Iterator[tuple[Kind, str, Calls]]:
    """The calls beside what each first mistake would give: an input read otherwise, or an output changed."""
    for kind, text, answer in candidates(stage):
        found = [_beside(one.outputs, answer(one.arguments)) for one in held]
        calls = [one for one in found if one is not None]
        if len(calls) == len(held):
            yield kind, text, calls
    names = {name for one in held for name, output in one.outputs.items() if output.differs}
    if len(names) == 1:
        (name,) = names
        axes = held[0].outputs[name].axes
        for one in transformations(axes):
            if 0 < one.cost <= most:
                yield one.kind, f"{name} is {one.text}", _changed(held, name, one)


def _beside(outputs: Mapping[str, Output], answer: Mapping[str, Any] | None) -> Mapping[str, Output] | None:
    """The outputs of a call, held to what is there in the place of the oracle's answer."""
    if answer is None or any(np.shape(answer.get(name)) != one.want.shape for name, one in outputs.items()):
        return None
    return {name: replace(one, want=np.asarray(answer[name])) for name, one in outputs.items()}


def _changed(held: Sequence[CallComparison], name: str, first: Transformation) -> Calls:
    calls = []
    for one in held:
        with np.errstate(all="ignore"):
            changed = first.apply(one.outputs[name])
        if changed is None or changed.shape != one.outputs[name].want.shape:
            return []
        calls.append({**one.outputs, name: replace(one.outputs[name], want=changed)})
    return calls
