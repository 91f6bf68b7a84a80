"""Who answers where there is no oracle: while a failure of two backends is looked into, one of them in float64.

It is the first of the two, as the run lists its backends, that has float64. What its answers are held against is the
other one, so that all that is said of the difference is said of the two.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

from parity_suite.backends.exceptions import OutsideCapability, Unavailable
from parity_suite.backends.subject import Subject
from parity_suite.core.backend_spec import BackendSpec
from parity_suite.core.context import RunContext
from parity_suite.core.packs import BY_NAME, pack_of


class Listed:
    """The backends of a run in the order in which they are listed."""

    def __init__(self) -> None:
        self.specs: list[BackendSpec] = []


@dataclass(frozen=True)
class Reference:
    """A backend that answers the stages of a pack without an oracle."""

    spec: BackendSpec
    device: str = "cpu"

    @cached_property
    def _instances(self) -> dict[str, tuple[Subject, Any]]:
        return {}

    def answers(self, stage: str) -> bool:
        """Whether it has an answer to a stage that can be compared, which no oracle has."""
        known = BY_NAME[stage]
        plain = not (pack_of(stage).oracle or known.random or known.of_model)
        return plain and self._asked("float64")[0].provides(stage)

    def consult(self, stage: str, inputs: Mapping[str, Any], precision: str) -> Mapping[str, Any]:
        """Its outputs by name; raises what it raises, and where they break the contract of the stage."""
        subject, instance = self._asked(precision)
        return subject(stage, inputs, instance=instance)

    def _asked(self, precision: str) -> tuple[Subject, Any]:
        if precision not in self._instances:
            # In a run of its own, so that nobody takes its calls, and what it breaks, for those of the check.
            subject = Subject(self.spec, RunContext(), self.device, precision)
            self._instances[precision] = subject, subject.fresh()
        return self._instances[precision]


_STANDING: Final[ContextVar[Reference | None]] = ContextVar("reference", default=None)


def standing_in(stage: str) -> Reference | None:
    """Who answers a stage in the place of an oracle, just now; None where nobody does, or there is an oracle."""
    reference = _STANDING.get()
    return reference if reference is not None and reference.answers(stage) else None


@contextmanager
def answered_by(reference: Reference | None) -> Iterator[None]:
    """Lets a reference, if there is one, answer the stages that no oracle does."""
    token = _STANDING.set(reference)
    try:
        yield
    finally:
        _STANDING.reset(token)


def references_of(subjects: Sequence[Subject], stage: str) -> tuple[Reference, ...]:
    """Those of two that have float64, the first that is listed before the other; none of one alone, and where there is
    an oracle.
    """
    if len(subjects) < 2 or pack_of(stage).oracle:
        return ()
    listed = subjects[0].context.part(Listed).specs
    places = {spec: place for place, spec in enumerate(listed)}
    ordered = sorted(subjects, key=lambda one: places.get(one.spec, len(places)))
    return tuple(Reference(one.spec, one.device) for one in ordered if _has_float64(one))


def references_beside(subject: Subject, stage: str) -> tuple[Reference, ...]:
    """The others of the run, as it lists them, that have a stage which no oracle answers, and float64."""
    if pack_of(stage).oracle:
        return ()
    others = (replace(subject, spec=one) for one in subject.context.part(Listed).specs if one != subject.spec)
    return tuple(Reference(one.spec, one.device) for one in others if provides(one, stage) and _has_float64(one))


def reference_of(subjects: Sequence[Subject], stage: str) -> Reference | None:
    """The first of them, if there is one."""
    return next(iter(references_of(subjects, stage)), None)


def provides(subject: Subject, stage: str) -> bool:
    """Whether a backend can be had and has a stage."""
    try:
        return subject.provides(stage)
    except Unavailable:
        return False


def _has_float64(subject: Subject) -> bool:
    try:
        _ = subject.in_float64().backend
    except (Unavailable, OutsideCapability):
        return False
    return True
