"""Which laws see a fault, on made data alone and on measured data alone."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache, cached_property, lru_cache
from itertools import groupby
from typing import Final, Literal

from hypothesis import Phase, settings
from hypothesis.errors import HypothesisWarning

from parity_suite.backends.registry import BackendSpec
from parity_suite.backends.subject import Subject
from parity_suite.cases.catalogue import SMALL, Case
from parity_suite.cases.world import dataset_of
from parity_suite.checks import Check, enumerate_checks
from parity_suite.compare.deviation import Outcome
from parity_suite.compare.finding import Finding, Verdict
from parity_suite.faults.fault import Fault, Need, lacking
from parity_suite.faults.model_fault import ModelFault
from parity_suite.faults.specs import faulty_spec, installed, right_spec
from parity_suite.pipeline import MODEL_STAGES
from parity_suite.runner import Runner

Origin = Literal["made", "measured"]
ORIGINS: Final[tuple[Origin, ...]] = ("made", "measured")

#: Stages of the forward chain, whose checks are traced to one of them.
_CHAIN: Final = ("extract", "illuminate", "diffract")
#: An anchor says of the recipes what the oracle says, so a fault seen by both is not seen twice; the placement of a
#: stage is that of its kernels, which a fault at the NumPy door does not touch.
_NO_EVIDENCE: Final = frozenset({"snapshot", "placement"})
_MODEL_STAGES: Final = frozenset(stage.name for stage in MODEL_STAGES)
#: What crowd sees in thousands of groups, batch_invariance sees in two dozen; a faulty copy has no baseline.
_NO_LESSON: Final = frozenset({"crowd", "baseline"})
#: Quick laws of the model stages, none of which starts a process.
_NEIGHBOURLY: Final = {
    "train": ("precedence", "movement"),
    "bundle": ("refused_load",),
    "infer": ("oracle", "batch_invariance", "streaming"),
}
_ANY: Final = BackendSpec("any", "parity_suite.backends.any", "Any")

_PROFILE: Final = "parity-faults"
settings.register_profile(
    _PROFILE, settings.get_profile("parity-dev"), phases=(Phase.generate,), report_multiple_bugs=False
)


class Sieve(Runner):
    """Tells red from green only: nothing is repeated in float64, and the machine is taken to be sound."""

    def _again(self, *_: object) -> Callable[[], Sequence[Outcome]]:
        return tuple

    def _arithmetic(self, subject: Subject) -> None:
        pass


@dataclass(frozen=True)
class Red:
    """A check that saw a fault, and the stage that it blamed."""

    check: str
    law: str
    blame: str


@dataclass(frozen=True)
class Sighting:
    """What the checks of a fault's stage made of it; of each law the first red check is kept."""

    fault: type[Fault]
    origin: Origin
    red: tuple[Red, ...]
    ran: int

    @cached_property
    def laws(self) -> tuple[str, ...]:
        """The laws that saw it."""
        return tuple(sorted({red.law for red in self.red}))

    @property
    def misplaced(self) -> tuple[Red, ...]:
        """Red checks that blame another stage."""
        return tuple(red for red in self.red if red.blame != self.fault.stage)


def sight(backend: str, fault: type[Fault], origin: Origin, files: Sequence[str] = ()) -> Sighting:
    """Runs the checks of the fault's stage on an installed backend, law by law until one is red.

    The slow checks follow where the quick ones are all green: there are implementations that they alone ask for, and on
    measured data groups of several channels.
    """
    if not has_place(backend, fault):
        return Sighting(fault, origin, (), 0)
    # A name of its own makes an instance of its own, which has not been asked anything yet.
    checks = list(relevant(faulty_spec(backend, fault.name, f"{backend}_{origin}"), fault, origin, files))
    quick = [check for check in checks if not check.slow]
    slow = [check for check in checks if check.slow]
    with _no_shrinking():
        red, ran = _first_of_each_law(quick)
        if not red:
            red, more = _first_of_each_law(slow)
            ran += more
    return Sighting(fault, origin, red, ran)


def _first_of_each_law(checks: Iterable[Check]) -> tuple[tuple[Red, ...], int]:
    """The first red check of each law, and how many ran."""
    runner, red, ran = Sieve("cpu"), [], 0
    for _, group in groupby(sorted(checks, key=_law), key=_law):
        for check in group:
            finding = runner.run(check)
            ran += finding.verdict is not Verdict.NOT_RUN
            if is_red(finding):
                red.append(Red(finding.check, finding.law, finding.blame))
                break
    return tuple(red), ran


def is_red(finding: Finding) -> bool:
    """Whether a check ran and did not hold."""
    return finding.verdict not in (Verdict.OK, Verdict.NOT_RUN)


def relevant(spec: BackendSpec, fault: type[Fault], origin: Origin, files: Sequence[str] = ()) -> Iterator[Check]:
    """The checks that should see a fault: of its stage and of the chain it is part of, on the CPU in its precision.

    Of a model stage, those on the lessons of one gridsize, each law in one precision, and the pair with the right one.
    """
    if issubclass(fault, ModelFault):
        if origin == "made":
            yield from (replace(c, specs=(spec, right_spec(spec))[: len(c.specs)]) for c in _taught(fault))
        return
    stages = (fault.stage, "forward") if fault.stage in _CHAIN else (fault.stage,)
    for check in _checks(tuple(files), fault.precision):
        here = (check.case.kind == "file") == (origin == "measured")
        # Differences of the oracle's objective on patches of a measured side take a minute.
        costly = check.stage == "objective" and check.law == "gradient" and origin == "measured"
        if check.stage in stages and check.law not in _NO_EVIDENCE and here and not costly:
            yield replace(check, specs=(spec,))


def neighbours(spec: BackendSpec, fault: type[Fault]) -> Iterator[Check]:
    """One check of every other stage, and the quick ones of other model stages: the fault must leave all green."""
    if issubclass(fault, ModelFault):
        for check in _model_checks():
            if check.stage != fault.stage and check.law in _NEIGHBOURLY[check.stage] and check.case.gridsize == 2:
                yield replace(check, specs=(spec,))
    for check in _checks((), "float32"):
        if check.law == "oracle" and check.case in SMALL[:1] and check.stage not in (fault.stage, "forward"):
            yield replace(check, specs=(spec,))


def can_show(fault: type[Fault], origin: Origin, files: Sequence[str] = (), backend: str = "torch") -> bool:
    """Whether backend and data have what the fault needs to change anything that is checked."""
    return has_place(backend, fault) and (origin == "made" or fault.needs <= _present(files))


def has_place(backend: str, fault: type[Fault]) -> bool:
    """Whether an installed backend has what the mistake is one of."""
    return not fault.needs & lacking(installed(backend).load())


def _present(files: Sequence[str]) -> frozenset[Need]:
    """What there is in a measured dataset of what faults need; its counts, contract and ties are given."""
    present = {Need.CHANNELS, Need.COARSE}
    for name in files:
        dataset = dataset_of(Case(name, "file", 1, source=name))
        n = dataset.probe.shape[-1]
        found = {
            Need.MODES: len(dataset.probe) > 1,
            Need.ODD_SIDE: n % 2 == 1,
            Need.SCALE: dataset.domain == "normalised",
        }
        present |= {need for need, there in found.items() if there}
    return frozenset(present)


def _taught(fault: type[ModelFault]) -> Iterator[Check]:
    """The checks of a model stage in the precision that the fault shows in, or in the only one that the law has.

    Two processes read for each pair of bundles; only what no other law can see is worth that here.
    """
    mine = [c for c in _model_checks() if c.stage == fault.stage and c.case.gridsize == fault.gridsize]
    has = {(c.law, c.case.name, c.precision) for c in mine}
    for check in mine:
        if (check.stage, check.law) == ("bundle", "pair") and Need.PAIR not in fault.needs:
            continue
        wanted = (check.law, check.case.name, fault.precision)
        if check.precision == fault.precision or wanted not in has:
            yield check


@cache
def _model_checks() -> tuple[Check, ...]:
    """The checks of the model stages of any one backend on the CPU, and of a pair; all are quick enough here."""
    found = enumerate_checks([_ANY, replace(_ANY, name="other")])
    return tuple(
        replace(c, slow=False)
        for c in found
        if c.stage in _MODEL_STAGES and c.specs[0] == _ANY and c.device == "cpu" and c.law not in _NO_LESSON
    )


@lru_cache(maxsize=8)
def _checks(files: tuple[str, ...], precision: str) -> tuple[Check, ...]:
    """The checks of any one backend on the CPU in a precision."""
    found = enumerate_checks([_ANY], files)
    return tuple(c for c in found if c.specs == (_ANY,) and c.device == "cpu" and c.precision == precision)


@contextmanager
def _no_shrinking() -> Iterator[None]:
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


def _law(check: Check) -> str:
    return check.law
