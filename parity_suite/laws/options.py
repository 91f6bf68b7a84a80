"""Which variants of a stage a backend is asked: its method need not take what the contract calls optional."""

from __future__ import annotations

from parity_suite.backends.subject import Subject
from parity_suite.core.case import Case, NarrowCase
from parity_suite.core.packs import BY_NAME


def taken(case: Case, stage: str, *subjects: Subject) -> Case:
    """The case without the options that one of the subjects does not take."""
    lacking = frozenset[str]().union(
        *(subject.lacks(stage) for subject in subjects if stage in BY_NAME and not BY_NAME[stage].of_model)
    )
    return NarrowCase(**vars(case), without=lacking) if lacking else case


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
