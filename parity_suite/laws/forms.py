"""The law of form: how an array lies in memory, and whether it may be written into, change no answer."""

from __future__ import annotations

from collections.abc import Iterator

from parity_suite.backends.forms import FORMS
from parity_suite.backends.subject import Subject
from parity_suite.cases.variants import Variant
from parity_suite.compare.deviation import Outcome, labelled
from parity_suite.core.law_traits import LawTraits
from parity_suite.laws.going_on import on_each_variant
from parity_suite.laws.outputs import compare
from parity_suite.laws.registry import law


@law(
    stages=lambda stage: not stage.random and any(field.is_array for field in stage.inputs),
    cases="single",
    traits=LawTraits(budget_of="statelessness"),
)
@on_each_variant
def form(subject: Subject, variant: Variant) -> Iterator[Outcome]:
    """The same values as a transposed view, in Fortran order, strided, read-only: the same answer, and the inputs
    untouched.
    """
    plain = subject(variant.stage, variant.inputs)
    for name in filter(None, FORMS):
        got = subject(variant.stage, variant.inputs, form=name)
        for one in compare(variant, got, plain):
            yield labelled(one, name)
