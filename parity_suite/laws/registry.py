"""The register of laws: which stages and cases each is for, and how two backends are compared where not by outputs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Final, TypeVar

from parity_suite.backends.subject import Subject
from parity_suite.compare.deviation import Outcome
from parity_suite.compare.exhibit import Artifact
from parity_suite.core.about import About
from parity_suite.core.case import Case
from parity_suite.core.law_traits import NO_TRAITS, LawTraits, Traits
from parity_suite.core.packs import BY_NAME, packs
from parity_suite.core.stage import PRECISIONS, Stage
from parity_suite.snapshots.anchors import Content

Function = TypeVar("Function", bound=Callable[..., Iterator[Outcome | Artifact]])
PairFunction = Callable[[Subject, Subject, Case], Iterator[Outcome | Artifact]]


@dataclass(frozen=True)
class Stored:
    """What a law of stored numbers holds a backend to after an update, and how far off a number stays as it is."""

    content: Content
    allowed: float


Stores = Callable[[Subject, str, Case], Stored]
#: How far a subject lies from a third opinion on what the oracle has no answer to, as on a gradient or a training.
Errors = Callable[[Subject, Case, About], Iterator[float]]


@dataclass(frozen=True)
class Law:
    """``named`` are the stages that it is for, or says of any stage whether it is; a stage may exempt itself from a law
    of the second kind. ``cases`` names a selection of the pack's; ``needs`` methods beside the stage's own; ``stores``
    gives what a law of stored numbers will hold to after an update.

    Every implementation of a stage is asked it, unless it is one ``of_choice`` between them. One ``per_shape`` is asked
    in the place of all others of an implementation that is made for each shape, and of nothing else.
    One that ``searches`` tries as many inputs as the profile of hypothesis says. A ``quick`` one a quick run asks in
    float64 and at odd sides too. A backend that declares none of the ``precisions`` is asked ``otherwise``. One
    ``of_pairs`` is asked of two backends, which its function is given both.
    """

    name: str
    run: Callable[..., Iterator[Outcome | Artifact]]
    named: tuple[str, ...] | Callable[[Stage], bool]
    cases: str
    needs: tuple[str, ...] = ()
    precisions: tuple[str, ...] = ("float32", "float64")
    slow: bool = False
    quick: bool = False
    of_choice: bool = False
    per_shape: bool = False
    searches: bool = False
    stores: Stores | None = None
    doc: str = ""
    otherwise: tuple[str, ...] = ()
    of_pairs: bool = False
    traits: LawTraits = NO_TRAITS

    @property
    def stages(self) -> tuple[str, ...]:
        """The names of the stages of all packs that it is for."""
        return self.named if isinstance(self.named, tuple) else tuple(filter(self.holds, BY_NAME))

    def holds(self, stage: str) -> bool:
        """Whether it is for a stage."""
        if isinstance(self.named, tuple):
            return stage in self.named
        known = BY_NAME.get(stage)
        return known is not None and not known.of_model and self.name not in known.exempt and self.named(known)


@dataclass(frozen=True)
class PairLaw:
    """How two backends are compared at a stage whose outputs side by side do not say it all, and on which cases;
    ``needs`` are the methods of both.
    """

    run: PairFunction
    cases: str
    needs: tuple[str, ...]
    precisions: Callable[[Case], Sequence[str]]
    errors: Errors | None


#: A law that means one thing and is tried in several ways has one entry for each, of different stages.
LAWS: Final[list[Law]] = []
PAIR_LAWS: Final[dict[str, PairLaw]] = {}


def law(
    *,
    stages: tuple[str, ...] | Callable[[Stage], bool],
    cases: str,
    needs: tuple[str, ...] = (),
    precisions: tuple[str, ...] = ("float32", "float64"),
    slow: bool = False,
    quick: bool = False,
    of_choice: bool = False,
    per_shape: bool = False,
    searches: bool = False,
    stores: Stores | None = None,
    otherwise: tuple[str, ...] = (),
    of_pairs: bool = False,
    name: str = "",
    traits: LawTraits = NO_TRAITS,
) -> Callable[[Function], Function]:
    """Registers a function as the law of a name, its own unless said; ``ValueError`` where a stage already has one that
    is called so.
    """

    def register(function: Function) -> Function:
        new = Law(
            name=name or function.__name__,
            run=function,
            named=stages,
            cases=cases,
            needs=needs,
            precisions=precisions,
            slow=slow,
            quick=quick,
            of_choice=of_choice,
            per_shape=per_shape,
            searches=searches,
            stores=stores,
            doc=(function.__doc__ or "").strip(),
            otherwise=otherwise,
            of_pairs=of_pairs,
            traits=traits,
        )
        if both := {stage for known in LAWS if known.name == new.name for stage in filter(new.holds, known.stages)}:
            raise ValueError(f"two laws of {', '.join(sorted(both))} are called {new.name}")
        LAWS.append(new)
        return function

    return register


def pair_law(
    stage: str,
    *,
    needs: tuple[str, ...],
    cases: str = "data",
    precisions: Callable[[Case], Sequence[str]] = lambda case: PRECISIONS,
    errors: Errors | None = None,
) -> Callable[[PairFunction], PairFunction]:
    """Registers a function as what the law ``pair`` is at one stage; ``ValueError`` where the stage has one."""

    def register(function: PairFunction) -> PairFunction:
        if stage in PAIR_LAWS:
            raise ValueError(f"two laws of {stage} are called pair")
        PAIR_LAWS[stage] = PairLaw(function, cases, needs, precisions, errors)
        return function

    return register


def all_laws() -> Sequence[Law]:
    """All laws: those of the modules of this package, in their order, and those of every pack in theirs."""
    _import((__package__, *(module for pack in packs() for module in pack.laws)))
    return LAWS


@cache
def _import(names: tuple[str, ...]) -> None:
    for name in names:
        # Of a package all modules.
        for found in sorted(one.name for one in iter_modules(getattr(import_module(name), "__path__", ()))):
            import_module(f"{name}.{found}")


def law_modules() -> frozenset[str]:
    """The modules in which laws are registered, whoever wrote them: what is raised there is not raised by a backend."""
    return frozenset(known.run.__module__ for known in all_laws())


#: Comparing two backends says which stage they part at, and what laws of one alone say better.
_PAIR: Final = LawTraits(telling=-1, relative=True)


def law_traits() -> Traits:
    """What all laws say of themselves, by their names."""
    return {name: traits_of(name) for name in ("pair", *{known.name: None for known in all_laws()})}


def traits_of(name: str) -> LawTraits:
    """What the laws of a name say of themselves."""
    found = _PAIR if name == "pair" else NO_TRAITS
    for known in all_laws():
        if known.name == name:
            found = known.traits.joined(found)
    return found


def law_of(name: str, stage: str) -> Law:
    """The law of a stage by its name; ``KeyError`` where there is none."""
    for known in all_laws():
        if known.name == name and known.holds(stage):
            return known
    raise KeyError(f"{stage} has no law {name}")


def pair_law_of(stage: str) -> PairLaw | None:
    """What the law ``pair`` is at a stage where it is not the comparison of all outputs."""
    all_laws()
    return PAIR_LAWS.get(stage)
