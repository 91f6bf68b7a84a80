"""The law of form for models: how an array lies in memory changes no training, no inference and no canvas."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.backends.forms import BACKWARDS, FORMS, MIXED, ONE_FOR_ALL
from parity_suite.backends.held_outputs import changed_inputs
from parity_suite.backends.subject import Subject
from parity_suite.backends.troubles import note
from parity_suite.compare.deviation import Outcome, deviation
from parity_suite.core.case import Case
from parity_suite.laws.registry import law
from parity_suite.ptychography.evaluation.placement import canvas_for
from parity_suite.ptychography.laws.learned import TrainedModel, learned, own_weights
from parity_suite.ptychography.laws.streams import inferred
from parity_suite.ptychography.lessons import lesson

#: Groups of a lesson are never all alike.
_FORMS: Final = tuple(one for one in FORMS if one not in ("", ONE_FOR_ALL, MIXED))
#: Steps of a training, and groups of an inference.
_FEW: Final = 2


@law(stages=("train", "infer"), cases="taught", needs=("train", "state"), precisions=("float32",))
def form(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """The same values as a transposed view, in Fortran order, strided, read-only: the same losses, patches and canvas,
    and the inputs untouched. Backwards in memory: that, or refused.
    """
    ask = _trainings(subject, case) if stage == "train" else _inferences(subject, learned(subject, case), case)
    plain = ask("")
    for name in _FORMS:
        for label, got in _unless_refused(ask, name).items():
            yield deviation(f"{label}, {name}", got, plain[label])


def _unless_refused(ask: Callable[[str], dict[str, Array]], form: str) -> dict[str, Array]:
    try:
        return ask(form)
    except (TypeError, ValueError):
        if form != BACKWARDS:
            raise
        return {}


def _trainings(subject: Subject, case: Case) -> Callable[[str], dict[str, Array]]:
    """By the form of its inputs, what two steps give."""
    given = lesson(subject.context, case)
    subject.require_within("train", given.inputs(subject.rounding))

    def ask(form: str) -> dict[str, Array]:
        backend = subject.fresh()
        inputs = given.inputs(subject.rounding, **own_weights(backend, given, {"order": given.order[:_FEW]}))
        return dict(_called(subject, "train", backend.train, inputs, form))

    return ask


def _inferences(subject: Subject, model: TrainedModel, case: Case) -> Callable[[str], dict[str, Array]]:
    """By the form of what it is given, the patches of a model, and what it stitches."""
    given = lesson(subject.context, case)
    amplitude, positions = given.amplitude[:_FEW].astype(subject.rounding), given.positions[:_FEW]
    canvas = canvas_for(positions, given.centre, amplitude.shape[1])

    def ask(form: str) -> dict[str, Array]:
        patches = _called(subject, "infer", model.backend.infer, {"amplitude": amplitude, "batch": None}, form)
        found = {"patches": np.array(patches)}
        if subject.provides("infer_stream"):
            chunk = FORMS[form](amplitude), FORMS[form](positions)
            found["numerator"] = np.array(inferred(model, [chunk], given.centre, canvas)["numerator"])
        return found

    return ask


def _called(subject: Subject, stage: str, method: Callable[..., Any], inputs: dict[str, Any], form: str) -> Any:
    """What a method of a model returns for inputs in a form, of which it changes none."""
    held = {name: subject.given(value) for name, value in inputs.items()}
    formed = {name: FORMS[form](value) if isinstance(value, np.ndarray) else value for name, value in held.items()}
    got = method(**subject.without_options(stage, formed))
    for breach in changed_inputs(stage, held, formed):
        note(subject, breach)
    return got
