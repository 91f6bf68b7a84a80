"""The implementations that a backend has of ``translate``, and a law run on each of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from parity_suite.backends.api import Translation
from parity_suite.backends.exceptions import NotProvided
from parity_suite.backends.subject import Subject
from parity_suite.cases.rules import LawFunction
from parity_suite.compare.deviation import Bound, BrokenRule, Deviation, Outcome, with_about
from parity_suite.compare.exhibit import ARTIFACTS, Artifact, Fact
from parity_suite.core.case import Case
from parity_suite.laws.coordinates import coarsened, eps_factor
from parity_suite.laws.going_on import as_far_as_it_goes
from parity_suite.ptychography.world import world

#: Laws look at pictures a little wider than the patches of their case.
_WIDER = 4


def implementations(subject: Subject) -> tuple[Translation, ...]:
    """All of them that know the precision of the subject, here or not."""
    known: tuple[Translation, ...] = getattr(subject.cls, "translations", ())
    return tuple(one for one in known if subject.precision in one.precisions)


def why_missing(subject: Subject, name: str) -> str:
    """Why an implementation cannot run on this machine; empty where it can."""
    if not subject.provides("missing_translation"):
        return ""
    return str(subject.cls.missing_translation(name))


def here(subject: Subject, *, per_shape: bool) -> Iterator[Subject | Fact]:
    """The subject with each implementation of one kind; a fact in the place of one that this machine cannot run."""
    for one in implementations(subject):
        if one.per_shape is per_shape:
            reason = why_missing(subject, one.name)
            yield Fact(f"{one.name} is missing", reason) if reason else subject.with_translation(one.name)


def coordinates(subject: Subject) -> str:
    """The precision of its places that a backend declares of the implementation that is asked; empty where none is."""
    chosen = subject.translation or getattr(subject.backend, "translation", "")
    return next((one.coordinates for one in implementations(subject) if one.name == chosen), "")


def on_one_translation(law: LawFunction, subject: Subject, case: Case) -> Iterator[Outcome | Artifact]:
    """The law on the implementation that the subject was given, by name."""
    yield from _named(law, subject, case, subject.translation)


def on_every_translation(law: LawFunction, subject: Subject, case: Case) -> Iterator[Outcome | Artifact]:
    """The law on the implementation that the subject has, then on the others that need not be made for each shape."""
    yield from as_far_as_it_goes(subject, _named(law, subject, case, ""))
    own = getattr(subject.backend, "translation", "")
    for other in here(subject, per_shape=False):
        if isinstance(other, Fact):
            yield other
        elif other.translation != own:
            yield from as_far_as_it_goes(other, _named(law, other, case, other.translation))


def _named(law: LawFunction, subject: Subject, case: Case, name: str) -> Iterator[Outcome | Artifact]:
    """What the law measured, with the name of the implementation in every label and its coarseness in every error."""
    coarse = eps_factor(subject, "translate", (case.size("N", 0) or world(subject.context, case).side) + _WIDER)
    try:
        for one in law(subject, "translate", case):
            yield _labelled(coarsened(one, coarse), name)
    except NotProvided as reason:
        if not name:
            raise
        yield Fact(f"{name}, not provided", str(reason))


def _labelled(one: Outcome | Artifact, name: str) -> Outcome | Artifact:
    if not name or isinstance(one, ARTIFACTS):
        return one
    if isinstance(one, BrokenRule):
        return with_about(replace(one, message=f"{name}: {one.message}"), implementation=name)
    assert isinstance(one, Deviation | Bound)
    return with_about(replace(one, output=f"{one.output}, {name}"), implementation=name)
