"""Whether a check can be asked here at all: its device, its backend, and the arithmetic of the machine."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from parity_suite.backends.exceptions import NotProvided, Unavailable
from parity_suite.backends.preflight import Preflight, preflight
from parity_suite.backends.raised import raised_by
from parity_suite.backends.subject import Subject
from parity_suite.cases.missing import Missing
from parity_suite.compare.deviation import Bound, Outcome
from parity_suite.compare.judge import Judgement, judge
from parity_suite.core.cause import Cause
from parity_suite.core.check import Check
from parity_suite.core.context import RunContext, remembered
from parity_suite.core.finding import Verdict
from parity_suite.core.implementations import implements, why_missing
from parity_suite.core.packs import BY_NAME
from parity_suite.core.way import missing
from parity_suite.engine.endings import classes_of
from parity_suite.engine.policy import CheckRun, Policy
from parity_suite.laws import pairs
from parity_suite.laws.registry import law_modules, law_of

#: With these a law could not go on, and nothing is wrong.
NOTHING_TO_ASK: Final = (NotProvided, Missing)


class NotRun(Exception):
    """A check that cannot or need not run here, with the reason."""

    def __init__(self, reason: str, cause: Cause) -> None:
        super().__init__(reason)
        self.cause = cause


class Admission:
    """What the checks of one run are admitted by."""

    def __init__(self, context: RunContext, policy: Policy) -> None:
        self.context = context
        self.policy = policy
        #: what was said once in this process and need not fail forty checks
        self._said: set[tuple[Any, ...]] = set()

    def admit(self, check: Check, subject: Subject) -> None:
        """Stops a check whose device is not wanted or not there, and one whose backend cannot run or be made here."""
        if check.device == "cuda":
            if self.policy.device == "cpu":
                raise NotRun("--parity-device cpu", Cause.NO_DEVICE)
            devices = getattr(subject.cls, "devices", None)
            if devices is None or "cuda" not in devices():
                if self.policy.device == "cuda":
                    raise Unavailable(f"--parity-device cuda, but {subject.name} finds no CUDA device")
                raise NotRun("no CUDA device here", Cause.NO_DEVICE)
        elif self.policy.device == "cuda":
            raise NotRun("--parity-device cuda", Cause.NO_DEVICE)
        if reason := why_missing(subject.cls):
            raise NotRun(reason, Cause.NO_DEVICE)
        _ = subject.backend

    def unavailable(self, run: CheckRun, error: Unavailable) -> Judgement:
        """An error where it is first met; afterwards the same line as a reason not to run."""
        check, problem = run.check, error.problem
        classes = classes_of(self.context, check)
        raised = error.mistake if problem is None else raised_by(problem, classes, law_modules(), library=False)
        found = Judgement(Verdict.ERROR, str(error), (), cause=error.cause, raised=raised)
        key = missing(self._absent(run), check.precision, found.cause, raised)
        if key in self._said:
            return replace(found, verdict=Verdict.NOT_RUN, reason=f"unavailable: {error}")
        self._said.add(key)
        return found

    def _absent(self, run: CheckRun) -> str:
        """Of a pair the side that cannot be had: what was said of it alone need not be said of the pair."""
        for subject in run.subjects if len(run.subjects) > 1 else ():
            try:
                self.admit(run.check, subject)
                self.preflight(subject)
                subject.need(*methods_of(run.check))
            except Unavailable:
                return subject.name
            except (NotRun, *NOTHING_TO_ASK):
                continue
        return run.check.subject

    def preflight(self, subject: Subject) -> None:
        """Warms the framework up before its first check in this run, and stops where its arithmetic is off."""
        if not self.policy.preflight:
            return
        # Once, whichever implementation or instance is asked.
        spec = subject.spec.default if implements(subject.cls) and "." in subject.name else subject.spec
        report = arithmetic(self.context, Subject(spec, self.context, subject.device, subject.precision))
        if report and report.faults:
            raise _off(report)


def methods_of(check: Check) -> tuple[str, ...]:
    """What a backend must define to be asked a check."""
    if check.law == "pair":
        return pairs.pair_needs(check.stage)
    needs = law_of(check.law, check.stage).needs
    known = BY_NAME.get(check.stage)
    return (check.stage, *needs) if known is not None and known.is_method else needs


@remembered(maxsize=32)
def arithmetic(context: RunContext, subject: Subject) -> Preflight | None:
    """The preflight of a subject, made once a run; None where the backend offers no bare arithmetic."""
    if not subject.provides("primitive"):
        return None
    return preflight(subject.backend.primitive, subject.precision)


def _off(report: Preflight) -> Unavailable:
    said = f"preflight: the arithmetic of this machine is off: {', '.join(report.faults)}"
    return Unavailable(said, Cause.ARITHMETIC_OFF)


def judge_preflight(subject: Subject, facts: dict[str, Any]) -> Judgement:
    """The judgement on bare arithmetic, with what the machine does in it as ``facts``."""
    report = arithmetic(subject.context, subject)
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
