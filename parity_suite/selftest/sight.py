"""Puts a fault into a copy of a backend and runs the checks that should see it."""

from __future__ import annotations

import os
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Final

from hypothesis import Phase, settings
from hypothesis.errors import HypothesisWarning

from parity_suite.backends.registry import BackendSpec
from parity_suite.backends.subject import Subject
from parity_suite.checks import Check
from parity_suite.compare.deviation import Outcome
from parity_suite.compare.finding import Finding, Verdict
from parity_suite.diagnosis.diagnose import ROUND_OFF
from parity_suite.faults import Fault
from parity_suite.faults.specs import faulty_spec, right_spec
from parity_suite.runner import Runner
from parity_suite.selftest.choice import OF_COMPILERS, Origin, can_show, no_place, relevant, wider
from parity_suite.selftest.sighting import ECHOES, Kill, Sighting

_PROFILE: Final = "parity-faults"
settings.register_profile(
    _PROFILE, settings.get_profile("parity-dev"), phases=(Phase.generate,), report_multiple_bugs=False
)


class Sieve(Runner):
    """Tells red from green only: nothing is repeated in float64, and the machine is taken to be sound.

    What a red check looks like is asked afterwards, of the calls that it made; a diagnosis does without ``unnamed``.
    """

    def __init__(self, unnamed: Iterable[str] = ()) -> None:
        super().__init__("cpu")
        self.unnamed = frozenset(unnamed)
        #: gives the notes of a diagnosis of the last check that was red
        self.last: Callable[[], Mapping[str, Any]] = dict

    def _again(self, *_: object) -> Callable[[], Sequence[Outcome]]:
        return tuple

    def _ulp(self, check: Check) -> None:
        return None

    def _arithmetic(self, subject: Subject) -> None:
        pass

    def _diagnose(self, check: Check, notes: dict[str, Any], *what: Any, **problem: Any) -> None:
        known = dict(notes)

        def notes_later() -> Mapping[str, Any]:
            Runner._diagnose(self, check, known, *what, **problem)
            return known

        self.last = notes_later


def is_red(finding: Finding) -> bool:
    """Whether a check ran and did not hold."""
    return finding.verdict not in (Verdict.OK, Verdict.NOT_RUN)


def sight(backend: BackendSpec, fault: type[Fault], origin: Origin, files: Sequence[str] = ()) -> Sighting:
    """Runs every quick check that should see a fault on a copy of a backend with it.

    The slow checks follow where the quick ones are all green: there are implementations that they alone ask for, and on
    measured data groups of several channels. Where one check alone saw it, its law is asked in the other precision and
    on other cases, then compilers, then all others, until a second check has seen it. ``files`` are datasets that were
    made known to the cases.
    """
    start = time.perf_counter()
    if reason := no_place(backend, fault):
        return Sighting(fault.name, backend.name, origin, reason=str(reason), missing=getattr(reason, "door", ""))
    # A name of its own makes an instance of its own, which has not been asked anything yet.
    spec = faulty_spec(backend, fault.name, f"{backend.name}_{origin}")
    checks = list(relevant(spec, fault, origin, files))
    found = _Found(backend, fault.name)
    with no_shrinking():
        found.run(check for check in checks if not check.slow)
        if not found.witnesses:
            found.run(check for check in checks if check.slow and check.law not in OF_COMPILERS)
        found.seek_second(wider(spec, fault, origin, files))
        if len(found.witnesses) < 2:
            found.run((check for check in checks if check.law in OF_COMPILERS), enough=2)
            found.seek_second(wider(spec, fault, origin, files))
        if len(found.witnesses) == 1 and not fault.single:
            found.run(found.not_asked(wider(spec, fault, origin, files)), enough=2)
        kills = found.named() if origin == "made" else tuple(found.kills)
    return Sighting(
        fault.name,
        backend.name,
        origin,
        kills,
        dict(found.green),
        tuple(found.spoilt),
        reason="" if checks else "no check asks for it there",
        shows=can_show(backend, fault, origin, files),
        seconds=time.perf_counter() - start,
    )


@dataclass
class _Found:
    """What the checks of one fault gave so far."""

    backend: BackendSpec
    #: the fault, which a diagnosis must do without: it would know its own by heart
    fault: str
    kills: list[Kill] = field(default_factory=list)
    green: Counter[str] = field(default_factory=Counter)
    spoilt: list[str] = field(default_factory=list)
    _best: _Candidate | None = None
    _asked: set[Check] = field(default_factory=set)

    @property
    def witnesses(self) -> list[Kill]:
        return [kill for kill in self.kills if kill.law not in ECHOES]

    def run(self, checks: Iterable[Check], enough: int = 0) -> None:
        """Runs each check on the faulty copy, and on the right backend where it is red there; until there are
        ``enough`` witnesses, if a number is given.
        """
        sieve = Sieve({self.fault})
        for check in checks:
            if enough and len(self.witnesses) >= enough:
                return
            self._asked.add(check)
            finding = sieve.run(check)
            if finding.verdict is Verdict.OK:
                self.green[f"{check.stage}.{check.law}"] += 1
            elif is_red(finding):
                right = on_right(check, self.backend)
                if _holds(right):
                    self._keep(_Candidate(check, finding, right.id, sieve.last))
                else:
                    self.spoilt.append(right.id)

    def seek_second(self, checks: Iterable[Check]) -> None:
        """Where one check alone saw it, asks others of its law until a second one has."""
        if len(self.witnesses) == 1:
            law = self.witnesses[0].law
            self.run((check for check in self.not_asked(checks) if check.law == law), enough=2)

    def not_asked(self, checks: Iterable[Check]) -> Iterator[Check]:
        return (check for check in checks if check not in self._asked)

    def _keep(self, found: _Candidate) -> None:
        self.kills.append(found.kill)
        if self._best is None or found.rank < self._best.rank:
            self._best = found

    def named(self) -> tuple[Kill, ...]:
        """All kills; the first one, of the oracle's law where that saw it, with the kind of mistake that it names."""
        # What is red without the fault would be named for the mistake of the backend itself.
        if self._best is None or not self.witnesses or self.spoilt:
            return tuple(self.kills)
        best = self._best
        return (replace(best.kill, kind=best.kind({self.fault})), *(kill for kill in self.kills if kill != best.kill))


@dataclass(frozen=True)
class _Candidate:
    """A red check that may be asked what it looks like."""

    check: Check
    finding: Finding
    #: id of the check, with the right backend's name in it
    known_as: str
    diagnosis: Callable[[], Mapping[str, Any]]

    @property
    def rank(self) -> tuple[bool, bool]:
        return self.finding.law in ECHOES, self.finding.law != "oracle"

    @property
    def kill(self) -> Kill:
        found = self.finding
        return Kill(self.known_as, found.stage, found.law, found.blame, str(found.verdict))

    def kind(self, unnamed: Iterable[str]) -> str:
        """The kind of mistake; what may be of precision is judged in full."""
        kind = str(self.diagnosis().get("kind", ""))
        failed = [one for one in self.finding.measured if not one.within]
        if kind or not failed or not all(max(one.norm, one.peak) < ROUND_OFF for one in failed):
            return kind
        runner = Runner("cpu")
        runner.unnamed = frozenset(unnamed)
        return str(runner.run(self.check).notes.get("kind", ""))


def on_right(check: Check, backend: BackendSpec) -> Check:
    """The same check on the backend that the faulty copy was made of."""
    return replace(check, specs=(backend, *(right_spec(spec) for spec in check.specs[1:])))


@lru_cache(maxsize=4096)
def _holds(check: Check) -> bool:
    """Whether a check is green on the right backend, run once a process."""
    return Sieve().run(check).verdict is Verdict.OK


@contextmanager
def no_shrinking() -> Iterator[None]:
    """Lets the law of search stop at the first input that it finds."""
    before = os.environ.get("PARITY_HYPOTHESIS")
    os.environ["PARITY_HYPOTHESIS"] = _PROFILE
    try:
        with warnings.catch_warnings():
            # Of the example that failed, whose arrays are long.
            warnings.simplefilter("ignore", HypothesisWarning)
            yield
    finally:
        if before is None:
            del os.environ["PARITY_HYPOTHESIS"]
        else:
            os.environ["PARITY_HYPOTHESIS"] = before
