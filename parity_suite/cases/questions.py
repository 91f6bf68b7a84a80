"""Whether what a law makes up is a question: inputs that keep their fields may mean nothing to a stage."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from parity_suite.backends.exceptions import NotProvided
from parity_suite.backends.subject import Subject
from parity_suite.backends.troubles import Troubles
from parity_suite.cases.reference import Listed, provides
from parity_suite.cases.rules import rules_of
from parity_suite.cases.variants import Variant, is_answered
from parity_suite.core.packs import BY_NAME


def answer_of(variant: Variant) -> Mapping[str, Any] | None:
    """The oracle's outputs by name; None where it has no finite answer, or the rules of the stage refuse the inputs."""
    try:
        rules_of(variant.stage).validate(variant.arguments)
        with np.errstate(all="ignore"):
            found = variant.expected
    except Exception:
        # Whatever the oracle cannot take proves nothing against a backend.
        return None
    return found if _is_finite(found) else None


def is_question(subject: Subject, variant: Variant) -> bool:
    """Whether there is an answer: the oracle's or, where there is none, a finite one of an instance that was not asked
    anything yet. What that raises is raised, unless it says that there is no answer.
    """
    if is_answered(variant.stage):
        return answer_of(variant) is not None
    if not _is_valid(variant):
        return False
    try:
        with subject.context.part(Troubles).noted() as broken, np.errstate(all="ignore"):
            subject(variant.stage, variant.inputs, instance=subject.fresh())
    except NotProvided:
        return True
    except Exception as error:
        if _is_refusal(variant.stage, error) or _has_no_value(error) or _none_answers(subject, variant):
            return False
        raise
    return not any(rule.rule == "finite" for one in broken for rule in getattr(one, "rules", ()))


def _is_valid(variant: Variant) -> bool:
    try:
        rules_of(variant.stage).validate(variant.arguments)
    except (TypeError, ValueError):
        return False
    return True


def _is_refusal(stage: str, error: Exception) -> bool:
    """Whether it names an input, as a refusal does and a mistake in the code that was asked does not."""
    named = set(re.findall(r"\w+", str(error)))
    return isinstance(error, TypeError | ValueError) and not named.isdisjoint(BY_NAME[stage].arguments)


def _has_no_value(error: Exception) -> bool:
    """Whether arithmetic ended in it where another way to write it ends in infinity or NaN."""
    return isinstance(error, ArithmeticError) or "LinAlgError" in type(error).__name__ or "domain error" in str(error)


def _none_answers(subject: Subject, variant: Variant) -> bool:
    """Whether there are others in the run that have the stage, and each of them raises something as well."""
    context = subject.context
    listed = (replace(subject, spec=one) for one in context.part(Listed).specs if one != subject.spec)
    others = [one for one in listed if provides(one, variant.stage)]
    return bool(others) and not any(_answers(one, variant) for one in others)


def _answers(subject: Subject, variant: Variant) -> bool:
    try:
        with subject.context.part(Troubles).noted(), np.errstate(all="ignore"):
            subject(variant.stage, variant.inputs, instance=subject.fresh())
    except Exception:
        return False
    return True


def _is_finite(outputs: Mapping[str, Any]) -> bool:
    return all(isinstance(one, str) or bool(np.isfinite(one).all()) for one in outputs.values())
