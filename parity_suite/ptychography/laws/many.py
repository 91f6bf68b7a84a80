"""The law of many for stages whose items meet in one answer: means over a batch, sums on a canvas."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

from parity_suite.backends.subject import Subject
from parity_suite.cases.variants import Variant, along, variants
from parity_suite.compare.deviation import Outcome
from parity_suite.core.case import Case
from parity_suite.core.context import RunContext, remembered
from parity_suite.core.packs import BY_NAME
from parity_suite.laws.many import COUNTS, drawn
from parity_suite.laws.registry import law
from parity_suite.ptychography.laws.asked import as_the_oracle

#: How many items the oracle can be asked in a moment.
_MEETING: Final = {
    "probe": COUNTS,
    "layout": COUNTS[:2],
    "scale": COUNTS,
    "loss": COUNTS,
    "reassemble": COUNTS[:2],
    "objective": (COUNTS[0], 1100),
}
#: By stage whose budget in float32 does not grow with the items that meet in one sum: what is allowed over the root of
#: their number, in budgets. On a canvas as many patches are added as lie on a pixel; the mean of a probe over its modes
#: in plain order, which is right, was measured to be off by 1.7 roots in eps, and four times that is 0.36 of 19 eps.
_OVER_ROOT: Final = {"reassemble": 1.0, "probe": 0.36}


@law(stages=tuple(_MEETING), cases="tiny", precisions=("float32",))
def many(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """130, 2,100 and 5,216 items drawn from a few, of the objective 1,100, so that patches pile up where others lie: as
    the oracle has it.
    """
    for variant in variants(subject.context, case, stage, subject.rounding):
        for count in _MEETING[stage]:
            factor = max(1.0, _OVER_ROOT.get(stage, 0.0) * math.sqrt(count))
            yield from as_the_oracle(subject, (_crowd(subject.context, variant, count),), factor)


@remembered(maxsize=64)
def _crowd(_: RunContext, variant: Variant, count: int) -> Variant:
    """The same with ``count`` items drawn from those that there are."""
    return variant.another(f"{variant.name}, {count:,} items", _drawn(variant.stage, variant.inputs, count))


def _drawn(stage: str, inputs: Mapping[str, Any], count: int) -> dict[str, Any]:
    if stage == "layout":
        images, block = inputs["images"], inputs["gridsize"] ** 2 if inputs["source"] == "flat" else 1
        grouped = images.reshape(-1, block, *images.shape[1:])
        return {**inputs, "images": grouped[drawn(count, len(grouped))].reshape(-1, *images.shape[1:])}
    if inputs.get("batch"):
        # Two at a time are a thousand calls.
        inputs = {**inputs, "batch": 64}
    axis = "P" if stage == "probe" else "B"
    first = next(field.name for field in BY_NAME[stage].inputs if field.axes[:1] == (axis,))
    # A closed form has no items.
    return dict(inputs) if inputs[first] is None else along(inputs, stage, axis, drawn(count, len(inputs[first])))
