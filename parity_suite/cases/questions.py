"""Whether what a law makes up is a question: inputs that keep their fields may mean nothing to a stage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from parity_suite.backends.exceptions import NotProvided
from parity_suite.backends.subject import Subject
from parity_suite.backends.troubles import Troubles
from parity_suite.cases.rules import rules_of
from parity_suite.cases.variants import Variant, is_answered


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
    anything yet.
    """
    if is_answered(variant.stage):
        return answer_of(variant) is not None
    try:
        rules_of(variant.stage).validate(variant.arguments)
        with subject.context.part(Troubles).noted() as broken, np.errstate(all="ignore"):
            subject(variant.stage, variant.inputs, instance=subject.fresh())
    except NotProvided:
        return True
    except (TypeError, ValueError):
        return False
    return not any(rule.rule == "finite" for one in broken for rule in getattr(one.problem, "rules", ()))


def _is_finite(outputs: Mapping[str, Any]) -> bool:
    return all(isinstance(one, str) or bool(np.isfinite(one).all()) for one in outputs.values())
