"""A backend's own differentiation, asked as it is to be and what it has none of is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from parity_suite.backends.exceptions import NotProvided
from parity_suite.backends.forms import FORMS
from parity_suite.backends.held_outputs import changed_inputs
from parity_suite.backends.subject import Subject
from parity_suite.backends.troubles import note


def own_vjp(
    subject: Subject,
    stage: str,
    inputs: Mapping[str, Any],
    output: str,
    wrt: str,
    cotangent: Any,
    form: str | None = None,
    instance: Any = None,
) -> Any:
    """``dL/dRe + i dL/dIm`` of ``L = Re sum(conj(cotangent) output)`` by the input ``wrt``, in its shape.

    The subject's instance is asked, or the one given, with copies in a ``form`` of
    :data:`parity_suite.backends.forms.FORMS`, where one is named; that it writes into one is noted. ``NotProvided``
    where the backend says by a ``NotImplementedError`` that it has none of this.
    """

    def given(value: Any) -> Any:
        value = subject.given(value)
        return FORMS[form](value) if form is not None and isinstance(value, np.ndarray) else value

    subject.need("vjp")
    kept = {**{name: given(value) for name, value in inputs.items()}, "cotangent": given(cotangent)}
    before = {name: np.array(value) for name, value in kept.items() if isinstance(value, np.ndarray)}
    asked = subject.backend if instance is None else instance
    try:
        found = asked.vjp(stage, {name: kept[name] for name in inputs}, output, wrt, kept["cotangent"])
    except NotImplementedError as error:
        said = f"{subject.cls.__name__}.vjp does not differentiate {output} of {stage} by {wrt}"
        raise NotProvided(said, lacks="vjp") from error
    for breach in changed_inputs(stage, before, kept):
        note(subject, breach)
    return found
