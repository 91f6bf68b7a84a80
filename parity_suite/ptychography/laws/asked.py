"""Questions that are made of others, held to the oracle."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from parity_suite.backends.subject import Subject
from parity_suite.cases.variants import Variant
from parity_suite.compare.deviation import Deviation, Outcome
from parity_suite.laws.going_on import as_far_as_it_goes
from parity_suite.laws.outputs import compare


def as_the_oracle(subject: Subject, asked: Iterable[Variant], eps_factor: float = 1.0) -> Iterator[Outcome]:
    """What a backend makes of each that is within its limits beside what the oracle does; what is not exact may be off
    ``eps_factor`` times as far as else.
    """
    every = tuple(asked)
    within = [one for one in every if not subject.outside(one.stage, one.inputs)]
    if every and not within:
        subject.require_within(every[0].stage, every[0].inputs)
    for one in within:
        yield from as_far_as_it_goes(subject, _compared(subject, one, eps_factor))


def _compared(subject: Subject, variant: Variant, eps_factor: float) -> Iterator[Outcome]:
    for one in compare(variant, subject(variant.stage, variant.inputs), variant.expected):
        yield replace(one, eps_factor=eps_factor) if isinstance(one, Deviation) and not one.exact else one
