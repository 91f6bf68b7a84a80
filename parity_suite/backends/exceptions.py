"""Why a backend is not asked, cannot be had, or has broken a contract: what laws and checks are ended by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from parity_suite.contracts import Violation
from parity_suite.core.cause import Cause
from parity_suite.core.way import NOTHING_RAISED, Raised, Rule


class NotProvided(Exception):
    """The backend's class does not define what the check asks for, or says that it cannot do it."""

    def __init__(self, what: str, cause: Cause = Cause.NOT_PROVIDED, lacks: str = "") -> None:
        super().__init__(what)
        self.cause = cause
        #: the method, stage or option, as ``what`` names it
        self.lacks = lacks


class OutsideCapability(NotProvided):
    """The backend defines what the check asks for, and declares that it cannot do this; ``lacks`` is the limit."""

    def __init__(self, cls: type[Any], limit: str) -> None:
        super().__init__(f"outside what {cls.__name__} declares: {limit}", Cause.OUTSIDE_CAPABILITY, limit)


class Unavailable(Exception):
    """What was asked for by name cannot be had: a framework, a class, a device. ``problem`` stood against it.

    ``mistake`` is the place of it, where nothing was raised.
    """

    def __init__(
        self,
        what: str,
        cause: Cause = Cause.UNAVAILABLE,
        problem: BaseException | None = None,
        mistake: Raised = NOTHING_RAISED,
    ) -> None:
        super().__init__(what)
        self.cause = cause
        self.problem = problem
        self.mistake = mistake


class ContractBreach(Exception):
    """A stage returned something else than its contract says."""

    def __init__(self, stage: str, what: str, *broken: tuple[str, str]) -> None:
        """``broken`` are field and rule, of which ``what`` is about the first."""
        super().__init__(f"{stage} {what}")
        self.stage = stage
        #: which rules of the contract are broken
        self.rules = tuple(Rule(field, rule, str(self)) for field, rule in broken)
        #: the :class:`parity_suite.backends.subject.Call` of the stage that broke it, where it was one
        self.call: Any = None

    @staticmethod
    def returned(stage: str, violations: Sequence[Violation]) -> ContractBreach:
        """That of a result with violations."""
        said = [str(one) for one in violations]
        breach = ContractBreach(stage, f"returned {'; '.join(said)}")
        clauses = [f"{stage} returned {said[0]}", *said[1:]]
        breach.rules = tuple(Rule(one.field, one.rule, clause) for one, clause in zip(violations, clauses, strict=True))
        return breach


def no_output(cls: type[Any], stage: str, name: str) -> OutsideCapability:
    """What is raised where an output is asked for that a class declares not to return."""
    return OutsideCapability(cls, f"{stage} without {name}")
