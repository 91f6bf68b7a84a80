"""Runs one check: makes the subject, applies the law, judges what it measured."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from typing import Any

import numpy as np

from parity_suite.anchors import Content, describe
from parity_suite.backends.preflight import Preflight, preflight
from parity_suite.backends.raised import one_line, raised_by
from parity_suite.backends.registry import BackendSpec
from parity_suite.backends.subject import FAILURES, Call, ContractBreach, NotProvided, Subject, Unavailable, heard_in
from parity_suite.cases.variants import variants
from parity_suite.cases.world import Missing
from parity_suite.checks import Check
from parity_suite.compare.about import ABOUT_NOTHING
from parity_suite.compare.cause import Cause
from parity_suite.compare.deviation import Bound, Deviation, Outcome
from parity_suite.compare.exhibit import EXHIBITS, Blame, Exhibit
from parity_suite.compare.finding import Finding, Verdict
from parity_suite.compare.judge import Again, Judgement, RoundOff, judge, meant
from parity_suite.compare.kinds import Kind
from parity_suite.compare.value import Value
from parity_suite.compare.way import NOTHING_RAISED, missing
from parity_suite.endings import classes_of, not_run, of_breach, of_exception
from parity_suite.exhibition import Exhibition
from parity_suite.laws import pairs
from parity_suite.laws.learned import learned
from parity_suite.laws.options import left_out, taken
from parity_suite.laws.registry import law_modules, law_of
from parity_suite.laws.snapshot import against
from parity_suite.laws.tracing import COMPOSED, first_to_part, trace
from parity_suite.laws.trained import trained_statistics
from parity_suite.laws.translations import on_every_translation
from parity_suite.pipeline import METHODS
from parity_suite.round_off import ulp_errors


class NotRun(Exception):
    """A check that cannot or need not run here, with the reason."""

    def __init__(self, reason: str, cause: Cause) -> None:
        super().__init__(reason)
        self.cause = cause


@dataclass
class Draft:
    """What becomes known of a check beside its judgement, by the names of a finding's fields."""

    blame: str
    #: what the law shows
    facts: dict[str, Any] = field(default_factory=dict)
    kind: Kind | None = None
    looks_like: str = ""
    trace: Mapping[str, float] = field(default_factory=dict)
    distances: Mapping[str, float] = field(default_factory=dict)
    culprit: str = ""
    oracle_has: Value = None
    lacks: str = ""
    not_asked: str = ""
    not_located: str = ""


class Runner:
    """Runs checks in one process; ``device`` is the setting ``auto``, ``cpu`` or ``cuda``, and ``translations`` names
    the implementation of ``translate`` that a backend is made with, by the backend's name.
    """

    def __init__(
        self,
        device: str = "auto",
        updating: bool = False,
        exhibition: Exhibition | None = None,
        translations: Mapping[str, str] | None = None,
    ) -> None:
        self.device = device
        self.updating = updating
        self.exhibition = exhibition or Exhibition()
        self.translations = translations or {}
        #: faults that a diagnosis must do without
        self.unnamed: frozenset[str] = frozenset()
        #: what was said once in this process and need not fail forty checks
        self._said: set[tuple[Any, ...]] = set()

    def run(self, check: Check) -> Finding:
        """The finding of a check; never raises for anything that a backend does."""
        start = time.perf_counter()
        draft = Draft(check.stage)
        heard: list[Call] = []
        try:
            judgement = self._judge(check, draft, heard)
        except NotProvided as reason:
            judgement, draft.lacks = not_run(f"not provided: {reason}", reason.cause), reason.lacks
        except (NotRun, Missing) as reason:
            judgement = not_run(str(reason), reason.cause)
        except ContractBreach as breach:
            judgement = of_breach(breach)
            draft.blame = breach.stage
            self._diagnose(check, draft, heard, problem=breach)
        except Unavailable as error:
            judgement = self._unavailable(check, error)
        except FAILURES as error:
            judgement = of_exception(error, classes_of(check))
            self._diagnose(check, draft, heard, problem=error)
        return check.finding(
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
            **vars(draft),
        )

    def trained(self, check: Check) -> Content | None:
        """The statistics that an update would store as a baseline; None where the backend cannot be trained here."""
        try:
            subject = self._subject(check, check.specs[0])
            self._admit(check, subject)
            return trained_statistics(learned(subject, check.case), check.case)
        except Exception:
            # The check itself runs next and says what is wrong.
            return None

    def _judge(self, check: Check, draft: Draft, heard: list[Call]) -> Judgement:
        subjects = [self._subject(check, spec) for spec in check.specs]
        for subject in subjects:
            self._admit(check, subject)
        if check.stage == "preflight":
            return _judge_preflight(subjects[0], draft.facts)
        for subject in subjects:
            self._arithmetic(subject)
        law = self._law(check)
        for subject in subjects:
            subject.need(*_methods(check))
        with heard_in(heard):
            shown, stopped = _gathered(law(*subjects))
            outcomes = self.exhibition.take(check, shown, draft.facts)
        for told in shown:
            if isinstance(told, Blame):
                draft.blame = told.stage
        if stopped is not None and not outcomes:
            raise stopped
        if without := left_out(check.stage, *subjects):
            draft.not_asked = without
            if not outcomes:
                raise NotProvided(without, Cause.OUTSIDE_CAPABILITY, check.stage)
        again = self._again(check, subjects)
        judgement = judge(check.stage, check.law, check.precision, outcomes, again, self._ulp(check, outcomes))
        if judgement.verdict is not Verdict.OK:
            with heard_in(heard):
                self._explain(check, subjects, draft, judgement)
            self._diagnose(check, draft, heard, outcomes, judgement)
            judgement = meant(judgement, draft.kind)
        elif stopped is not None:
            raise stopped
        return judgement

    def _subject(self, check: Check, spec: BackendSpec) -> Subject:
        chosen = self.translations.get(spec.name, "")
        return Subject(spec, check.device, check.precision, check.precision, translation=chosen)

    def _admit(self, check: Check, subject: Subject) -> None:
        """Stops a check whose device is not wanted or not there, and one whose backend cannot be made."""
        if check.device == "cuda":
            if self.device == "cpu":
                raise NotRun("--parity-device cpu", Cause.NO_DEVICE)
            devices = getattr(subject.cls, "devices", None)
            if devices is None or "cuda" not in devices():
                if self.device == "cuda":
                    raise Unavailable(f"--parity-device cuda, but {subject.name} finds no CUDA device")
                raise NotRun("no CUDA device here", Cause.NO_DEVICE)
        elif self.device == "cuda":
            raise NotRun("--parity-device cuda", Cause.NO_DEVICE)
        _ = subject.backend

    def _unavailable(self, check: Check, error: Unavailable) -> Judgement:
        """An error where it is first met; afterwards the same line as a reason not to run."""
        problem = error.problem
        raised = NOTHING_RAISED if problem is None else raised_by(problem, classes_of(check), law_modules())
        found = Judgement(Verdict.ERROR, str(error), (), cause=error.cause, raised=raised)
        key = missing(check.subject, check.precision, found.cause, raised)
        if key in self._said:
            return replace(found, verdict=Verdict.NOT_RUN, reason=f"unavailable: {error}")
        self._said.add(key)
        return found

    def _arithmetic(self, subject: Subject) -> None:
        """Warms the framework up before the first check in this process, and stops where its arithmetic is off."""
        report = arithmetic(subject)
        if report and report.faults:
            raise _off(report)

    def _law(self, check: Check) -> Callable[..., Iterator[Outcome | Exhibit]]:
        if check.law == "pair":
            return lambda one, two: pairs.pair(one, two, check.stage, taken(check.case, check.stage, one, two))
        if check.law == "snapshot" and self.updating:
            stored = anchor_of_oracle(check)
            return lambda subject: against(stored, subject, check.stage, check.case)
        law = law_of(check.law, check.stage)
        if check.stage == "translate" and not law.once:
            return lambda subject: on_every_translation(law.run, subject, check.case)
        return lambda subject: law.run(subject, check.stage, taken(check.case, check.stage, subject))

    def _again(self, check: Check, subjects: Sequence[Subject]) -> Again | None:
        # A search in float64 finds other inputs, on which another error is no evidence.
        if check.precision == "float64" or check.law == "search":
            return None
        finer = [subject.escalated() for subject in subjects]
        try:
            for subject in finer:
                _ = subject.backend
        except Unavailable:
            return None
        law = self._law(check)

        def again() -> Sequence[Outcome] | None:
            try:
                return [one for one in _gathered(law(*finer))[0] if not isinstance(one, EXHIBITS)]
            except FAILURES:
                # A backend that says it knows float64 and fails in it is no reason to lose what was measured.
                return None

        return again

    def _ulp(self, check: Check, outcomes: Sequence[Outcome]) -> Callable[[], RoundOff] | None:
        """What gives the errors that one ulp of input makes in what was measured."""
        return partial(ulp_errors, check, [one for one in outcomes if isinstance(one, Deviation)])

    def _explain(self, check: Check, subjects: Sequence[Subject], draft: Draft, judgement: Judgement) -> None:
        """Says which side of a pair and which stage of several is wrong; what cannot be told loses no finding."""
        try:
            self._locate(check, subjects, draft, judgement)
        except FAILURES as error:
            draft.not_located = f"{type(error).__name__}: {one_line(error)}"[:200]

    def _locate(self, check: Check, subjects: Sequence[Subject], draft: Draft, judgement: Judgement) -> None:
        worst = judgement.worst
        parted = worst.about if worst else ABOUT_NOTHING
        if check.law == "pair":
            draft.distances = pairs.distances((subjects[0], subjects[1]), check.stage, check.case, parted)
            draft.culprit = pairs.culprit(draft.distances) if draft.distances else ""
            if worst and worst.place:
                draft.oracle_has = pairs.oracle_at(subjects[0], check.stage, check.case, parted, worst.place)
        if parted.wrt:
            # The trace is of values, of which a wrong gradient says nothing.
            return
        for subject in subjects if check.stage in COMPOSED else ():
            found = trace(subject, check.stage, check.case)
            stage = first_to_part(found)
            if stage or subject == subjects[-1]:
                draft.trace = found
            if stage:
                draft.blame = stage
                break

    def _diagnose(
        self,
        check: Check,
        draft: Draft,
        heard: Sequence[Call],
        outcomes: Sequence[Outcome] = (),
        judgement: Judgement | None = None,
        problem: BaseException | None = None,
    ) -> None:
        """Says what kind of mistake it looks like; a diagnosis that fails is no reason to lose a finding."""
        from parity_suite.diagnosis import Failure, diagnose

        try:
            with np.errstate(all="ignore"), warnings.catch_warnings():
                # The oracle is asked about damaged inputs too.
                warnings.simplefilter("ignore")
                guess = diagnose(Failure(check, draft.blame, heard, outcomes, judgement, problem), self.unnamed)
        except FAILURES as error:
            draft.looks_like = f"nothing: the diagnosis failed with {type(error).__name__}: {error}"[:200]
        else:
            draft.kind = guess.kind if guess else None
            draft.looks_like = guess.line if guess else "no known kind of mistake explains it"


def _gathered(
    outcomes: Iterator[Outcome | Exhibit],
) -> tuple[Sequence[Outcome | Exhibit], NotProvided | Missing | None]:
    """What a law measured, and what it could not go on without: that is no reason to lose what was wrong before it."""
    found: list[Outcome | Exhibit] = []
    try:
        for one in outcomes:
            found.append(one)
    except (NotProvided, Missing) as reason:
        return found, reason
    return found, None


def _methods(check: Check) -> tuple[str, ...]:
    if check.law == "pair":
        return pairs.NEEDS.get(check.stage, (check.stage,))
    needs = law_of(check.law, check.stage).needs
    return (check.stage, *needs) if check.stage in METHODS else needs


def anchor_of_oracle(check: Check) -> dict[str, dict[str, Any]]:
    """The statistics that an update would store."""
    stage = check.stage
    return describe(stage, {v.name: v.expected for v in variants(check.case, stage, "float64")})


@lru_cache(maxsize=32)
def arithmetic(subject: Subject) -> Preflight | None:
    """The preflight of a subject, made once a process; None where the backend offers no bare arithmetic."""
    if not subject.provides("primitive"):
        return None
    return preflight(subject.backend.primitive, subject.precision)


def _off(report: Preflight) -> Unavailable:
    said = f"preflight: the arithmetic of this machine is off: {', '.join(report.faults)}"
    return Unavailable(said, Cause.ARITHMETIC_OFF)


def _judge_preflight(subject: Subject, facts: dict[str, Any]) -> Judgement:
    report = arithmetic(subject)
    if report is None:
        raise NotProvided(f"{subject.cls.__name__} does not define primitive", lacks="primitive")
    if report.faults:
        raise _off(report)
    facts.update(denormals=report.denormals, tf32=report.tf32, recovered=list(report.recovered))
    outcomes: list[Outcome] = [
        Bound(f"{name} after a warm-up", error, report.limit(name), "preflight")
        for name, error in report.second.items()
    ]
    return judge("preflight", "arithmetic", subject.precision, outcomes)
