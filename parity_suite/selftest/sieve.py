"""Checks told red from green as fast as that can be told."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

from hypothesis import Phase, settings
from hypothesis.errors import HypothesisWarning

from parity_suite.engine.policy import Diagnosing, Policy
from parity_suite.laws.search import QUICK

_PROFILE: Final = "parity-faults"
settings.register_profile(_PROFILE, settings.get_profile(QUICK), phases=(Phase.generate,), report_multiple_bugs=False)


def sifting(unnamed: Iterable[str] = ()) -> Policy:
    """The policy that tells red from green only: nothing is repeated, and the machine is taken to be sound.

    What a red check looks like is asked afterwards, of the calls that it made; a diagnosis does without ``unnamed``.
    """
    return Policy("cpu", preflight=False, evidence=False, diagnosing=Diagnosing.LATER, unnamed=frozenset(unnamed))


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
