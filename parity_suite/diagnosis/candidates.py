"""Mistakes on the way in, and those that a pack knows of a stage, each as what the oracle would give under it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np

from parity_suite.cases.answers import consult
from parity_suite.cases.hypotheses import Change
from parity_suite.cases.rules import rules_of
from parity_suite.core.kinds import Kind
from parity_suite.diagnosis.inputs import misreadings
from parity_suite.diagnosis.whole_numbers import miscounted

#: Outputs by name of arguments by name; None where the mistake has no meaning for these.
Answer = Callable[[Mapping[str, Any]], Mapping[str, Any] | None]


def candidates(stage: str) -> Iterator[tuple[Kind, str, Answer]]:
    """Each with its kind, the words for it, and what it gives for inputs and conventions by name."""
    for misread in misreadings(stage):
        yield misread.kind, misread.text, partial(_asked, stage, misread.change)
    for one in rules_of(stage).answer_hypotheses():
        yield one.kind, one.text, partial(_made, one.answer)
    # What a pack says of its own numbers says more.
    for misread in miscounted(stage):
        yield misread.kind, misread.text, partial(_asked, stage, misread.change)


def _made(answer: Answer, inputs: Mapping[str, Any]) -> Mapping[str, Any] | None:
    try:
        with np.errstate(all="ignore"):
            return answer(inputs)
    except Exception:
        return None


def _asked(stage: str, change: Change, inputs: Mapping[str, Any]) -> Mapping[str, Any] | None:
    try:
        with np.errstate(all="ignore"):
            changed = change(inputs)
            return None if changed is None else consult(stage, changed)
    except Exception:
        return None
