"""Laws of the choice between implementations of ``translate``: the one that is chosen is the one that runs, here, in a
fresh process and for every size of batch; and those made for each shape obey the laws of the others.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

import numpy as np

from parity_suite.backends.api import Array, Trace
from parity_suite.backends.exceptions import NotProvided
from parity_suite.backends.parameters import settings_of
from parity_suite.backends.subject import Subject
from parity_suite.cases.missing import Missing
from parity_suite.compare.deviation import Bound, BrokenRule, Deviation, Outcome, exactly
from parity_suite.compare.exhibit import Artifact, Fact
from parity_suite.core.case import Case
from parity_suite.core.cause import Cause
from parity_suite.core.kinds import Kind
from parity_suite.core.law_traits import LawTraits
from parity_suite.faults.need import Need
from parity_suite.laws.going_on import as_far_as_it_goes
from parity_suite.laws.registry import all_laws, law
from parity_suite.ptychography.laws.fresh import traces
from parity_suite.ptychography.laws.shifts import canvas
from parity_suite.ptychography.laws.translations import here, implementations, on_one_translation, why_missing
from parity_suite.ptychography.sizes import LARGE_BATCHES
from parity_suite.ptychography.world import rough

_NEEDS: Final = ("translation_trace",)

#: Sizes of batches of images of two shapes, as a data set and its last partial batch bring them.
_BATCHES: Final = (3, 1, 64, 65, 0, 63, 159, 2, 3)
_SHAPES: Final = ((12, 16), (17, 9))

#: Laws of which a compiler has nothing to spoil, and that would ask it for a hundred shapes or take seconds without it.
_NOT_FOR_COMPILERS: Final = frozenset({"canvases", "journey", "placement", "refusal", "search", "snapshot"})


def calls(precision: str, shapes: tuple[tuple[int, int, int], ...] = ((3, 12, 16),)) -> list[tuple[Array, Array]]:
    """Images (B, H, W, 1) and offsets (B, 2) of some shapes (B, H, W)."""
    bits = np.random.Generator(np.random.PCG64(3))
    dtype = np.result_type(precision, np.complex64)
    return [
        (rough(bits, (*shape, 1)).astype(dtype), bits.uniform(-3, 3, (shape[0], 2)).astype(precision))
        for shape in shapes
    ]


@contextmanager
def _environment(changes: Mapping[str, str | None]) -> Iterator[None]:
    """Variables set or, with None, unset for a while."""
    before = {name: os.environ.get(name) for name in changes}
    _set(changes)
    try:
        yield
    finally:
        _set(before)


def _set(values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def _ran(trace: Trace) -> str:
    return "+".join(trace.ran) or "none that is known"


def _switches(subject: Subject) -> Mapping[str, Mapping[str, str]]:
    return getattr(subject.cls, "translation_switches", {})


@law(
    stages=("translate",),
    cases="single",
    needs=_NEEDS,
    once=True,
    traits=LawTraits(means=(Kind.SWITCH, "what was asked for by name is not what runs")),
)
def switch(subject: Subject, stage: str, case: Case) -> Iterator[Outcome | Artifact]:
    """The implementation that is chosen, by keyword, by environment or by default, is the one whose operations are in
    the framework's own trace, and no other is; a keyword comes before the environment, or the other way where that is
    declared.
    """
    by_variable = settings_of(subject.cls, stage)["precedence"] == "environment"
    asked = calls(subject.rounding)
    own = subject.fresh()
    ran = own.translation_trace(asked)
    yield Fact("translation", {"chosen": own.translation, "ran": _ran(ran), "trace": list(ran.operations)})
    yield exactly(f"what ran where {own.translation} is chosen", _ran(ran), own.translation)
    for other in here(subject, per_shape=False):
        if isinstance(other, Fact):
            yield other
            continue
        trace = other.fresh().translation_trace(asked)
        yield exactly(f"what ran where {other.translation} is asked for", _ran(trace), other.translation)
    for variable, values in _switches(subject).items():
        for value, wanted in values.items():
            with _environment({variable: value}):
                by_environment = subject.with_translation("").fresh().translation_trace(asked)
                keyword = subject.with_translation(implementations(subject)[0].name)
                by_keyword = keyword.fresh().translation_trace(asked)
            yield exactly(f"what ran under {variable}={value}", _ran(by_environment), wanted)
            first = wanted if by_variable else keyword.translation
            yield exactly(f"what ran by keyword under {variable}={value}", _ran(by_keyword), first)


@law(
    stages=("translate",),
    cases="single",
    needs=_NEEDS,
    precisions=("float32",),
    slow=True,
    once=True,
    traits=LawTraits(means=(Kind.SWITCH, "a choice does not reach a new process"), starts_processes=True),
)
def inheritance(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """A switch in the environment reaches a fresh process that is told nothing else: every value of it that chooses
    another implementation than would run without.
    """
    switches = _switches(subject)
    if not switches:
        raise NotProvided(f"{subject.cls.__name__} has no switch in the environment", Cause.OUTSIDE_CAPABILITY)
    with _environment(dict.fromkeys(switches)):
        own = subject.with_translation("").fresh().translation
    for variable, values in switches.items():
        for value, wanted in values.items():
            if wanted == own:
                continue
            with _environment({variable: value}):
                (trace,) = traces([subject.with_translation("")], calls(subject.rounding))
            yield exactly(f"what ran in a fresh process under {variable}={value}", _ran(trace), wanted)


@law(
    stages=("translate",),
    cases="single",
    needs=_NEEDS,
    precisions=("float32",),
    slow=True,
    once=True,
    traits=LawTraits(
        means=(Kind.COMPILED, "compiled again for what was compiled before"),
        each_shape=True,
        sees=frozenset({Need.CHOICE, Need.COMPILED, Need.VARIABLE}),
        starts_processes=True,
    ),
)
def compilations(subject: Subject, stage: str, case: Case) -> Iterator[Outcome | Artifact]:
    """In a fresh process every implementation that is asked for is the one that runs, and nothing is traced or compiled
    more than once for each shape of an image, whatever the sequence of batch sizes.
    """
    reasons = {one.name: why_missing(subject, one.name) for one in implementations(subject)}
    found = [one for one in implementations(subject) if not reasons[one.name]]
    for name in sorted(set(reasons) - {one.name for one in found}):
        yield Fact(f"{name} is missing", reasons[name])
    shapes = tuple((batch, *shape) for batch in _BATCHES for shape in _SHAPES)
    answers = traces([subject.with_translation(one.name) for one in found], calls(subject.rounding, shapes))
    for one, trace in zip(found, answers, strict=True):
        yield exactly(f"what ran in a fresh process where {one.name} is asked for", _ran(trace), one.name)
        made = {"traces": trace.traces, "compilations": trace.compilations}
        yield Fact(f"made by {one.name} for {len(_SHAPES)} shapes in {len(shapes)} batches", made)
        for what, count in made.items():
            needless = max(0, count - (len(_SHAPES) if one.per_shape else 0))
            yield exactly(f"{what} by {one.name} beyond one for each of {len(_SHAPES)} shapes", needless, 0)
        # Where another one ran, nothing of this one was made, and that is not what is wrong.
        if one.per_shape and _ran(trace) == one.name and not trace.traces + trace.compilations:
            yield BrokenRule(f"{one.name} is made for each shape, and nothing that was made is counted", "contract")


@law(stages=("translate",), cases="single", slow=True, once=True, traits=LawTraits(each_shape=True, compiles=True))
def compiled(subject: Subject, stage: str, case: Case) -> Iterator[Outcome | Artifact]:
    """What is traced or compiled for each shape of an image obeys the laws of ``translate``."""
    kinds = [one for one in implementations(subject) if one.per_shape]
    if not kinds:
        said = f"{subject.cls.__name__} has no implementation of translate that is made for each shape"
        raise NotProvided(said, Cause.OUTSIDE_CAPABILITY)
    ran, reasons = 0, []
    for other in here(subject, per_shape=True):
        if isinstance(other, Fact):
            reasons.append(f"{other.name}: {other.value}")
            yield other
            continue
        ran += 1
        yield from _under_every_law(other, case)
    if not ran:
        raise Missing("; ".join(reasons), Cause.NO_DEVICE)


def _under_every_law(subject: Subject, case: Case) -> Iterator[Outcome | Artifact]:
    for one in all_laws():
        asked = "translate" in one.stages and not one.once and one.name not in _NOT_FOR_COMPILERS
        if asked and subject.provides(*one.needs):
            asking = on_one_translation(one.run, subject, LARGE_BATCHES[0] if one.name == "crowd" else case)
            for found in as_far_as_it_goes(subject, asking):
                yield _under(one.name, found)
    for height, width in ((1, 1), (1, 7), (7, 1), (33, 64), (138, 139)):
        for found in as_far_as_it_goes(subject, canvas(subject, height, width)):
            yield _under("canvases", _named(subject, found))


def _named(subject: Subject, found: Outcome) -> Outcome:
    return replace(found, output=f"{found.output}, {subject.translation}") if isinstance(found, Deviation) else found


def _under(name: str, found: Outcome | Artifact) -> Outcome | Artifact:
    if isinstance(found, Deviation | Bound):
        return replace(found, output=f"{name}: {found.output}")
    return replace(found, message=f"{name}: {found.message}") if isinstance(found, BrokenRule) else found
