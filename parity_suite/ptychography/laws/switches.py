"""Laws of the choice between implementations of ``translate``: the one that is chosen is the one that runs, here, in a
fresh process and for every size of batch; and those made for each shape obey the laws of the others.

The choice is asked of the backend itself, by the keyword that its class names.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.backends.exceptions import NotProvided
from parity_suite.backends.parameters import settings_of
from parity_suite.backends.subject import Subject
from parity_suite.compare.deviation import Bound, BrokenRule, Deviation, Outcome, exactly
from parity_suite.compare.exhibit import Artifact, Fact
from parity_suite.core.case import Case
from parity_suite.core.cause import Cause
from parity_suite.core.implementations import why_missing
from parity_suite.core.kinds import Kind
from parity_suite.core.law_traits import LawTraits
from parity_suite.faults.need import Need
from parity_suite.laws.coordinates import with_places
from parity_suite.laws.going_on import as_far_as_it_goes
from parity_suite.laws.registry import all_laws, law
from parity_suite.ptychography.choice import (
    STAGE,
    chosen,
    chosen_by_keyword,
    chosen_by_none,
    environment,
    keyword_for,
    limits,
    made_for_each_shape,
    switches_of,
)
from parity_suite.ptychography.laws.fresh import traces
from parity_suite.ptychography.laws.shifts import canvas
from parity_suite.ptychography.protocol import Trace
from parity_suite.ptychography.sizes import LARGE_BATCHES
from parity_suite.ptychography.world import rough

_NEEDS: Final = ("translation_trace",)

#: Sizes of batches of images of two shapes, as a data set and its last partial batch bring them.
_BATCHES: Final = (3, 1, 64, 65, 0, 63, 159, 2, 3)
_SHAPES: Final = ((12, 16), (17, 9))

#: Laws of which a compiler has nothing to spoil, and that would ask it for a hundred shapes or take seconds without it.
_NOT_FOR_COMPILERS: Final = frozenset(
    {"canvases", "journey", "mode", "mode_sizes", "placement", "refusal", "search", "snapshot"}
)
#: What is kept, or left behind, is so in any precision, and another thread and number of threads are compiled for anew.
_IN_ONE_PRECISION: Final = frozenset({"gradient_again", "surroundings"})


def calls(precision: str, shapes: tuple[tuple[int, int, int], ...] = ((3, 12, 16),)) -> list[tuple[Array, Array]]:
    """Images (B, H, W, 1) and offsets (B, 2) of some shapes (B, H, W)."""
    bits = np.random.Generator(np.random.PCG64(3))
    dtype = np.result_type(precision, np.complex64)
    return [
        (rough(bits, (*shape, 1)).astype(dtype), bits.uniform(-3, 3, (shape[0], 2)).astype(precision))
        for shape in shapes
    ]


def _ran(trace: Trace) -> str:
    return "+".join(trace.ran) or "none that is known"


def _here(subject: Subject, without: Collection[str] = ()) -> tuple[list[str], list[Fact]]:
    """The implementations that there are in the precision of the subject, ``without`` some, the backend's own first;
    and a fact for each that this machine cannot run, which of what is compiled takes seconds to know.
    """
    cls, reasons = subject.cls, {chosen_by_none(subject.cls, subject.fresh): ""}
    for name in chosen_by_keyword(cls):
        if name not in without and subject.precision in limits(cls, name).precisions:
            reasons[name] = why_missing(cls, name)
    missing = [Fact(f"{name} is missing", reason) for name, reason in reasons.items() if reason]
    return [name for name, reason in reasons.items() if not reason and name not in without], missing


def _trace(subject: Subject, name: str, asked: Sequence[tuple[Array, Array]]) -> Trace:
    """What is recorded of a new instance that is asked for an implementation by keyword."""
    trace: Trace = subject.fresh(**keyword_for(subject.cls, name)).translation_trace(asked)
    return trace


@law(
    stages=(STAGE,),
    cases="single",
    needs=_NEEDS,
    of_choice=True,
    traits=LawTraits(means=(Kind.SWITCH, "what was asked for by name is not what runs")),
)
def switch(subject: Subject, stage: str, case: Case) -> Iterator[Outcome | Artifact]:
    """The implementation that is chosen, by keyword, by environment or by default, is the one whose operations are in
    the framework's own trace, and no other is; a keyword comes before the environment, or the other way where that is
    declared.
    """
    by_variable = settings_of(subject.cls, stage)["precedence"] == "environment"
    asked = calls(subject.rounding)
    plain = subject.fresh()
    ran, name = plain.translation_trace(asked), chosen(plain)
    yield Fact("translation", {"chosen": name, "ran": _ran(ran), "trace": list(ran.operations)})
    yield exactly(f"what ran where {name} is chosen", _ran(ran), name)
    quick, missing = _here(subject, made_for_each_shape(subject.cls))
    yield from missing
    for one in quick:
        yield exactly(f"what ran where {one} is asked for", _ran(_trace(subject, one, asked)), one)
    for variable, values in switches_of(subject.cls).items():
        for value, wanted in values.items():
            with environment({variable: value}):
                by_environment = subject.fresh().translation_trace(asked)
                by_keyword = {one: _trace(subject, one, asked) for one in quick[:1]}
            yield exactly(f"what ran under {variable}={value}", _ran(by_environment), wanted)
            for one, trace in by_keyword.items():
                first = wanted if by_variable else one
                yield exactly(f"what ran by keyword under {variable}={value}", _ran(trace), first)


@law(
    stages=(STAGE,),
    cases="single",
    needs=_NEEDS,
    precisions=("float32",),
    slow=True,
    of_choice=True,
    traits=LawTraits(means=(Kind.SWITCH, "a choice does not reach a new process"), starts_processes=True),
)
def inheritance(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """A switch in the environment reaches a fresh process that is told nothing else: every value of it that chooses
    another implementation than would run without.
    """
    switches = switches_of(subject.cls)
    if not switches:
        raise NotProvided(f"{subject.cls.__name__} has no switch in the environment", Cause.OUTSIDE_CAPABILITY)
    own = chosen_by_none(subject.cls, subject.fresh)
    for variable, values in switches.items():
        for value, wanted in values.items():
            if wanted == own:
                continue
            with environment({variable: value}):
                (trace,) = traces(subject, [{}], calls(subject.rounding))
            yield exactly(f"what ran in a fresh process under {variable}={value}", _ran(trace), wanted)


@law(
    stages=(STAGE,),
    cases="single",
    needs=_NEEDS,
    precisions=("float32",),
    slow=True,
    of_choice=True,
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
    found, missing = _here(subject)
    yield from missing
    shapes = tuple((batch, *shape) for batch in _BATCHES for shape in _SHAPES)
    answers = traces(subject, [keyword_for(subject.cls, name) for name in found], calls(subject.rounding, shapes))
    for name, trace in zip(found, answers, strict=True):
        yield exactly(f"what ran in a fresh process where {name} is asked for", _ran(trace), name)
        made = {"traces": trace.traces, "compilations": trace.compilations}
        yield Fact(f"made by {name} for {len(_SHAPES)} shapes in {len(shapes)} batches", made)
        per_shape = name in made_for_each_shape(subject.cls)
        for what, count in made.items():
            needless = max(0, count - (len(_SHAPES) if per_shape else 0))
            yield exactly(f"{what} by {name} beyond one for each of {len(_SHAPES)} shapes", needless, 0)
        # Where another one ran, nothing of this one was made, and that is not what is wrong.
        if per_shape and _ran(trace) == name and not trace.traces + trace.compilations:
            yield BrokenRule(f"{name} is made for each shape, and nothing that was made is counted", "contract")


@law(stages=(STAGE,), cases="single", slow=True, per_shape=True, traits=LawTraits(each_shape=True, compiles=True))
def compiled(subject: Subject, stage: str, case: Case) -> Iterator[Outcome | Artifact]:
    """What is traced or compiled for each shape of an image obeys the laws of ``translate``."""
    first = subject.precision == subject.capabilities.precisions[0]
    without = _NOT_FOR_COMPILERS if first else _NOT_FOR_COMPILERS | _IN_ONE_PRECISION
    for one in all_laws():
        ordinary = not (one.of_choice or one.per_shape or one.of_pairs) and one.name not in without
        if ordinary and one.holds(stage) and subject.provides(*one.needs):
            asking = with_places(one.run, subject, stage, LARGE_BATCHES[0] if one.name == "crowd" else case)
            try:
                for found in as_far_as_it_goes(subject, asking):
                    yield _under(one.name, found)
            except NotProvided as reason:
                yield Fact(f"{one.name}, not provided", str(reason))
    for height, width in ((1, 1), (1, 7), (7, 1), (33, 64), (138, 139)):
        for found in as_far_as_it_goes(subject, canvas(subject, height, width)):
            yield _under("canvases", found)


def _under(name: str, found: Outcome | Artifact) -> Outcome | Artifact:
    if isinstance(found, Deviation | Bound):
        return replace(found, output=f"{name}: {found.output}")
    return replace(found, message=f"{name}: {found.message}") if isinstance(found, BrokenRule) else found
