"""Puts a fault into a copy of a backend and runs the checks that should see it."""

from __future__ import annotations

import os
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final

from hypothesis import Phase, settings
from hypothesis.errors import HypothesisWarning

from parity_suite.backends.registry import BackendSpec
from parity_suite.backends.subject import Subject
from parity_suite.checks import Check
from parity_suite.compare.deviation import Outcome
from parity_suite.compare.finding import Finding, Verdict
from parity_suite.faults import Fault
from parity_suite.faults.specs import faulty_spec, right_spec
from parity_suite.runner import Runner
from parity_suite.selftest.choice import Origin, can_show, no_place, relevant, wider
from parity_suite.selftest.sighting import ECHOES, Kill, Sighting

_PROFILE: Final = "parity-faults"
settings.register_profile(
    _PROFILE, settings.get_profile("parity-dev"), phases=(Phase.generate,), report_multiple_bugs=False
)


class Sieve(Runner):
    """Tells red from green only: nothing is repeated in float64, and the machine is taken to be sound."""

    def _again(self, *_: object) -> Callable[[], Sequence[Outcome]]:
        return tuple

    def _ulp(self, check: Check) -> None:
        return None

    def _arithmetic(self, subject: Subject) -> None:
        pass

    def _diagnose(self, *_: object, **__: object) -> None:
        pass


def is_red(finding: Finding) -> bool:
    """Whether a check ran and did not hold."""
    return finding.verdict not in (Verdict.OK, Verdict.NOT_RUN)


def sight(backend: BackendSpec, fault: type[Fault], origin: Origin, files: Sequence[str] = ()) -> Sighting:
    """Runs every quick check that should see a fault on a copy of a backend with it.

    The slow checks follow where the quick ones are all green: there are implementations that they alone ask for, and on
    measured data groups of several channels. Where one check alone saw it, its law is asked in the other precision and
    on other cases, until a second check has seen it. ``files`` are datasets that were made known to the cases.
    """
    start = time.perf_counter()
    if reason := no_place(backend, fault):
        return Sighting(fault.name, backend.name, origin, reason=str(reason), missing=getattr(reason, "door", ""))
    # A name of its own makes an instance of its own, which has not been asked anything yet.
    spec = faulty_spec(backend, fault.name, f"{backend.name}_{origin}")
    checks = list(relevant(spec, fault, origin, files))
    found = _Found(backend, fault=fault.name)
    with no_shrinking():
        found.run(check for check in checks if not check.slow)
        if not found.witnesses:
            found.run(check for check in checks if check.slow)
        if len(found.witnesses) == 1:
            laws = frozenset({found.witnesses[0].law})
            known = set(checks)
            found.run((c for c in wider(spec, fault, origin, files, laws) if c not in known), enough=2)
        kills = found.diagnosed() if origin == "made" else tuple(kill for _, kill in found.kills)
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
    kills: list[tuple[Check, Kill]] = field(default_factory=list)
    green: Counter[str] = field(default_factory=Counter)
    spoilt: list[str] = field(default_factory=list)
    #: the fault, which a diagnosis must do without: it would know its own
    fault: str = ""

    @property
    def witnesses(self) -> list[Kill]:
        return [kill for _, kill in self.kills if kill.law not in ECHOES]

    def run(self, checks: Iterable[Check], enough: int = 0) -> None:
        """Runs each check on the faulty copy, and on the right backend where it is red there; until there are
        ``enough`` witnesses, if a number is given.
        """
        sieve = Sieve("cpu")
        for check in checks:
            if enough and len(self.witnesses) >= enough:
                return
            finding = sieve.run(check)
            if finding.verdict is Verdict.OK:
                self.green[f"{check.stage}.{check.law}"] += 1
            elif is_red(finding):
                right = on_right(check, self.backend)
                if _holds(right):
                    self.kills.append((check, _kill(right.id, finding)))
                else:
                    self.spoilt.append(right.id)

    def diagnosed(self) -> tuple[Kill, ...]:
        """All kills; the first one, of the oracle's law where that saw it, with the kind of mistake that it names."""
        if not self.witnesses or self.spoilt:
            # What is red without the fault would be named for the mistake of the backend itself.
            return tuple(kill for _, kill in self.kills)
        kills = sorted(self.kills, key=lambda found: (found[1].law in ECHOES, found[1].law != "oracle"))
        (check, first), *others = kills
        runner = Runner("cpu")
        # A diagnosis that tries the fault itself would know it by heart.
        runner.unnamed = frozenset({self.fault})
        full = _kill(first.check, runner.run(check))
        # A mistake that remembers may be green the second time; what was seen first stands.
        return (full if full.verdict not in ("ok", "not-run") else first, *(kill for _, kill in others))


def on_right(check: Check, backend: BackendSpec) -> Check:
    """The same check on the backend that the faulty copy was made of."""
    return replace(check, specs=(backend, *(right_spec(spec) for spec in check.specs[1:])))


@lru_cache(maxsize=4096)
def _holds(check: Check) -> bool:
    """Whether a check is green on the right backend, run once a process."""
    return Sieve("cpu").run(check).verdict is Verdict.OK


def _kill(check: str, finding: Finding) -> Kill:
    kind = str(finding.notes.get("kind", ""))
    return Kill(check, finding.stage, finding.law, finding.blame, str(finding.verdict), kind)


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
