"""Checks told red from green as fast as that can be told."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

from hypothesis import Phase, settings
from hypothesis.errors import HypothesisWarning

from parity_suite.backends.subject import Subject
from parity_suite.checks import Check
from parity_suite.compare.deviation import Outcome
from parity_suite.compare.exhibit import EXHIBITS, Exhibit
from parity_suite.compare.kinds import Kind
from parity_suite.context import RunContext
from parity_suite.runner import Draft, Runner

_PROFILE: Final = "parity-faults"
settings.register_profile(
    _PROFILE, settings.get_profile("parity-dev"), phases=(Phase.generate,), report_multiple_bugs=False
)


class Sieve(Runner):
    """Tells red from green only: nothing is repeated in float64, and the machine is taken to be sound.

    What a red check looks like is asked afterwards, of the calls that it made; a diagnosis does without ``unnamed``.
    """

    def __init__(self, context: RunContext, unnamed: Iterable[str] = ()) -> None:
        super().__init__(context, "cpu")
        self.unnamed = frozenset(unnamed)
        #: gives the kind of mistake that a diagnosis of the last check that was red names
        self.last: Callable[[], Kind | None] = lambda: None
        #: how many outcomes the law of the last check gave, also where it could not go on
        self.measured = 0

    def _law(self, check: Check) -> Callable[..., Iterator[Outcome | Exhibit]]:
        law, self.measured = super()._law(check), 0

        def counted(*subjects: Subject) -> Iterator[Outcome | Exhibit]:
            for one in law(*subjects):
                self.measured += not isinstance(one, EXHIBITS)
                yield one

        return counted

    def _again(self, *_: object) -> Callable[[], Sequence[Outcome]]:
        return tuple

    def _ulp(self, *_: object) -> None:
        return None

    def _arithmetic(self, subject: Subject) -> None:
        pass

    def _diagnose(self, check: Check, draft: Draft, *what: Any, **problem: Any) -> None:
        known = replace(draft)

        def kind() -> Kind | None:
            Runner._diagnose(self, check, known, *what, **problem)
            return known.kind

        self.last = kind


@contextmanager
def no_shrinking() -> Iterator[None]:
    """Lets the law of search stop at the first input that it finds."""
    before = os.environ.get("PARITY_HYPOTHESIS")
    os.environ["PARITY_HYPOTHESIS"] = _PROFILE
    try:
        with warnings.catch_warnings():
            # Of the example that failed, whose arrays are long.
            warnings.simplefilter("ignore", HypothesisWarning)
            yield
    finally:
        if before is None:
            del os.environ["PARITY_HYPOTHESIS"]
        else:
            os.environ["PARITY_HYPOTHESIS"] = before
