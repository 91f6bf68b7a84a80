"""The law of many for a model: more groups at once than it was trained on."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from parity_suite.backends.api import Array
from parity_suite.backends.subject import Subject
from parity_suite.compare.deviation import Outcome, deviation
from parity_suite.core.case import Case
from parity_suite.laws.many import drawn
from parity_suite.laws.registry import law
from parity_suite.ptychography.evaluation.placement import canvas_for
from parity_suite.ptychography.laws.learned import TrainedModel, infer, learned
from parity_suite.ptychography.laws.shifts import coarser
from parity_suite.ptychography.laws.streams import inferred
from parity_suite.ptychography.lessons import lesson
from parity_suite.ptychography.oracle import Oracle

_GROUPS: Final = 260
#: Pixels from the mean of a chunk to the point that it is stitched around, so that one is not taken for the other.
_ASIDE: Final = (0.4375, -1.25)


@law(stages=("infer",), cases="taught", needs=("train", "state"), precisions=("float32",))
def many(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """260 groups at once, and 130 at a time: each is what it is among a few. In one chunk of a stream: all of them."""
    model, amplitude = learned(subject, case), lesson(subject.context, case).amplitude.astype(subject.rounding)
    pick = drawn(_GROUPS, len(amplitude))
    few = infer(model, amplitude)
    for batch in (None, _GROUPS // 2):
        got = infer(model, amplitude[pick], batch)
        yield deviation(f"patches of {_GROUPS} groups, {batch or _GROUPS} at a time", got, few[pick])
    if subject.provides("infer_stream"):
        yield from _in_one_chunk(model, amplitude[pick], few[pick], lesson(subject.context, case).positions[pick])


def _in_one_chunk(model: TrainedModel, amplitude: Array, patches: Array, positions: Array) -> Iterator[Outcome]:
    centre = positions.mean(axis=(0, 1, 3)) + _ASIDE
    canvas = canvas_for(positions, centre, amplitude.shape[1])
    got = inferred(model, [(amplitude, positions)], centre, canvas)
    want = Oracle().reassemble(patches, positions, centre, canvas)
    for name in ("numerator", "count"):
        # As many patches lie on a pixel as there are groups.
        found = deviation(f"{name} of one chunk of {_GROUPS}", got[name], want[name], terms=len(amplitude))
        yield coarser(found, math.sqrt(len(amplitude)))
