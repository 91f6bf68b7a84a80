"""Runs one check: makes the subject, applies the law, judges what it measured."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from parity_suite.backends.exceptions import ContractBreach, NotProvided, OutsideCapability, Unavailable
from parity_suite.backends.parameters import settings_of
from parity_suite.backends.subject import FAILURES, Subject, record_calls
from parity_suite.backends.troubles import LeftOut, Troubles
from parity_suite.cases.missing import Missing
from parity_suite.cases.reference import Reference, reference_of, references_beside, references_of
from parity_suite.cases.variants import variants
from parity_suite.compare.deviation import Deviation, Outcome
from parity_suite.compare.escalation import Float64Rerun, RoundOff
from parity_suite.compare.exhibit import ARTIFACTS, Artifact, Blame
from parity_suite.compare.judge import Judgement, judge, may_be_meant, meant
from parity_suite.compare.widening import Widenings
from parity_suite.core.backend_spec import BackendSpec
from parity_suite.core.by_convention import FACT, Apart, apart
from parity_suite.core.case import Conventions
from parity_suite.core.cause import Cause
from parity_suite.core.check import Check
from parity_suite.core.context import RunContext
from parity_suite.core.finding import Finding, Verdict
from parity_suite.core.packs import BY_NAME
from parity_suite.engine.admission import NOTHING_TO_ASK, Admission, NotRun, judge_preflight, methods_of
from parity_suite.engine.artifacts import ArtifactWriter
from parity_suite.engine.blame import Draft, locate
from parity_suite.engine.breaches import also_raised, broken_rules, exceptions
from parity_suite.engine.endings import classes_of, not_run, of_exception
from parity_suite.engine.oracle_sensitivity import ulp_errors
from parity_suite.engine.policy import CheckRun, Diagnosing, Judging, Policy
from parity_suite.laws import pairs
from parity_suite.laws.coordinates import with_places
from parity_suite.laws.options import left_out, taken
from parity_suite.laws.registry import Stored, law_of, traits_of
from parity_suite.laws.snapshot import against
from parity_suite.snapshots.anchors import describe


class Runner:
    """Runs the checks of one run by one policy."""

    def __init__(
        self, context: RunContext, policy: Policy | None = None, exhibition: ArtifactWriter | None = None
    ) -> None:
        self.context = context
        self.policy = policy or Policy()
        self.exhibition = exhibition or ArtifactWriter()
        self._admission = Admission(context, self.policy)

    def run(self, check: Check) -> Finding:
        """The finding of a check; never raises for anything that a backend does."""
        return self.ask(check)[0]

    def ask(self, check: Check, judging: Judging | None = None) -> tuple[Finding, CheckRun]:
        """The finding of a check, and what is left of its run; ``judging`` takes the place of its law."""
        start = time.perf_counter()
        run = CheckRun(check, Draft(check.stage))
        judgement = self._judgement(run, judging)
        finding = check.finding(
            judgement.verdict,
            judgement.reason,
            evidence=judgement.evidence,
            measured=judgement.measured,
            cause=judgement.cause,
            decided_by=judgement.decided_by,
            rules=judgement.rules,
            raised=judgement.raised,
            implementation=judgement.implementation,
            seconds=time.perf_counter() - start,
            **vars(run.draft),
        )
        return finding, run

    def subject(self, check: Check, spec: BackendSpec) -> Subject:
        """The one that is asked."""
        return self.policy.prepared(Subject(spec, self.context, check.device, check.precision, check.precision))

    def stored(self, check: Check) -> Stored | None:
        """What an update would store for a law that holds to stored numbers; None for any other law, and where the
        backend cannot be asked here.
        """
        try:
            stores = law_of(check.law, check.stage).stores
            if stores is None:
                return None
            subject = self.subject(check, check.specs[0])
            self._admission.admit(check, subject)
            return stores(subject, check.stage, check.case)
        except Exception:
            # The check itself runs next and says what is wrong.
            return None

    def _judgement(self, run: CheckRun, judging: Judging | None) -> Judgement:
        """The judgement, whatever is raised on the way."""
        try:
            return self._judge(run, judging)
        except FAILURES as problem:
            return self._ended(run, problem)

    def _ended(self, run: CheckRun, problem: BaseException) -> Judgement:
        """The judgement on what ended a check, or a part of it."""
        check, draft = run.check, run.draft
        if isinstance(problem, NotProvided):
            draft.lacks = problem.lacks
            said = str(problem) if isinstance(problem, OutsideCapability) else f"not provided: {problem}"
            return not_run(said, problem.cause)
        if isinstance(problem, NotRun | Missing):
            return not_run(str(problem), problem.cause)
        if isinstance(problem, Unavailable):
            return self._admission.unavailable(run, problem)
        draft.blame = next((call.stage for call in reversed(run.calls) if call.error is problem), draft.blame)
        self._diagnose(run, problem=problem)
        if isinstance(problem, ContractBreach):
            draft.blame = problem.stage
            return judge(check.stage, check.law, check.precision, list(broken_rules([problem])))
        return of_exception(problem, classes_of(self.context, check))

    def _judge(self, run: CheckRun, judging: Judging | None) -> Judgement:
        check = run.check
        run.subjects = [self.subject(check, spec) for spec in check.specs]
        for subject in run.subjects:
            self._admission.admit(check, subject)
        if check.stage == "preflight":
            return judge_preflight(run.subjects[0], run.draft.facts)
        for subject in run.subjects:
            self._admission.preflight(subject)
        if judging is not None:
            return judging(run.subjects[0], run.draft)
        return self._judge_by_law(run)

    def _judge_by_law(self, run: CheckRun) -> Judgement:
        check, draft, subjects = run.check, run.draft, run.subjects
        law = self._law(check)
        for subject in subjects:
            subject.need(*methods_of(check))
        with record_calls(self.context, run.calls), self.context.part(LeftOut).noted() as outside:
            shown, troubles, ended = self._gathered(law, subjects)
            outcomes = self.exhibition.take(check, shown, draft.facts)
        outcomes += broken_rules(troubles)
        run.measured = len(outcomes)
        for told in shown:
            if isinstance(told, Blame):
                draft.blame = told.stage
        if without := ", ".join(filter(None, (left_out(check.stage, *subjects), *map(str, outside)))):
            draft.not_asked = without
            if not outcomes and ended is None:
                raise outside[0] if outside else NotProvided(without, Cause.OUTSIDE_CAPABILITY, check.stage)
        outcomes += also_raised(troubles, classes_of(self.context, check))
        if ended is None:
            return self._judge_outcomes(run, outcomes, troubles)
        judged = self._judge_outcomes(run, outcomes, troubles) if outcomes else None
        return self._judge_what_ended(run, judged, ended)

    def _judge_what_ended(self, run: CheckRun, judged: Judgement | None, ended: BaseException) -> Judgement:
        """The judgement where a law could not go on to its end: that is no reason to lose what was wrong before it."""
        red = judged is not None and judged.verdict is not Verdict.OK
        if judged and red and isinstance(ended, NOTHING_TO_ASK):
            return judged
        end = self._ended(run, ended)
        if judged is None or (end.verdict is Verdict.NOT_RUN and not red):
            return end
        if end.verdict is Verdict.NOT_RUN:
            return judged
        reason = "; ".join(filter(None, (end.reason, judged.reason)))
        return replace(end, reason=reason, measured=judged.measured, rules=judged.rules)

    def _judge_outcomes(
        self, run: CheckRun, outcomes: Sequence[Outcome], troubles: Sequence[BaseException]
    ) -> Judgement:
        """The judgement on what a law measured and broke."""
        check, draft = run.check, run.draft
        breach = next((one for one in troubles if isinstance(one, ContractBreach)), None)
        if breach is not None:
            draft.blame = breach.stage
        named = check.stage, check.law, check.precision
        widening = self.context.part(Widenings).of(*named)
        judgement = judge(*named, outcomes, *self._evidence(run, outcomes), widening)
        if breach is not None and judgement.verdict is Verdict.CONTRACT:
            self._diagnose(run, problem=breach)
            return judgement
        if judgement.verdict is Verdict.OK:
            return judgement
        with record_calls(self.context, run.calls):
            locate(check, run.subjects, draft, judgement, reference_of(run.subjects, check.stage))
        self._diagnose(run, outcomes, judgement)
        return meant(judgement, draft.kind)

    def _law(self, check: Check) -> Callable[..., Iterator[Outcome | Artifact]]:
        if check.law == "pair":
            return lambda one, two: pairs.pair(one, two, check.stage, taken(check.case, check.stage, one, two))
        law = law_of(check.law, check.stage)
        # What is stored is of the default conventions.
        own = self.subject(check, check.specs[0]).conventions(check.stage)
        if law.traits.of_oracle and self.policy.updating and not own:
            stored = anchor_of_oracle(self.context, check)
            return lambda subject: against(stored, subject, check.stage, check.case)
        if law.of_pairs:
            return lambda one, two: law.run(one, two, check.stage, taken(check.case, check.stage, one, two))
        return lambda subject: with_places(law.run, subject, check.stage, taken(check.case, check.stage, subject))

    def _evidence(
        self, run: CheckRun, outcomes: Sequence[Outcome]
    ) -> tuple[Float64Rerun | None, Callable[[], RoundOff] | None]:
        """What repeats the law in float64, and what gives the errors that one ulp of input makes."""
        if not self.policy.evidence:
            return tuple, None
        deviations = [one for one in outcomes if isinstance(one, Deviation)]
        return self._again(run.check, run.subjects), partial(
            ulp_errors, self.context, run.check, deviations, run.subjects
        )

    def _again(self, check: Check, subjects: Sequence[Subject]) -> Float64Rerun | None:
        # A search in float64 finds other inputs, on which another error is no evidence.
        if check.precision == "float64" or traits_of(check.law).drawn:
            return None
        finer = [subject.in_float64() for subject in subjects]
        try:
            for subject in finer:
                _ = subject.backend
        except (Unavailable, OutsideCapability):
            return None
        law = self._law(check)

        def again() -> Sequence[Outcome] | None:
            found, _, ended = self._gathered(law, finer)
            if ended is not None and not isinstance(ended, NOTHING_TO_ASK):
                # A backend that says it knows float64 and fails in it is no reason to lose what was measured.
                return None
            return [one for one in found if not isinstance(one, ARTIFACTS)] or None

        return again

    def _gathered(
        self, law: Callable[..., Iterator[Outcome | Artifact]], subjects: Sequence[Subject]
    ) -> tuple[list[Outcome | Artifact], list[BaseException], BaseException | None]:
        """What a law measured, what went wrong in it, and what of that, if anything, it could not go on without."""
        found: list[Outcome | Artifact] = []
        stopped: BaseException | None = None
        part = self.context.part(Troubles)
        with part.noted() as noted:
            try:
                for one in law(*subjects):
                    found.append(one)
            except NOTHING_TO_ASK as problem:
                stopped = problem
            except FAILURES as problem:
                part.add(problem)
        return found, noted, next(iter(exceptions(noted)), stopped)

    def _diagnose(
        self,
        run: CheckRun,
        outcomes: Sequence[Outcome] = (),
        judgement: Judgement | None = None,
        problem: BaseException | None = None,
    ) -> None:
        """Says what kind of mistake it looks like, when the policy wants it."""
        from parity_suite.diagnosis import Failure, kind_and_words

        check, draft = run.check, run.draft
        failure = Failure(check, draft.blame, run.calls, outcomes, judgement, problem, classes_of(self.context, check))
        unnamed = self.policy.unnamed
        references = _references(run, draft.blame)
        if self.policy.diagnosing is Diagnosing.LATER:
            run.diagnosis = lambda: kind_and_words(failure, unnamed, references).kind
        elif self.policy.diagnosing is Diagnosing.ALWAYS or (judgement is not None and may_be_meant(judgement)):
            found = kind_and_words(failure, unnamed, references)
            draft.kind, draft.other_kinds, draft.looks_like = found.kind, found.others, found.words
            if check.law == "pair" and found.convention[1]:
                told = draft.facts.get(FACT, [])
                draft.facts[FACT] = [*told, *(one.to_json() for one in _undeclared(run, *found.convention))]


def _references(run: CheckRun, stage: str) -> tuple[Reference, ...]:
    """Who can stand in for an oracle in the diagnosis of a stage: one of two or, of one alone, who is listed beside."""
    if stage not in BY_NAME:
        return ()
    return references_of(run.subjects, stage) or tuple(
        other for one in run.subjects[:1] if len(run.subjects) == 1 for other in references_beside(one, stage)
    )


def _undeclared(run: CheckRun, backend: str, settings: Conventions) -> list[Apart]:
    """What the sides of a pair have by settings that one of them was found to have."""
    stage, (first, second) = run.draft.blame, run.subjects
    has = {one.name: settings_of(one.cls, stage) for one in (first, second)}
    has[backend] = {**has[backend], **dict(settings)}
    every = apart(stage, (first.name, second.name), has[first.name], has[second.name], declared=False)
    return [one for one in every if one.convention in dict(settings)]


def anchor_of_oracle(context: RunContext, check: Check) -> dict[str, dict[str, Any]]:
    """The statistics that an update would store."""
    stage = check.stage
    return describe(stage, {v.name: v.expected for v in variants(context, check.case, stage, "float64")})
