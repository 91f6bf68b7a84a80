"""Judgements on what ended a check before there was anything to measure."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from parity_suite.backends.exceptions import Unavailable
from parity_suite.backends.raised import raised_by
from parity_suite.backends.subject import Backends
from parity_suite.compare.judge import Judgement
from parity_suite.core.cause import Cause
from parity_suite.core.check import Check
from parity_suite.core.context import RunContext
from parity_suite.core.finding import Finding, Verdict
from parity_suite.engine.watchdog.watch import TimeLimit
from parity_suite.laws.registry import law_modules


def not_run(reason: str, cause: Cause) -> Judgement:
    """The judgement on a check that did not run."""
    return Judgement(Verdict.NOT_RUN, reason, (), cause=cause)


def of_exception(error: BaseException, classes: Iterable[type]) -> Judgement:
    """The judgement on a check in which something was raised, perhaps by one of the ``classes``."""
    raised = raised_by(error, classes, law_modules())
    reason, cause = f"{raised.type}: {raised.message}", Cause.EXCEPTION
    return Judgement(Verdict.ERROR, reason, (), cause=cause, raised=raised)


def too_long(check: Check, context: RunContext, limit: TimeLimit) -> Finding:
    """The finding of a check that was stopped."""
    found = of_exception(limit, classes_of(context, check))
    return check.finding(found.verdict, found.reason, cause=found.cause, raised=found.raised, seconds=limit.seconds)


def classes_of(context: RunContext, check: Check) -> list[type]:
    """The classes of its backends, as far as they can be loaded."""
    found: list[type] = []
    for spec in check.specs:
        with suppress(Unavailable):
            found.append(context.part(Backends).load(spec))
    return found
