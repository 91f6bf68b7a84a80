"""The law of repeats for stages whose items meet: equal modes of a probe, positions that coincide, equal patterns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from parity_suite.backends.subject import Subject
from parity_suite.cases.variants import Variant
from parity_suite.compare.deviation import Outcome
from parity_suite.laws.going_on import on_each_variant
from parity_suite.laws.registry import law
from parity_suite.laws.repeats import with_repeats

_AXES: Final = {"probe": "P", "group": "M", "objective": "B"}


@law(stages=tuple(_AXES), cases="single")
@on_each_variant
def repeats(subject: Subject, variant: Variant) -> Iterator[Outcome]:
    """Modes, positions and groups that are there twice, side by side and apart, or all the same: as the oracle has
    it.
    """
    yield from with_repeats(subject, variant, (_AXES[variant.stage],))
