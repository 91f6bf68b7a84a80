"""Which side of a pair, and which stage of several, is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from parity_suite.backends.raised import one_line
from parity_suite.backends.subject import FAILURES, Subject
from parity_suite.cases.reference import Reference, answered_by
from parity_suite.compare.judge import Judgement
from parity_suite.core.about import ABOUT_NOTHING
from parity_suite.core.check import Check
from parity_suite.core.kinds import Kind
from parity_suite.core.packs import chain_of
from parity_suite.core.value import Value
from parity_suite.laws import pairs
from parity_suite.laws.tracing import composed_of, gravest, trace


@dataclass
class Draft:
    """What becomes known of a check beside its judgement, by the names of a finding's fields."""

    blame: str
    #: what the law shows
    facts: dict[str, Any] = field(default_factory=dict)
    kind: Kind | None = None
    other_kinds: tuple[Kind, ...] = ()
    looks_like: str = ""
    trace: Mapping[str, float] = field(default_factory=dict)
    distances: Mapping[str, float] = field(default_factory=dict)
    culprit: str = ""
    oracle_has: Value = None
    lacks: str = ""
    not_asked: str = ""
    not_located: str = ""


def locate(
    check: Check, subjects: Sequence[Subject], draft: Draft, judgement: Judgement, reference: Reference | None
) -> None:
    """Writes culprit, trace and blame of a failure into a draft; what cannot be told loses no finding. Without an
    oracle a ``reference`` tells which stage it is, and nobody which side.
    """
    try:
        _locate(check, subjects, draft, judgement, reference)
    except FAILURES as error:
        draft.not_located = f"{type(error).__name__}: {one_line(error)}"[:200]


def _locate(
    check: Check, subjects: Sequence[Subject], draft: Draft, judgement: Judgement, reference: Reference | None
) -> None:
    worst = judgement.worst
    parted = worst.about if worst else ABOUT_NOTHING
    if check.law == "pair":
        draft.distances = pairs.distances((subjects[0], subjects[1]), check.stage, check.case, parted)
        draft.culprit = pairs.culprit(draft.distances) if draft.distances else ""
        if worst and worst.place:
            # A chain calls what it measures as its last stage does.
            there = replace(parted, field=parted.field or worst.output) if chain_of(check.stage) else parted
            draft.oracle_has = pairs.oracle_at((subjects[0], subjects[1]), check.stage, check.case, there, worst.place)
    if parted.after:
        # What it left behind is its own, whoever found it.
        draft.blame = parted.after
        return
    if parted.wrt:
        # The trace is of values, of which a wrong gradient says nothing.
        return
    for subject in subjects if composed_of(check.stage) else ():
        with answered_by(reference):
            found = trace(subject, check.stage, check.case)
        stage = gravest(found)
        if stage or subject == subjects[-1]:
            draft.trace = found
        if stage:
            draft.blame = stage
            break
