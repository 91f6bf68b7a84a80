"""A backend's own differentiation, asked as it is to be and what it has none of is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from parity_suite.backends.exceptions import NotProvided
from parity_suite.backends.forms import FORMS
from parity_suite.backends.subject import Subject


def own_vjp(
    subject: Subject,
    stage: str,
    inputs: Mapping[str, Any],
    output: str,
    wrt: str,
    cotangent: Any,
    form: str | None = None,
) -> Any:
    """``dL/dRe + i dL/dIm`` of ``L = Re sum(conj(cotangent) output)`` by the input ``wrt``, in its shape.

    It is given copies in a ``form`` of :data:`parity_suite.backends.forms.FORMS`, where one is named. ``NotProvided``
    where the backend says by a ``NotImplementedError`` that it has none of this.
    """

    def given(value: Any) -> Any:
        value = subject.given(value)
        return FORMS[form](value) if form is not None and isinstance(value, np.ndarray) else value

    subject.need("vjp")
    kept = {name: given(value) for name, value in inputs.items()}
    try:
        return subject.backend.vjp(stage, kept, output, wrt, given(cotangent))
    except NotImplementedError as error:
        said = f"{subject.cls.__name__}.vjp does not differentiate {output} of {stage} by {wrt}"
        raise NotProvided(said, lacks="vjp") from error
