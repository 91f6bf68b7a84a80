"""The law of a fused stage: it is the chain that it replaces."""

from __future__ import annotations

from collections.abc import Iterator

from parity_suite.backends.subject import Subject
from parity_suite.cases.chains import through
from parity_suite.cases.variants import Variant
from parity_suite.compare.deviation import Outcome
from parity_suite.core.law_traits import LawTraits
from parity_suite.core.packs import BY_NAME
from parity_suite.laws.going_on import on_each_variant
from parity_suite.laws.outputs import compare
from parity_suite.laws.registry import law


@law(stages=lambda stage: bool(stage.replaces), cases="all", traits=LawTraits(relative=True))
@on_each_variant
def composition(subject: Subject, variant: Variant) -> Iterator[Outcome]:
    """What a backend does in one is what its own stages give one after another, as far as it has them."""
    subject.need(*BY_NAME[variant.stage].replaces)
    yield from compare(variant, subject(variant.stage, variant.inputs), through(variant.stage, subject, variant.inputs))
