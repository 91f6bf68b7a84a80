"""Calls of a stage asked of an instance that was made for them, and judged by the oracle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from parity_suite.backends.exceptions import NotProvided, Unavailable
from parity_suite.backends.subject import FAILURES, Subject
from parity_suite.backends.troubles import Outputs, Troubles
from parity_suite.backends.validate_inputs import validate_inputs
from parity_suite.cases.questions import answer_of
from parity_suite.cases.variants import Variant, is_answered
from parity_suite.compare.deviation import Deviation, Outcome
from parity_suite.compare.escalation import RoundOff
from parity_suite.compare.judge import Judgement, judge, taken_for_meant
from parity_suite.compare.widening import Widenings
from parity_suite.core.case import Conventions
from parity_suite.core.finding import Verdict
from parity_suite.core.packs import BY_NAME
from parity_suite.engine.breaches import broken_rules
from parity_suite.engine.endings import of_exception
from parity_suite.engine.oracle_sensitivity import ulp_of
from parity_suite.laws.coordinates import eps_factor_of
from parity_suite.laws.outputs import compare
from parity_suite.laws.registry import traits_of


@dataclass(frozen=True, eq=False)
class Call:
    """One question to a backend, in the mode that it was asked in, by conventions of its own."""

    stage: str
    inputs: Mapping[str, Any]
    mode: str = ""
    conventions: Conventions = ()

    @property
    def size(self) -> int:
        """Numbers in the inputs."""
        return sum(value.size for value in self.inputs.values() if isinstance(value, np.ndarray))

    @cached_property
    def variant(self) -> Variant:
        return Variant(self.stage, "shrunk", self.inputs, self.conventions)

    @cached_property
    def expected(self) -> Mapping[str, Any] | None:
        """The oracle's outputs by name; None where it has no answer, or the inputs break the stage's contract."""
        if not is_answered(self.stage):
            return None
        try:
            validate_inputs(BY_NAME[self.stage], self.inputs)
        except Exception:
            return None
        return answer_of(self.variant)


@dataclass(frozen=True)
class IsolatedSubject(Subject):
    """A subject with instances that nobody else asks, and a list of what they were asked."""

    asked: list[Call] = field(default_factory=list, compare=False, repr=False)
    instances: dict[tuple[str, ...], Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def backend(self) -> Any:
        key = (self.precision, self.mode)
        if key not in self.instances:
            self.instances[key] = self.fresh()
        return self.instances[key]

    def __call__(self, stage: str, inputs: Mapping[str, Any], **how: Any) -> Outputs:
        # Arrays that are handed over themselves may be written into later.
        kept = deepcopy(dict(inputs)) if how.get("form", "") is None else dict(inputs)
        self.asked.append(Call(stage, kept, self.mode, self.conventions(stage)))
        return super().__call__(stage, inputs, **how)


@dataclass(frozen=True, eq=False)
class Answer:
    """What the last of some calls gave."""

    judgement: Judgement
    got: Mapping[str, Any]

    def is_like(self, other: Answer) -> bool:
        """Whether this is the same failure, though maybe of fewer outputs."""
        return self.verdict is other.verdict and self.judgement.way.is_part_of(other.judgement.way)

    @property
    def verdict(self) -> Verdict:
        return self.judgement.verdict

    @property
    def of_budget(self) -> float:
        return max((one.of_budget for one in self.judgement.measured), default=0.0)


def alone(subject: Subject) -> IsolatedSubject:
    """The same with instances of its own."""
    return IsolatedSubject(
        subject.spec,
        subject.context,
        subject.device,
        subject.precision,
        subject.rounding,
        subject.mode,
        subject.unlimited,
    )


def asked_of(subject: Subject, calls: Sequence[Call]) -> tuple[Call, ...]:
    """The calls by the conventions of who is asked."""
    return tuple(replace(call, conventions=subject.conventions(call.stage)) for call in calls)


def budget_law(law: str) -> str:
    """The law whose budget the calls of a law are held to."""
    return law if traits_of(law).own_budget else "oracle"


def ask(subject: Subject, calls: Sequence[Call], law: str, known: Verdict) -> Answer | None:
    """The answer of a new instance to the last of the calls after the others; None where the oracle has none.

    What is wrong in float32 alone is no round-off only beside what it looks like, which no single call is asked: it is
    that where the ``known`` verdict on the check is ``semantic``.
    Raises ``Unavailable`` where the backend cannot be made and ``NotProvided`` where it has no such stage.
    """
    calls = asked_of(subject, calls)
    last = calls[-1]
    if any(call.expected is None for call in calls):
        return None
    one = alone(subject)
    try:
        with subject.context.part(Troubles).noted() as troubles:
            for call in calls:
                got = _as(one, call)(call.stage, call.inputs)
    except (NotProvided, Unavailable):
        raise
    except FAILURES as error:
        return Answer(of_exception(error, [subject.cls]), {})
    answer = _judged(_as(one, last), calls, law, got, list(broken_rules(troubles)))
    return replace(answer, judgement=taken_for_meant(answer.judgement)) if known is Verdict.SEMANTIC else answer


def _as(subject: IsolatedSubject, call: Call) -> IsolatedSubject:
    return replace(subject, mode=call.mode)


def _judged(
    subject: IsolatedSubject, calls: Sequence[Call], law: str, got: Mapping[str, Any], broken: Sequence[Outcome]
) -> Answer:
    """The judgement as a run makes it, without a second run of the oracle where float64 is the evidence."""
    variant = calls[-1].variant
    finer: list[Outcome] = []

    def again() -> Sequence[Outcome] | None:
        finer.extend(_in_float64(subject, calls))
        return finer or None

    def ulp() -> RoundOff:
        return {} if finer else ulp_of(variant)

    outcomes = [*_outcomes(subject, calls[-1], got), *broken]
    in_float64 = again if subject.precision == "float32" else None
    named = variant.stage, budget_law(law), subject.precision
    judgement = judge(*named, outcomes, in_float64, ulp, subject.context.part(Widenings).of(*named))
    return Answer(judgement, got)


def _in_float64(subject: IsolatedSubject, calls: Sequence[Call]) -> list[Outcome]:
    """What the same calls give in float64; nothing where the backend has none, or fails in it."""
    wide = replace(subject, precision="float64", instances={})
    try:
        for call in calls:
            got = _as(wide, call)(call.stage, call.inputs)
        return _outcomes(_as(wide, calls[-1]), calls[-1], got)
    except FAILURES:
        return []


def _outcomes(subject: IsolatedSubject, call: Call, got: Mapping[str, Any]) -> list[Outcome]:
    assert call.expected is not None
    found = list(compare(call.variant, got, call.expected))
    coarse = eps_factor_of(subject, call.stage, call.inputs)
    return [replace(o, eps_factor=coarse) if isinstance(o, Deviation) else o for o in found]


def plain(value: Any) -> Any:
    """A scalar of NumPy's as Python's own."""
    return value.item() if isinstance(value, np.generic) else value
