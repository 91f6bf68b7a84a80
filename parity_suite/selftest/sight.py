"""Puts a fault into a copy of a backend and runs the checks that should see it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from parity_suite.backends.exceptions import Unavailable
from parity_suite.backends.subject import Subject
from parity_suite.compare.escalation import ROUND_OFF
from parity_suite.core.backend_spec import BackendSpec
from parity_suite.core.check import Check
from parity_suite.core.context import RunContext, remembered
from parity_suite.core.finding import Finding, Verdict
from parity_suite.core.kinds import Kind
from parity_suite.engine.policy import Policy
from parity_suite.engine.runner import Runner
from parity_suite.faults import Fault
from parity_suite.faults.broken import listening
from parity_suite.faults.specs import faulty_spec, implementation_in, right_spec
from parity_suite.laws.registry import traits_of
from parity_suite.selftest.choice import Origin, can_show, no_place, relevant, wider
from parity_suite.selftest.sieve import no_shrinking, sifting
from parity_suite.selftest.sighting import Kill, MutantResult


def sight(
    context: RunContext, backend: BackendSpec, fault: type[Fault], origin: Origin, files: Sequence[str] = ()
) -> MutantResult:
    """Runs every quick check that should see a fault on a copy of a backend with it.

    The slow checks follow where the quick ones are all green: there are implementations that they alone ask for, and on
    measured data groups of several channels. Where one check alone saw it and none is said to be enough, its law is
    asked in the other precision and on other cases, then compilers, then all others, until a second check has seen it.
    Compilers take as long as all others: what is equivalent is not asked of them. ``files`` are datasets that
    the run knows.
    """
    start = time.perf_counter()
    if reason := no_place(context, backend, fault):
        return MutantResult(fault.name, backend.name, origin, reason=str(reason), missing=getattr(reason, "door", ""))
    # A name of its own makes an instance of its own, which has not been asked anything yet.
    spec = faulty_spec(backend, fault.name, f"{backend.name}_{origin}")
    checks = list(relevant(spec, fault, origin, files))
    found = _Found(context, backend, fault.name)
    with listening() as noted, no_shrinking():
        found.run(check for check in checks if not check.slow)
        if not found.witnesses:
            found.run(check for check in checks if check.slow and not traits_of(check.law).each_shape)
        found.seek_second(wider(spec, fault, origin, files))
        if len(found.witnesses) < (0 if fault.equivalent else 1 if fault.single else 2):
            # No other law reaches a mistake in them, and what others have seen twice is not worth their time.
            found.run((check for check in checks if traits_of(check.law).each_shape), enough=2)
            found.seek_second(wider(spec, fault, origin, files), others=not fault.single)
        kills = found.named() if origin == "made" else tuple(found.kills)
    # Of made data there is all that any check asks for.
    unasked = "" if checks or origin == "made" else "no check asks for it there"
    return MutantResult(
        fault.name,
        backend.name,
        origin,
        kills,
        dict(found.green),
        tuple(found.spoilt),
        reason=noted.withheld or unasked,
        broken=noted.broken or found.broken,
        shows=can_show(context, backend, fault, origin, files),
        seconds=time.perf_counter() - start,
    )


@dataclass
class _Found:
    """What the checks of one fault gave so far."""

    context: RunContext
    backend: BackendSpec
    #: the fault, which a diagnosis must do without: it would know its own by heart
    fault: str
    kills: list[Kill] = field(default_factory=list)
    green: Counter[str] = field(default_factory=Counter)
    spoilt: list[str] = field(default_factory=list)
    #: why there is no faulty copy
    broken: str = ""
    _best: _Candidate | None = None
    _asked: set[Check] = field(default_factory=set)

    @property
    def witnesses(self) -> list[Kill]:
        return [kill for kill in self.kills if not traits_of(kill.law).echo]

    def run(self, checks: Iterable[Check], enough: int = 0) -> None:
        """Runs each check on the faulty copy, and on the right backend where it is red there; until there are
        ``enough`` witnesses, if a number is given.
        """
        runner = Runner(self.context, sifting({self.fault}))
        for check in checks:
            if enough and len(self.witnesses) >= enough:
                return
            self._asked.add(check)
            finding, run = runner.ask(check)
            if finding.verdict is Verdict.OK:
                self.green[f"{check.stage}.{check.law}"] += 1
            elif finding.red and not finding.ran and check.stage != "preflight":
                # There was no copy to ask; in a precision that the backend lacks there is no right one either.
                if not self.broken and _can_be_made(self.context, self.backend, check.precision):
                    self.broken = finding.reason
            elif finding.red:
                right = on_right(check, self.backend)
                held = _held(self.context, right)
                if held:
                    self._keep(_Candidate(check, finding, right.id, run.diagnosis))
                elif held is False:
                    self.spoilt.append(right.id)

    def seek_second(self, checks: Iterable[Check], *, others: bool = False) -> None:
        """Where one check alone saw it, asks more of its law, and then ``others``, until a second one has."""
        if len(self.witnesses) == 1:
            law = self.witnesses[0].law
            more = [check for check in checks if check not in self._asked and (others or check.law == law)]
            self.run(sorted(more, key=lambda check: check.law != law), enough=2)

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
        return (
            replace(best.kill, kind=best.kind(self.context, {self.fault})),
            *(kill for kill in self.kills if kill != best.kill),
        )


@dataclass(frozen=True)
class _Candidate:
    """A red check that may be asked what it looks like."""

    check: Check
    finding: Finding
    #: id of the check, with the right backend's name in it
    known_as: str
    diagnosis: Callable[[], Kind | None]

    @property
    def rank(self) -> tuple[bool, bool]:
        said = traits_of(self.finding.law)
        return said.echo, not said.plain

    @property
    def kill(self) -> Kill:
        found = self.finding
        return Kill(self.known_as, found.stage, found.law, found.blame, found.verdict)

    def kind(self, context: RunContext, unnamed: Iterable[str]) -> Kind | None:
        """The kind of mistake; what may be of precision is judged in full."""
        kind = self.diagnosis()
        failed = [one for one in self.finding.measured if not one.within]
        if kind or not failed or not all(one.error < ROUND_OFF for one in failed):
            return kind
        return Runner(context, Policy("cpu", unnamed=frozenset(unnamed))).run(self.check).kind


def on_right(check: Check, backend: BackendSpec) -> Check:
    """The same check on the backend that the faulty copy was made of."""
    name = implementation_in(check.specs[0])
    asked = backend.implementation(name) if name else backend
    return replace(check, specs=(asked, *(right_spec(spec) for spec in check.specs[1:])))


def _can_be_made(context: RunContext, backend: BackendSpec, precision: str) -> bool:
    try:
        _ = Subject(backend, context, precision=precision).backend
    except Unavailable:
        return False
    return True


@remembered(maxsize=4096)
def _held(context: RunContext, check: Check) -> bool | None:
    """Whether all that a check measures of the right backend holds, run once a process; None where it measures nothing.

    One that could not go on holds by what it had measured until then.
    """
    finding, run = Runner(context, sifting()).ask(check)
    if finding.verdict is Verdict.NOT_RUN and not run.measured:
        return None
    return not finding.red
