"""How well kinds of mistakes are named: every fault in a NumPy backend, its red checks diagnosed as in a run.

``python docs/measure_diagnosis.py`` prints the figures of the stages that are quick on NumPy; ``--without`` leaves the
fault itself out of the gallery that is tried, so that nothing is named because it was known. ``--every`` adds the
others, which take longer than all of these.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

import numpy as np

from parity_suite.backends.methods import in_place_of
from parity_suite.core.backend_spec import BackendSpec
from parity_suite.core.check import Check
from parity_suite.core.context import RunContext
from parity_suite.core.finding import Finding, Verdict
from parity_suite.core.kinds import Kind
from parity_suite.core.stage import Stage
from parity_suite.engine.checks import enumerate_checks
from parity_suite.engine.policy import Policy
from parity_suite.engine.runner import Runner
from parity_suite.faults import FAULTS, Fault, faulty
from parity_suite.ptychography.admission import admit
from parity_suite.ptychography.oracle import Oracle
from parity_suite.ptychography.pipeline import STAGES
from parity_suite.selftest.sieve import no_shrinking

#: Laws that say nothing that another does not, and those of the machine.
_LEFT_OUT: Final = frozenset({"snapshot", "placement", "truth"})
#: Laws that take seconds on the oracle; they are asked last.
_SLOW: Final = ("crowd", "search", "journey", "remainders", "distribution")
#: Stages whose checks on the oracle take seconds or more, a fault.
_LONG: Final = frozenset({"network", "objective", "observe"})
#: A formula has no name but in the gallery: the fault's own.
_UNCATALOGUED: Final = frozenset({Kind.FORMULA})
#: Red laws of a fault that are looked at.
_READ: Final = 3


class Reference(Oracle):
    """The oracle as a backend: it refuses what must be refused, and stitches streams."""

    def __init__(self, *, device: str = "cpu", precision: str = "float64") -> None:
        super().__init__(device=device, precision=precision)

    def reassemble_stream(self, chunks: Iterable[Any], centre: Any, canvas: tuple[int, int]) -> Mapping[str, Any]:
        """One canvas of all chunks (patches, positions)."""
        given = [(np.zeros((0, 1, 1, 1), complex), np.zeros((0, 1, 2, 1))), *chunks]
        given = given[1:] or given
        patches, positions = (np.concatenate([one[k] for one in given]) for k in (0, 1))
        return super().reassemble(patches, positions, centre, canvas)


def _admitting(stage: Stage) -> Any:
    method = getattr(Oracle, stage.name)

    def answer(self: Reference, given: dict[str, Any]) -> Any:
        admit(stage, given)
        return method(self, **given)

    return in_place_of(method, stage.arguments, answer)


for _stage in STAGES:
    setattr(Reference, _stage.name, _admitting(_stage))


@cache
def _copy(fault: str) -> type[Any]:
    return faulty(Reference, FAULTS[fault])


def __getattr__(member: str) -> type[Any]:
    head, separator, fault = member.partition("__")
    if head != "reference" or not separator or fault not in FAULTS:
        raise AttributeError(member)
    return _copy(fault)


@dataclass(frozen=True)
class Named:
    """What the red checks of a fault call it."""

    fault: type[Fault]
    findings: tuple[Finding, ...]

    @property
    def kinds(self) -> Counter[Kind]:
        return Counter(one.kind for one in self.findings if one.kind)

    @property
    def kind(self) -> Kind | None:
        """What most of them call it; None where none has a name for it."""
        return named(self.findings)

    @property
    def how(self) -> str:
        """Whether they call it what it is; ``new`` of what has no kind but its own formula."""
        if not self.findings:
            return "unseen"
        if not self.kind and self.fault.kind in _UNCATALOGUED:
            return "new"
        if not self.kind:
            return "none"
        return "right" if self.kind == self.fault.kind else "wrong"


def named(findings: Sequence[Finding]) -> Kind | None:
    """The kind that most findings name, the first of several; None where none names any."""
    kinds = Counter(one.kind for one in findings if one.kind)
    return kinds.most_common(1)[0][0] if kinds else None


def can_be_named(fault: type[Fault]) -> bool:
    """Whether a fault is one of a stage that the oracle has, and the reference backend has a place for it."""
    if fault.stage not in {stage.name for stage in STAGES}:
        return False
    try:
        _copy(fault.name)
    except ValueError:
        return False
    return True


def name(fault: type[Fault], without: bool = False) -> Named:
    """Runs checks of a fault's stage on a copy of the reference backend until one names a kind, or as many laws are red
    as a reader reads; of each law the first red one counts.
    """
    spec = BackendSpec("reference", __name__, f"reference__{fault.name}")
    unnamed = frozenset({fault.name}) if without else frozenset()
    runner = Runner(_CONTEXT, Policy("cpu", unnamed=unnamed))
    red: dict[str, Finding] = {}
    for check in _checks(spec, fault.stage):
        if check.law not in red and len(red) < _READ and not named(list(red.values())):
            # Shrinking what the law of search finds takes minutes.
            with no_shrinking():
                finding = runner.run(check)
            if finding.red and _holds(replace(check, specs=(_RIGHT,))):
                red[check.law] = finding
    return Named(fault, tuple(red.values()))


_CONTEXT: Final = RunContext()
_RIGHT: Final = BackendSpec("right", __name__, "Reference")


@cache
def _holds(check: Check) -> bool:
    """Whether a check is green on the backend without a fault."""
    return Runner(_CONTEXT, Policy("cpu")).run(check).verdict is Verdict.OK


def _checks(spec: BackendSpec, stage: str) -> Iterator[Check]:
    seen: set[tuple[str, str]] = set()
    found = [c for c in enumerate_checks([spec]) if c.stage == stage and c.specs == (spec,) and c.device == "cpu"]
    wide = [c for c in found if c.precision == "float64"] + [c for c in found if c.precision == "float32"]
    for check in sorted(wide, key=lambda one: (one.law in _SLOW, one.law != "oracle")):
        key = check.law, check.case.name
        if check.law not in _LEFT_OUT and check.case.kind == "probing" and not check.slow and key not in seen:
            seen.add(key)
            yield check


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python docs/measure_diagnosis.py", description=__doc__)
    parser.add_argument("--without", action="store_true", help="leave the fault itself out of what is tried")
    parser.add_argument("--every", action="store_true", help="the long stages too")
    parser.add_argument("faults", nargs="*", help="names of faults; all unless said")
    settings = parser.parse_args(arguments)
    long = frozenset() if settings.every or settings.faults else _LONG
    named_ones = settings.faults or FAULTS
    faults = [f for f in FAULTS.values() if can_be_named(f) and f.name in named_ones and f.stage not in long]
    count: Counter[str] = Counter()
    for fault in faults:
        one = name(fault, settings.without)
        count[one.how] += 1
        says = next((f.looks_like for f in one.findings if f.kind is one.kind), "")
        kinds = {str(kind): n for kind, n in one.kinds.items()}
        print(f"{one.how:6} {fault.stage}.{fault.name}: {fault.kind} | {kinds} | {says}", flush=True)
    print(", ".join(f"{n} {how}" for how, n in count.items()))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
