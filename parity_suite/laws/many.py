"""The law of many: a path that is taken above some number of items gives what the one below it gives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.backends.subject import Subject
from parity_suite.cases.variants import Variant, along
from parity_suite.compare.deviation import Outcome, labelled
from parity_suite.core.law_traits import LawTraits
from parity_suite.core.packs import BY_NAME
from parity_suite.laws.going_on import on_each_variant
from parity_suite.laws.invariance import length
from parity_suite.laws.outputs import compare
from parity_suite.laws.registry import law

#: More than the blocks that codes work in: 64, 100 and 128; 1,024 and 2,048; 4,096 and the 5,000 of the history.
COUNTS: Final = (130, 2100, 5216)


@law(
    stages=lambda stage: bool(stage.items),
    cases="tiny",
    precisions=("float32",),
    traits=LawTraits(other_sizes=True, budget_of="statelessness"),
)
@on_each_variant
def many(subject: Subject, variant: Variant) -> Iterator[Outcome]:
    """130, 2,100 and 5,216 items, each drawn from a few, and each is what it is among the few."""
    stage = BY_NAME[variant.stage]
    few = subject(stage.name, variant.inputs)
    for count in COUNTS if length(variant) else ():
        pick = drawn(count, length(variant))
        inputs = along(variant.inputs, stage.name, stage.items, pick)
        if subject.outside(stage.name, inputs):
            continue
        got = subject(stage.name, inputs)
        places = {field.name: field.axes.index(stage.items) for field in stage.outputs if field.name in few}
        want = {name: np.take(few[name], pick, place) for name, place in places.items()}
        for one in compare(variant, got, want):
            yield labelled(one, f"{count:,} items")


def drawn(count: int, few: int) -> Array:
    """Indices below ``few``, in no order that a block of items could have in common with another."""
    return np.random.Generator(np.random.PCG64(count)).integers(0, few, count)
