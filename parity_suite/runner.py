"""Runs one check: makes the subject, applies the law, judges what it measured."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from parity_suite.anchors import Content, describe
from parity_suite.backends.preflight import Preflight, preflight
from parity_suite.backends.registry import BackendSpec
from parity_suite.backends.subject import (
    FAILURES,
    Call,
    ContractBreach,
    NotProvided,
    Subject,
    Unavailable,
    record_calls,
)
from parity_suite.cases.variants import variants
from parity_suite.cases.world import Missing
from parity_suite.checks import Check
from parity_suite.compare.deviation import Bound, Deviation, Outcome
from parity_suite.compare.exhibit import EXHIBITS, Exhibit
from parity_suite.compare.finding import DECIDED_BY, UNAVAILABLE, Finding, Verdict
from parity_suite.compare.judge import Again, Judgement, RoundOff, judge, meant
from parity_suite.context import RunContext, remembered
from parity_suite.exhibition import Exhibition
from parity_suite.laws import pairs
from parity_suite.laws.learned import learned
from parity_suite.laws.options import left_out, taken
from parity_suite.laws.registry import law_of
from parity_suite.laws.snapshot import against
from parity_suite.laws.tracing import COMPOSED, first_to_part, trace
from parity_suite.laws.trained import trained_statistics
from parity_suite.laws.translations import on_every_translation
from parity_suite.pipeline import METHODS
from parity_suite.round_off import ulp_errors


@dataclass(frozen=True)
class NotRun(Exception):
    """A check that cannot or need not run here, with the reason."""

    reason: str


class Runner:
    """Runs checks in one process; ``device`` is the setting ``auto``, ``cpu`` or ``cuda``, and ``translations`` names
    the implementation of ``translate`` that a backend is made with, by the backend's name.
    """

    def __init__(
        self,
        context: RunContext,
        device: str = "auto",
        updating: bool = False,
        exhibition: Exhibition | None = None,
        translations: Mapping[str, str] | None = None,
    ) -> None:
        self.context = context
        self.device = device
        self.updating = updating
        self.exhibition = exhibition or Exhibition()
        self.translations = translations or {}
        #: faults that a diagnosis must do without
        self.unnamed: frozenset[str] = frozenset()
        #: what was said once in this process and need not fail forty checks
        self._said: dict[tuple[str, str], str] = {}

    def run(self, check: Check) -> Finding:
        """The finding of a check; never raises for anything that a backend does."""
        start = time.perf_counter()
        notes: dict[str, Any] = {}
        heard: list[Call] = []
        try:
            judgement = self._judge(check, notes, heard)
        except NotRun as reason:
            judgement = Judgement(Verdict.NOT_RUN, reason.reason, ())
        except NotProvided as reason:
            judgement = Judgement(Verdict.NOT_RUN, f"not provided: {reason}", ())
        except Missing as reason:
            judgement = Judgement(Verdict.NOT_RUN, str(reason), ())
        except ContractBreach as breach:
            judgement = Judgement(Verdict.CONTRACT, str(breach), ())
            notes["blame"] = breach.stage
            self._diagnose(check, notes, heard, problem=breach)
        except Unavailable as error:
            notes[UNAVAILABLE] = True
            judgement = self._unavailable(check, str(error))
        except FAILURES as error:
            text = " ".join(str(error).split())[:300]
            judgement = Judgement(Verdict.ERROR, f"{type(error).__name__}: {text}", ())
            self._diagnose(check, notes, heard, problem=error)
        return check.finding(
            judgement.verdict,
            judgement.reason,
            blame=notes.pop("blame", check.stage),
            evidence=judgement.evidence,
            measured=judgement.measured,
            notes=notes,
            seconds=time.perf_counter() - start,
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

    def _judge(self, check: Check, notes: dict[str, Any], heard: list[Call]) -> Judgement:
        subjects = [self._subject(check, spec) for spec in check.specs]
        for subject in subjects:
            self._admit(check, subject)
        if check.stage == "preflight":
            return _judge_preflight(subjects[0], notes)
        for subject in subjects:
            self._arithmetic(subject)
        law = self._law(check)
        for subject in subjects:
            subject.need(*_methods(check))
        with record_calls(self.context, heard):
            shown, stopped = _gathered(law(*subjects))
            outcomes = self.exhibition.take(check, shown, notes)
        if stopped is not None and not outcomes:
            raise stopped
        if without := left_out(check.stage, *subjects):
            notes["not asked"] = without
            if not outcomes:
                raise NotProvided(without)
        again = self._again(check, subjects)
        judgement = judge(check.stage, check.law, check.precision, outcomes, again, self._ulp(check, outcomes))
        if judgement.decided_by:
            notes[DECIDED_BY] = judgement.decided_by
        if judgement.verdict is not Verdict.OK:
            with record_calls(self.context, heard):
                self._explain(check, subjects, notes, judgement)
            self._diagnose(check, notes, heard, outcomes, judgement)
            judgement = meant(judgement, str(notes.get("kind", "")))
        elif stopped is not None:
            raise stopped
        return judgement

    def _subject(self, check: Check, spec: BackendSpec) -> Subject:
        chosen = self.translations.get(spec.name, "")
        return Subject(spec, self.context, check.device, check.precision, check.precision, translation=chosen)

    def _admit(self, check: Check, subject: Subject) -> None:
        """Stops a check whose device is not wanted or not there, and one whose backend cannot be made."""
        if check.device == "cuda":
            if self.device == "cpu":
                raise NotRun("--parity-device cpu")
            devices = getattr(subject.cls, "devices", None)
            if devices is None or "cuda" not in devices():
                if self.device == "cuda":
                    raise Unavailable(f"--parity-device cuda, but {subject.name} finds no CUDA device")
                raise NotRun("no CUDA device here")
        elif self.device == "cuda":
            raise NotRun("--parity-device cuda")
        _ = subject.backend

    def _unavailable(self, check: Check, text: str) -> Judgement:
        """An error where it is first met; afterwards the same line as a reason not to run."""
        key = (check.subject, text)
        if key in self._said:
            return Judgement(Verdict.NOT_RUN, f"unavailable: {text}", ())
        self._said[key] = text
        return Judgement(Verdict.ERROR, text, ())

    def _arithmetic(self, subject: Subject) -> None:
        """Warms the framework up before the first check in this process, and stops where its arithmetic is off."""
        report = arithmetic(subject.context, subject)
        if report and report.faults:
            raise _off(report)

    def _law(self, check: Check) -> Callable[..., Iterator[Outcome | Exhibit]]:
        if check.law == "pair":
            return lambda one, two: pairs.pair(one, two, check.stage, taken(check.case, check.stage, one, two))
        if check.law == "snapshot" and self.updating:
            stored = anchor_of_oracle(self.context, check)
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
        return partial(ulp_errors, self.context, check, [one.output for one in outcomes if isinstance(one, Deviation)])

    def _explain(self, check: Check, subjects: Sequence[Subject], notes: dict[str, Any], judgement: Judgement) -> None:
        """Says which side of a pair and which stage of several is wrong; what cannot be told loses no finding."""
        try:
            self._locate(check, subjects, notes, judgement)
        except FAILURES as error:
            notes["not located"] = f"{type(error).__name__}: {' '.join(str(error).split())}"[:200]

    def _locate(self, check: Check, subjects: Sequence[Subject], notes: dict[str, Any], judgement: Judgement) -> None:
        worst = judgement.worst
        parted = worst.output if worst else ""
        if check.law == "pair":
            far = pairs.distances((subjects[0], subjects[1]), check.stage, check.case, parted)
            if far:
                notes["distance to the oracle"] = {name: f"{value:.3g}" for name, value in far.items()}
                notes["culprit"] = pairs.culprit(far)
            if worst and worst.place:
                there = pairs.oracle_at(subjects[0], check.stage, check.case, parted, worst.place)
                notes["the oracle has there"] = there
        if parted.startswith("d "):
            # The trace is of values, of which a wrong gradient says nothing.
            return
        for subject in subjects if check.stage in COMPOSED else ():
            found = trace(subject, check.stage, check.case)
            stage = first_to_part(found)
            if stage or subject == subjects[-1]:
                notes["trace"] = {name: f"{share:.2g}" for name, share in found.items()}
            if stage:
                notes["blame"] = stage
                break

    def _diagnose(
        self,
        check: Check,
        notes: dict[str, Any],
        heard: Sequence[Call],
        outcomes: Sequence[Outcome] = (),
        judgement: Judgement | None = None,
        problem: BaseException | None = None,
    ) -> None:
        """Says what kind of mistake it looks like; a diagnosis that fails is no reason to lose a finding."""
        from parity_suite.diagnosis import Failure, diagnose, notes_of

        stage = notes.get("blame", check.stage)
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings():
                # The oracle is asked about damaged inputs too.
                warnings.simplefilter("ignore")
                guess = diagnose(Failure(check, stage, heard, outcomes, judgement, problem), self.unnamed)
        except FAILURES as error:
            notes["looks like"] = f"nothing: the diagnosis failed with {type(error).__name__}: {error}"[:200]
        else:
            notes.update(notes_of(guess))


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


def anchor_of_oracle(context: RunContext, check: Check) -> dict[str, dict[str, Any]]:
    """The statistics that an update would store."""
    stage = check.stage
    return describe(stage, {v.name: v.expected for v in variants(context, check.case, stage, "float64")})


@remembered(maxsize=32)
def arithmetic(context: RunContext, subject: Subject) -> Preflight | None:
    """The preflight of a subject, made once a run; None where the backend offers no bare arithmetic."""
    if not subject.provides("primitive"):
        return None
    return preflight(subject.backend.primitive, subject.precision)


def _off(report: Preflight) -> Unavailable:
    return Unavailable(f"preflight: the arithmetic of this machine is off: {', '.join(report.faults)}")


def _judge_preflight(subject: Subject, notes: dict[str, Any]) -> Judgement:
    report = arithmetic(subject.context, subject)
    if report is None:
        raise NotProvided(f"{subject.cls.__name__} does not define primitive")
    if report.faults:
        raise _off(report)
    notes.update(denormals=report.denormals, tf32=report.tf32, recovered=list(report.recovered))
    outcomes: list[Outcome] = [
        Bound(f"{name} after a warm-up", error, report.limit(name), "preflight")
        for name, error in report.second.items()
    ]
    return judge("preflight", "arithmetic", subject.precision, outcomes)
