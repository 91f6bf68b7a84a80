"""The law of many for a model: more groups at once than it was trained on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from parity_suite.backends.subject import Subject
from parity_suite.compare.deviation import Outcome, deviation
from parity_suite.core.case import Case
from parity_suite.laws.many import drawn
from parity_suite.laws.registry import law
from parity_suite.ptychography.laws.learned import infer, learned
from parity_suite.ptychography.lessons import lesson

_GROUPS: Final = 260


@law(stages=("infer",), cases="taught", needs=("train", "state"), precisions=("float32",))
def many(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """260 groups at once, and 130 at a time: each is what it is among a few."""
    model, amplitude = learned(subject, case), lesson(subject.context, case).amplitude.astype(subject.rounding)
    pick = drawn(_GROUPS, len(amplitude))
    few = infer(model, amplitude)
    for batch in (None, _GROUPS // 2):
        got = infer(model, amplitude[pick], batch)
        yield deviation(f"patches of {_GROUPS} groups, {batch or _GROUPS} at a time", got, few[pick])
