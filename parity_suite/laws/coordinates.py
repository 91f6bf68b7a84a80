"""What is allowed a stage that is declared to compute in less than float64 where it samples."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from parity_suite.backends.capabilities import OF_IMAGES
from parity_suite.backends.exceptions import OutsideCapability
from parity_suite.backends.subject import Subject
from parity_suite.cases.missing import Missing
from parity_suite.cases.of_pack import inputs_of
from parity_suite.cases.rules import rules_of
from parity_suite.compare.budgets import EPS
from parity_suite.compare.deviation import Deviation, Outcome
from parity_suite.compare.exhibit import Artifact
from parity_suite.core.case import Case
from parity_suite.core.packs import BY_NAME
from parity_suite.laws.tracing import composed_of

LawFunction = Callable[[Subject, str, Case], Iterator[Outcome | Artifact]]


def eps_factor(subject: Subject, stage: str, side: int) -> float:
    """How many eps of the subject's precision the place of a sample is off by in an image of this side: one, unless the
    stage, or one that it runs through, is declared to compute its places in less than float64.
    """
    stages = [one for one in composed_of(stage) or (stage,) if one in BY_NAME]
    held = [rules_of(one).coordinates(one, subject) for one in stages]
    eps = max((EPS[subject.precision if one == OF_IMAGES else one] for one in held), default=EPS["float64"])
    if subject.precision == "float64":
        # Its budgets grow with the image by themselves.
        return eps / EPS["float64"]
    return 1.0 if eps == EPS["float64"] else max(1.0, side * eps / EPS[subject.precision])


def eps_factor_of(subject: Subject, stage: str, inputs: Mapping[str, Any]) -> float:
    """The same for the widest image among the inputs of a call."""
    return eps_factor(subject, stage, _widest(stage, inputs))


def _widest(stage: str, inputs: Mapping[str, Any]) -> int:
    """The most pixels along an axis of the inputs of a stage; items are none, however many there are."""
    known, sides = BY_NAME[stage], [1]
    of_items = {*filter(None, (known.items, *known.permuted))}
    for one in known.inputs:
        value = inputs.get(one.name)
        if isinstance(value, np.ndarray):
            axes = one.axes_of(value.ndim) or ("",) * value.ndim
            sides += [n for axis, n in zip(axes, value.shape, strict=True) if axis not in of_items]
    return max(sides)


def require_fine(subject: Subject, stage: str) -> None:
    """``OutsideCapability`` where a stage picks by places that it is declared to compute in less than float64: what
    lies nearly as far is another pick, and no error that could be allowed.
    """
    declared = rules_of(stage).coordinates(stage, subject)
    if declared != "float64" and any(field.kind == "index" for field in BY_NAME[stage].outputs):
        raise OutsideCapability(subject.cls, f"{stage} by places in {declared}")


def with_places(law: LawFunction, subject: Subject, stage: str, case: Case) -> Iterator[Outcome | Artifact]:
    """The law of a stage, with what its places are declared to be off by in every error."""
    coarse = _of_case(subject, stage, case) if subject.capabilities.coordinates else 1.0
    return (coarsened(one, coarse) for one in law(subject, stage, case))


def _of_case(subject: Subject, stage: str, case: Case) -> float:
    """For the widest image of the first stage that has inputs on the case; of a training task, which is of no other
    stage, for the images whose sides it says.
    """
    side = _side(stage, case)
    if stage in BY_NAME and BY_NAME[stage].of_model and side:
        return eps_factor(subject, stage, side)
    for one in composed_of(stage) or (stage,):
        if one in BY_NAME and not BY_NAME[one].of_model:
            try:
                widest = max(_widest(one, given) for _, given in inputs_of(subject.context, one, case))
                return eps_factor(subject, stage, widest)
            except Missing:
                continue
    return eps_factor(subject, stage, side)


def _side(stage: str, case: Case) -> int:
    """The longest side that a case says of square images; 0 where it says none."""
    known = BY_NAME.get(stage)
    fields = BY_NAME[known.answers_as or stage].inputs if known else ()
    return max((case.size(axis, 0) for one in fields for axis in one.axes if one.axes.count(axis) > 1), default=0)


def coarsened(one: Outcome | Artifact, coarse: float) -> Outcome | Artifact:
    """An error that is allowed so many times what it would be."""
    return replace(one, eps_factor=max(one.eps_factor, coarse)) if isinstance(one, Deviation) else one
