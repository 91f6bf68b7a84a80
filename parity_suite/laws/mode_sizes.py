"""The law of modes that are asked again: what is traced or compiled for one batch serves the next one too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from parity_suite.backends.subject import Subject
from parity_suite.cases.variants import Variant, along, variants
from parity_suite.compare.deviation import Outcome, labelled, with_about
from parity_suite.core.case import Case
from parity_suite.core.law_traits import LawTraits
from parity_suite.core.packs import BY_NAME
from parity_suite.core.stage import Stage
from parity_suite.laws.going_on import as_far_as_it_goes
from parity_suite.laws.many import drawn
from parity_suite.laws.outputs import compare
from parity_suite.laws.reference import modes_of
from parity_suite.laws.registry import law

#: More than 8 and no power of two.
_MORE: Final = 13


def _axis(stage: Stage) -> str:
    """The axis whose size changes from call to call: that of the items, else the first of the first array."""
    axis = stage.items or next((field.axes[0] for field in stage.inputs if field.is_array), "*")
    return axis if axis != "*" and all(field.axes.count(axis) < 2 for field in stage.inputs) else ""


@law(
    stages=lambda stage: not stage.random and bool(_axis(stage)),
    cases="single",
    precisions=("float32",),
    slow=True,
    traits=LawTraits(other_sizes=True, budget_of="statelessness"),
)
def mode_sizes(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """In every mode a batch, then a larger one of other numbers, then the first again: as in the default mode."""
    modes, known = modes_of(subject, stage), BY_NAME[stage]
    axis = _axis(known)
    few = variants(subject.context, case, stage, subject.rounding)[0]
    there = known.sizes_of(few.inputs)[axis]
    more = few.another(f"{few.name}, {_MORE} of them", along(few.inputs, stage, axis, drawn(_MORE, there)))
    asked = [(variant, subject(stage, variant.inputs)) for variant in (few, more)]
    for name in modes[1:]:
        for variant, want in (*asked, asked[0]):
            yield from as_far_as_it_goes(subject, _as_by_default(subject.in_mode(name), variant, want))


def _as_by_default(subject: Subject, variant: Variant, want: Mapping[str, Any]) -> Iterator[Outcome]:
    for one in compare(variant, subject(variant.stage, variant.inputs), want):
        yield with_about(labelled(one, subject.mode), variant=variant.name, mode=subject.mode)
