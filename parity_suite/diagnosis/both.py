"""Two mistakes in one function, neither of which explains anything by itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import takewhile
from typing import Any

import numpy as np

from parity_suite.compare.diagnosis import Output
from parity_suite.compare.diagnosis.fits import fitted
from parity_suite.compare.diagnosis.transformations import Transformation, transformations
from parity_suite.core.kinds import Kind
from parity_suite.diagnosis.calls import CallComparison
from parity_suite.diagnosis.candidates import Answer, candidates

#: The output that is wrong, held to what a first mistake would give; None where that means nothing, or spoils another.
_First = Callable[[CallComparison], Output | None]


def two_mistakes(
    stage: str, held: Sequence[CallComparison], until: float, most: float
) -> tuple[tuple[Kind, ...], str] | None:
    """The kinds and the words of both, of one output that is wrong: a first one, and a change of what it gives that
    costs no more than ``most``; None where no two explain all calls, the right ones among them.
    """
    names = {name for one in held for name, output in one.outputs.items() if output.differs}
    if len(names) != 1:
        return None
    (name,) = names
    changes = [one for one in transformations(held[0].outputs[name].axes) if 0 < one.cost <= most]
    changes.sort(key=lambda one: one.cost)
    for kind, text, first in _firsts(stage, name, changes):
        if time.process_time() > until:
            break
        # Most are ruled out by the smallest call.
        made = first(held[0])
        if made is None:
            continue
        for second in (*changes, *takewhile(lambda one: one.cost <= most, fitted([made]))):
            whole = [one.outputs[name] for one in held]
            if _explains(second, [made], whole[:1]) and _explains(second, [first(one) for one in held], whole):
                return (kind, second.kind), f"two mistakes: {text}; and {second.text}"
    return None


def _firsts(stage: str, name: str, changes: Sequence[Transformation]) -> Iterator[tuple[Kind, str, _First]]:
    """An input read otherwise, or the output changed."""
    for kind, text, answer in candidates(stage):
        yield kind, text, partial(_answered, name, answer)
    for one in changes:
        yield one.kind, one.text, partial(_changed, name, one)


def _answered(name: str, answer: Answer, one: CallComparison) -> Output | None:
    given: Mapping[str, Any] | None = answer(one.arguments)
    if given is None or any(n not in given or np.shape(given[n]) != o.want.shape for n, o in one.outputs.items()):
        return None
    others_hold = all(o.left(given[n]) <= o.budget for n, o in one.outputs.items() if n != name)
    return replace(one.outputs[name], want=np.asarray(given[name])) if others_hold else None


def _changed(name: str, change: Transformation, one: CallComparison) -> Output | None:
    with np.errstate(all="ignore"):
        made = change.apply(one.outputs[name])
    return None if made is None or made.shape != one.outputs[name].want.shape else replace(one.outputs[name], want=made)


def _explains(second: Transformation, outputs: Sequence[Output | None], whole: Sequence[Output]) -> bool:
    """Whether the change makes of what first mistakes gave what was got, where ``whole`` has what is right."""
    made = [one for one in outputs if one is not None]
    telling = sum(one.telling for one in made if one.differs)
    pairs = zip(made, whole, strict=False)
    return len(made) == len(outputs) and bool(telling) and all(_gives(second, *pair, telling) for pair in pairs)


def _gives(second: Transformation, one: Output, whole: Output, telling: int) -> bool:
    with np.errstate(all="ignore"):
        answer = second.apply(one)
    if answer is None or not _is_given(one, answer, telling):
        return False
    # Two that undo each other leave what is right, which is near to what was got beside what the first one gave.
    return _is_given(whole, answer, telling)


def _is_given(one: Output, answer: Any, telling: int) -> bool:
    return one.is_explained(answer, telling) if one.differs else one.left(answer) <= one.budget
