"""How checks are run, and what is left of one that was: what a run, a replay and a selftest do differently."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto

from parity_suite.backends.subject import Call, Subject
from parity_suite.compare.judge import Judgement
from parity_suite.core.check import Check
from parity_suite.core.kinds import Kind
from parity_suite.engine.blame import Draft


class Diagnosing(Enum):
    """When a failure is asked what kind of mistake it looks like."""

    ALWAYS = auto()
    #: where the verdict hangs on it
    IF_DECISIVE = auto()
    #: by whoever wants to know, of what the run of the check keeps
    LATER = auto()


def as_it_is(subject: Subject) -> Subject:
    """The subject itself, which all checks of a run share."""
    return subject


@dataclass(frozen=True)
class Policy:
    """What differs between runs of the same check."""

    #: the setting ``auto``, ``cpu`` or ``cuda``
    device: str = "auto"
    #: whether what is stored is about to be written anew
    updating: bool = False
    #: makes of a subject the one that is asked
    prepared: Callable[[Subject], Subject] = as_it_is
    #: whether a framework is warmed up, and its arithmetic asked, before its first check
    preflight: bool = True
    #: whether a failure is repeated in float64, and beside one ulp of its inputs, to tell what it means
    evidence: bool = True
    diagnosing: Diagnosing = Diagnosing.ALWAYS
    #: faults that a diagnosis must do without
    unnamed: frozenset[str] = frozenset()


@dataclass
class CheckRun:
    """One check while it is run, and what is left of it afterwards."""

    check: Check
    draft: Draft
    subjects: list[Subject] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    #: how many outcomes the law gave, also where it could not go on
    measured: int = 0
    #: gives the kind of mistake that a diagnosis of a failure names
    diagnosis: Callable[[], Kind | None] = lambda: None


#: Judges the subject of a check by something else than its law.
Judging = Callable[[Subject, Draft], Judgement]
