"""A mistake as data: inputs that are read otherwise than they are meant, and answers that are made otherwise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from parity_suite.core.kinds import Kind

Inputs = Mapping[str, Any]
#: Changed inputs; None where the change has no meaning for them.
Change = Callable[[Inputs], Inputs | None]


@dataclass(frozen=True)
class InputHypothesis:
    """Inputs read otherwise, and what that is called."""

    kind: Kind
    text: str
    change: Change


@dataclass(frozen=True)
class AnswerHypothesis:
    """What a mistake gives for inputs, output by output; None where it has no meaning for them."""

    kind: Kind
    text: str
    answer: Callable[[Inputs], Mapping[str, Any] | None]
