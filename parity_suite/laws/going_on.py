"""Laws that go on: what ends one part of a law keeps no other part from being asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import TypeVar

from parity_suite.backends.exceptions import NotProvided
from parity_suite.backends.subject import FAILURES, Subject
from parity_suite.backends.troubles import note
from parity_suite.cases.missing import Missing
from parity_suite.cases.variants import Variant, variants
from parity_suite.core.case import Case

Given = TypeVar("Given")


def as_far_as_it_goes(subject: Subject, outcomes: Iterator[Given]) -> Iterator[Given]:
    """What one part of a law gives, until something goes wrong in it: that is noted for the check."""
    try:
        yield from outcomes
    except (NotProvided, Missing):
        raise
    except FAILURES as problem:
        note(subject, problem)


def on_each_variant(
    law: Callable[[Subject, Variant], Iterator[Given]],
) -> Callable[[Subject, str, Case], Iterator[Given]]:
    """Makes a law of one variant that of all variants of a stage on a case."""

    @wraps(law)
    def on_all(subject: Subject, stage: str, case: Case) -> Iterator[Given]:
        for variant in variants(subject.context, case, stage, subject.rounding):
            yield from as_far_as_it_goes(subject, law(subject, variant))

    return on_all
