"""Which variants of a stage a backend is asked: not those of an option that its method does not take, nor those that
its class declares to be outside of what it can do; and by which conventions.
"""

from __future__ import annotations

from parity_suite.backends.capabilities import EVERYTHING
from parity_suite.backends.subject import Subject
from parity_suite.core.case import Case, NarrowCase
from parity_suite.core.packs import BY_NAME


def taken(case: Case, stage: str, *subjects: Subject) -> Case:
    """The case without the variants that one of the subjects cannot be asked, by the conventions that they share."""
    if stage not in BY_NAME or BY_NAME[stage].of_model:
        return case
    lacking = frozenset[str]().union(*(subject.lacks(stage) for subject in subjects))
    limited = tuple(subject for subject in subjects if subject.limits is not EVERYTHING)
    said = {subject.conventions(stage) for subject in subjects}
    conventions = said.pop() if len(said) == 1 else ()
    narrow = NarrowCase(**vars(case.whole), without=lacking, subjects=limited, conventions=conventions)
    return narrow if lacking or limited or conventions else case


def left_out(stage: str, *subjects: Subject) -> str:
    """What is not asked of subjects for want of an option; empty where they take all."""
    lacking = {
        subject: subject.lacks(stage) for subject in subjects if stage in BY_NAME and not BY_NAME[stage].of_model
    }
    return ", ".join(
        f"{subject.cls.__name__}.{stage} takes no {name}"
        for subject, names in lacking.items()
        for name in sorted(names)
    )
