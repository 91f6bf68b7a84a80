"""Judgements on what ended a check before there was anything to measure."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from parity_suite.backends.raised import raised_by
from parity_suite.backends.subject import Backends, ContractBreach, Unavailable
from parity_suite.checks import Check
from parity_suite.compare.cause import Cause
from parity_suite.compare.finding import Verdict
from parity_suite.compare.judge import Judgement
from parity_suite.context import RunContext
from parity_suite.laws.registry import law_modules


def not_run(reason: str, cause: Cause) -> Judgement:
    """The judgement on a check that did not run."""
    return Judgement(Verdict.NOT_RUN, reason, (), cause=cause)


def of_breach(breach: ContractBreach) -> Judgement:
    """The judgement on a result that breaks the contract of its stage."""
    return Judgement(Verdict.CONTRACT, str(breach), (), cause=Cause.BROKEN_RULE, rules=breach.rules)


def of_exception(error: BaseException, classes: Iterable[type]) -> Judgement:
    """The judgement on a check in which something was raised, perhaps by one of the ``classes``."""
    raised = raised_by(error, classes, law_modules())
    return Judgement(Verdict.ERROR, f"{raised.type}: {raised.message}", (), cause=Cause.EXCEPTION, raised=raised)


def classes_of(context: RunContext, check: Check) -> list[type]:
    """The classes of its backends, as far as they can be loaded."""
    found: list[type] = []
    for spec in check.specs:
        with suppress(Unavailable):
            found.append(context.part(Backends).load(spec))
    return found
