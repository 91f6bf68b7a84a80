"""From a check that failed to what shows it: calls on which the backend parts from the oracle, or a smaller case."""

from __future__ import annotations

import io
import logging
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from parity_suite.backends.exceptions import NotProvided
from parity_suite.cases.missing import Missing
from parity_suite.cases.of_pack import cases_of, elements, taken_cases
from parity_suite.cases.reference import Reference, answered_by, reference_of
from parity_suite.cases.variants import is_answered, variants
from parity_suite.core.backend_spec import BackendSpec
from parity_suite.core.case import Case
from parity_suite.core.check import Check
from parity_suite.core.context import RunContext
from parity_suite.core.finding import Finding, Verdict
from parity_suite.core.packs import pack_of
from parity_suite.engine.policy import Diagnosing, Policy
from parity_suite.engine.runner import Runner
from parity_suite.laws.pairs import pair_cases
from parity_suite.laws.registry import law_of, traits_of
from parity_suite.replay.evaluate import Answer, Call, IsolatedSubject, alone, ask, asked_of
from parity_suite.replay.shrink import Failure, shrink

#: Seconds that looking for the calls of one failure, and making them smaller, may take.
SECONDS: Final = 4.0
#: A check that took longer is not run again.
_AGAIN: Final = 1.5
#: Of these, so much is for finding calls at all.
_FINDING: Final = 2.0
#: Of the calls of a law so many, from the last, are asked again.
_MOST_CALLS: Final = 200


def isolating(device: str) -> Policy:
    """The policy that asks instances which nobody asked before, and which remember what they were asked.

    The check itself has said what kind of mistake it looks like; here it is asked where the verdict hangs on it.
    """
    chosen = "cuda" if device == "cuda" else "auto"
    return Policy(chosen, prepared=alone, diagnosing=Diagnosing.IF_DECISIVE)


@dataclass(frozen=True, eq=False)
class Evidence:
    """What a folder is made from. Without a ``failure`` it is the law on a case, which no single call shows."""

    check: Check
    #: of the check as it is here: that of a smaller case, or the one that was found
    finding: Finding
    #: the backend that the calls are asked of
    spec: BackendSpec
    failure: Failure | None
    #: the same calls as they were found, before they were made smaller
    found: Failure | None
    #: whether a new instance, asked this and nothing before, fails too; None where it was not tried, or fails otherwise
    fails_alone: bool | None
    seconds: float
    #: who gave what is wanted of the calls, where there is no oracle
    reference: Reference | None = None


def find(context: RunContext, check: Check, finding: Finding) -> Evidence:
    """The smallest evidence that a few seconds give; what the backend prints meanwhile is dropped."""
    with _quiet():
        return _found(context, check, finding)


@contextmanager
def _quiet() -> Iterator[None]:
    """Asked a thousand times, a backend would bury the failure under its messages."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def _found(context: RunContext, check: Check, finding: Finding) -> Evidence:
    start = time.perf_counter()
    runner = Runner(context, isolating(check.device))
    again, run = runner.ask(check) if finding.seconds <= _AGAIN else (None, None)
    fails_alone = _fails_alone(again, finding)
    asked = run.subjects if run else [runner.subject(check, spec) for spec in check.specs]
    subjects = [one for one in asked if isinstance(one, IsolatedSubject) and finding.culprit in ("", one.name)]
    reference = reference_of(subjects, check.stage)
    subjects = [one for one in subjects if reference is None or one.spec != reference.spec]
    with answered_by(reference):
        for subject, failure in _failures(check, finding, subjects, start + _FINDING):
            small = shrink(subject, failure, check.law, start + SECONDS)
            seconds = time.perf_counter() - start
            return Evidence(check, finding, subject.spec, small, failure, fails_alone, seconds, reference)
    if fails_alone:
        check, finding = _smallest_case(context, check, finding, start + SECONDS)
    return Evidence(check, finding, check.specs[0], None, None, fails_alone, time.perf_counter() - start)


def _fails_alone(again: Finding | None, found: Finding) -> bool | None:
    """Whether a law that was asked again fails as it did; None where it was not asked, or fails otherwise."""
    if again is None or not (again.passed or _same(again, found)):
        return None
    return not again.passed


def _failures(
    check: Check, finding: Finding, subjects: Sequence[IsolatedSubject], deadline: float
) -> Iterator[tuple[IsolatedSubject, Failure]]:
    """Calls that show what was found on an instance of their own: single ones first, the smallest first; then those
    that do so after the call before them.
    """
    single = [(one, (call,)) for one in subjects for call in _calls(check, finding, one)]
    after = [
        (one, (first, second))
        for one in subjects
        for first, second in zip(one.asked[:-1], one.asked[1:], strict=True)
        if first.mode == second.mode
    ]
    for subject, calls in [*sorted(single, key=_size), *sorted(after, key=_size)]:
        if time.perf_counter() > deadline:
            return
        try:
            answer = ask(subject, calls, check.law, finding.verdict)
        except NotProvided:
            continue
        if answer is not None and _shows(finding, calls[-1], answer):
            yield subject, Failure(calls, answer)


def _same(one: Finding, found: Finding) -> bool:
    """Whether a law that was asked again fails as it did."""
    return one.verdict is found.verdict and one.way.shows(found.way)


def _shows(finding: Finding, call: Call, answer: Answer) -> bool:
    """Whether the answer to a call is a part of what a law found, and not something else that is wrong as well."""
    verdicts = {answer.verdict, finding.verdict}
    # Of a law that looks for its inputs anew in float64, a failing call says better what kind of error it is.
    if len(verdicts) > 1 and not (traits_of(finding.law).drawn and verdicts <= {Verdict.NUMERICAL, Verdict.SEMANTIC}):
        return False
    if call.stage not in (finding.stage, finding.blame):
        return False
    # What a chain gives is named otherwise than what a stage of it does.
    found = finding.way if call.stage == finding.stage else replace(finding.way, fields=frozenset())
    return answer.judgement.way.shows(found)


def _size(found: tuple[IsolatedSubject, tuple[Call, ...]]) -> int:
    return sum(call.size for call in found[1])


def _calls(check: Check, finding: Finding, subject: IsolatedSubject) -> list[Call]:
    """What the law asked; what it would ask of a stage that was blamed in the place of a chain."""
    asked = list(subject.asked[-_MOST_CALLS:])
    stage = finding.blame or check.stage
    if is_answered(stage) and not any(call.stage == stage for call in asked):
        with suppress(Missing):
            found = variants(subject.context, check.case, stage, check.precision)
            asked += asked_of(subject, [Call(stage, one.inputs) for one in found])
    return asked


def _smallest_case(context: RunContext, check: Check, finding: Finding, deadline: float) -> tuple[Check, Finding]:
    """The smallest case of the law on which it fails in the same way, as far as there is time for each."""
    cost = partial(_cost, check.stage)
    for case in sorted(_cases(check), key=cost):
        if cost(case) >= cost(check.case) or time.perf_counter() + finding.seconds > deadline:
            break
        smaller = replace(check, case=case)
        found = Runner(context, isolating(check.device)).run(smaller)
        if found.cause is finding.cause and _same(found, finding):
            return smaller, found
    return check, finding


def _cases(check: Check) -> list[Case]:
    if check.stage == "preflight" or check.case.kind == "file":
        return []
    name = pair_cases(check.stage) if check.law == "pair" else law_of(check.law, check.stage).cases
    return list(taken_cases(check.stage, cases_of(pack_of(check.stage), name)))


def _cost(stage: str, case: Case) -> tuple[bool, int]:
    """Datasets are larger than whatever is made for a case."""
    return (bool(case.source), elements(stage, case))
