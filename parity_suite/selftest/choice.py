"""Which checks should see a fault, and what keeps one from showing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final, Literal

from parity_suite.backends.exceptions import Unavailable
from parity_suite.backends.subject import Subject
from parity_suite.cases.data_source import DataSource, source_of
from parity_suite.cases.datasets import Datasets, dataset_of
from parity_suite.cases.of_pack import cases_of
from parity_suite.core.backend_spec import BackendSpec
from parity_suite.core.case import Case
from parity_suite.core.check import Check
from parity_suite.core.context import RunContext
from parity_suite.core.law_traits import NO_TRAITS, LawTraits
from parity_suite.core.packs import BY_NAME, chains_with, pack_of
from parity_suite.engine.asked import Asked, asked_of
from parity_suite.engine.checks import checks_on, enumerate_checks, packs_of
from parity_suite.faults import Fault, faulty
from parity_suite.faults.door_fault import DoorFault
from parity_suite.faults.need import Need
from parity_suite.faults.specs import right_spec
from parity_suite.laws.registry import law_traits, traits_of

#: Where the inputs come from: made for cases and by recipes, or measured.
Origin = Literal["made", "measured"]
ORIGINS: Final[tuple[Origin, ...]] = ("made", "measured")

_ANY: Final = BackendSpec("any", "parity_suite.backends.any", "Any")


def of_its_packs(spec: BackendSpec, faults: Iterable[type[Fault]]) -> Iterator[type[Fault]]:
    """The faults that packs of a backend have, or that are made of their stages: others have no place in it."""
    home = packs_of(spec)
    stages = {name for pack in home for name in (*pack.by_name, *pack.chains)}
    modules = tuple(module for pack in home for module in pack.faults)
    return (one for one in faults if one.stage in stages or one.__module__.startswith(modules))


def relevant(spec: BackendSpec, fault: type[Fault], origin: Origin, files: Sequence[str] = ()) -> Iterator[Check]:
    """The checks that should see a fault: of its stage and of the chain it is part of, on the CPU in its precision.

    Of a model stage, those on the cases that it shows on, each law in one precision, and the pair with the right one.
    """
    if is_of_model(fault):
        if origin == "made":
            yield from _on(spec, _taught(spec, fault))
        return
    yield from (c for c in _of_stage(spec, fault, origin, files) if c.precision == fault.precision)


def wider(spec: BackendSpec, fault: type[Fault], origin: Origin, files: Sequence[str]) -> Iterator[Check]:
    """The checks of the fault's stage in every precision and on every case."""
    if is_of_model(fault):
        if origin == "made":
            mine = sorted(
                _model_checks(_plain(spec)), key=lambda check: (not fault.shows_on(check.case), check.case.sizes)
            )
            yield from _on(spec, (c for c in mine if c.stage == fault.stage))
        return
    yield from _of_stage(spec, fault, origin, files)


def is_of_model(fault: type[Fault]) -> bool:
    """Whether it is one of a stage that trains or holds a model."""
    return fault.stage in BY_NAME and BY_NAME[fault.stage].of_model


def _on(spec: BackendSpec, checks: Iterable[Check]) -> Iterator[Check]:
    """The checks on a faulty copy, those of a pair beside the right one."""
    return (replace(check, specs=(spec, right_spec(spec))[: len(check.specs)]) for check in checks)


def _of_stage(spec: BackendSpec, fault: type[Fault], origin: Origin, files: Sequence[str]) -> Iterator[Check]:
    """The checks of a fault's stage on a faulty copy, and of the chain it is part of, on data of an origin."""
    stages, traits = (fault.stage, *chains_with(fault.stage)), law_traits()
    homes = tuple((name, pack_of(fault.stage).name) for name in files)
    for one in _asked(spec, fault):
        for check in _checks(replace(one, spec=_ANY), homes):
            here = (check.case.kind == "file") == (origin == "measured")
            if check.stage in stages and here and _reaches(fault, traits.get(check.law, NO_TRAITS)):
                yield replace(check, specs=(one.spec,))
    if origin == "made" and fault.stage in BY_NAME and not pack_of(fault.stage).oracle:
        # Where there is no oracle, what is right is what the right copy gives.
        yield from _on(spec, (check for check in _pair_checks() if check.stage == fault.stage))


def _asked(spec: BackendSpec, fault: type[Fault]) -> Iterator[Asked]:
    """The faulty copy, unless the fault stands in other implementations of it; those that a keyword chooses, where it
    stands in them or they are made for each shape, which alone are asked what that can spoil.
    """
    copy, *others = asked_of(right_spec(spec))
    elsewhere = Need.COARSE in fault.needs
    fused = (fault.stage,) if fault.stage in BY_NAME and BY_NAME[fault.stage].replaces else ()
    if not elsewhere:
        yield replace(copy, spec=spec, fused=fused)
    for one in others:
        if one.chosen and (elsewhere or one.per_shape):
            yield replace(one, spec=spec.implementation(one.spec.member.rpartition(".")[2]))


def _reaches(fault: type[Fault], law: LawTraits) -> bool:
    """Whether a fault can show in what a law asks for: no other than one of implementations that are made for each
    shape reaches a mistake in one of these.
    """
    reached = not law.of_kernels or issubclass(fault, DoorFault)
    reached &= law.each_shape or Need.COMPILED not in fault.needs
    return reached and (not law.sees or bool(fault.needs & law.sees))


def neighbours(spec: BackendSpec, fault: type[Fault]) -> Iterator[Check]:
    """One check of every other stage, and the quick ones of other model stages: the fault must leave all green."""
    if is_of_model(fault):
        for check in _model_checks(_plain(spec)):
            quick = check.law in BY_NAME[check.stage].quick_laws
            if check.stage != fault.stage and quick and not check.case.slow:
                yield replace(check, specs=(spec,))
    for check in _checks(Asked(_ANY)):
        plain = check.stage in BY_NAME and traits_of(check.law).plain and check.precision == "float32"
        if plain and check.stage != fault.stage and check.case in cases_of(pack_of(check.stage), "small")[:1]:
            yield replace(check, specs=(spec,))


def can_show(
    context: RunContext, spec: BackendSpec, fault: type[Fault], origin: Origin, files: Sequence[str] = ()
) -> bool:
    """Whether backend and data have what the fault needs to change anything that is checked."""
    if no_place(context, spec, fault):
        return False
    if origin == "made" or not files:
        return origin == "made"
    return fault.needs <= _present(context, source_of(pack_of(fault.stage)), files)


def no_place(context: RunContext, spec: BackendSpec, fault: type[Fault]) -> ValueError | Unavailable | None:
    """Why the mistake cannot be made in a backend, or the backend not in the precision that it shows in; None where
    both can. Raises what loading the backend raises.
    """
    try:
        faulty(spec.load(), fault)
        _ = Subject(spec, context, precision=fault.precision).backend
    except (ValueError, Unavailable) as reason:
        return reason
    return None


def files_of(context: RunContext, fault: type[Fault]) -> tuple[str, ...]:
    """The measured datasets of the run that the pack of a fault's stage has cases on."""
    homes = context.part(Datasets).homes if fault.stage in BY_NAME else {}
    return tuple(name for name, home in homes.items() if home == pack_of(fault.stage).name)


def _present(context: RunContext, source: DataSource, files: Sequence[str]) -> frozenset[str]:
    """What there is in measured datasets of what faults need."""
    datasets = [dataset_of(context, Case(name, "file", source=name)) for name in files]
    return frozenset(need for one in datasets for need in source.shows(one))


def _taught(spec: BackendSpec, fault: type[Fault]) -> Iterator[Check]:
    """The checks of a model stage in the precision that the fault shows in, or in the only one that the law has.

    Two processes read for each pair of bundles; only what no other law can see is worth that here.
    """
    mine = [c for c in _model_checks(_plain(spec)) if c.stage == fault.stage and fault.shows_on(c.case)]
    has = {(c.law, c.case.name, c.precision) for c in mine}
    for check in mine:
        if check.law == "pair" and not BY_NAME[check.stage].is_method and Need.PAIR not in fault.needs:
            continue
        wanted = (check.law, check.case.name, fault.precision)
        if check.precision == fault.precision or wanted not in has:
            yield check


def _plain(spec: BackendSpec) -> BackendSpec:
    """The right one under a name that all have, by which it is remembered."""
    return replace(right_spec(spec), name=_ANY.name)


@lru_cache(maxsize=8)
def _model_checks(spec: BackendSpec) -> tuple[Check, ...]:
    """The checks of the model stages of a backend on the CPU, and of it and another like it; all are quick enough
    here.
    """
    found = enumerate_checks([spec, replace(spec, name="other")])
    return tuple(
        replace(c, slow=False)
        for c in found
        if c.stage in BY_NAME
        and BY_NAME[c.stage].of_model
        and c.specs[0] == spec
        and c.device == "cpu"
        and not traits_of(c.law).untried
    )


def _pair_checks() -> Iterator[Check]:
    """The checks of a pair of any two backends on the CPU."""
    found = enumerate_checks([_ANY, replace(_ANY, name="other")])
    return (check for check in found if len(check.specs) > 1 and check.device == "cpu")


@lru_cache(maxsize=8)
def _checks(asked: Asked, files: tuple[tuple[str, str], ...] = ()) -> tuple[Check, ...]:
    """The checks on the CPU of any one backend that is asked so."""
    return tuple(c for c in checks_on(asked, dict(files)) if c.device == "cpu")
