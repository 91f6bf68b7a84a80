"""All checks of some backends: every law on every stage and case that it takes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import combinations, product

from parity_suite.backends.capabilities import EVERYTHING, Capabilities, capabilities_of
from parity_suite.backends.methods import own_method
from parity_suite.backends.subject import FAILURES
from parity_suite.cases.of_pack import NO_FILES, cases_of, taken_cases
from parity_suite.core.backend_spec import BackendSpec
from parity_suite.core.case import FOR_QUICK_LAWS, SLOW_IN_FLOAT64, Case
from parity_suite.core.check import Check
from parity_suite.core.pack import Pack
from parity_suite.core.packs import BY_NAME, pack_of, packs
from parity_suite.core.stage import DEVICES, PRECISIONS
from parity_suite.engine.asked import OWN, Asked, asked_of, pairs_of
from parity_suite.laws.pairs import pair_cases, pair_precisions, pair_stages
from parity_suite.laws.registry import Law, all_laws


def enumerate_checks(
    specs: Sequence[BackendSpec], files: Mapping[str, str] = NO_FILES, pairs: Collection[str] = ()
) -> tuple[Check, ...]:
    """All checks of the given backends and of their implementations, grouped by subject so that a worker imports what
    it needs.

    ``files`` are the names of measured datasets, with the pack of each; ``pairs`` the subjects, as they stand in ids,
    of pairs of implementations to be asked beside those of backends.
    """
    homes = {spec: packs_of(spec) for spec in specs}
    listed, others = [], []
    for spec in specs:
        first, *more = asked_of(spec)
        listed.append(first)
        others += [one for one in more if one.spec not in homes]
        homes |= {one.spec: homes[spec] for one in more}
    beside = combinations(sorted(listed, key=lambda one: one.spec.name), 2)
    wanted = pairs_of({one.spec.name: one for one in (*listed, *others)}, pairs)
    return (
        *_oracle_checks([pack for pack in packs() if not specs or any(pack in home for home in homes.values())], specs),
        *(c for one in (*listed, *others) for c in _backend_checks(one, homes[one.spec], files)),
        *_pairs({**dict.fromkeys(beside, False), **dict.fromkeys(wanted, True)}, homes, files),
    )


def checks_on(asked: Asked, files: Mapping[str, str] = NO_FILES) -> tuple[Check, ...]:
    """All checks that one backend or implementation is asked by itself."""
    return tuple(_backend_checks(asked, packs_of(asked.spec), files))


def packs_of(spec: BackendSpec) -> tuple[Pack, ...]:
    """The packs whose checks a backend is asked: those that its class names in ``packs``, else those whose stages it
    defines; of several packs all where neither tells. Only where there are several its module is imported for that.
    """
    known = packs()
    if len(known) == 1:
        return known
    try:
        cls = spec.load()
    except FAILURES:
        # The checks themselves say what is wrong with it.
        return known
    named = tuple(pack for pack in known if pack.name in getattr(cls, "packs", ()))
    defining = tuple(pack for pack in known if any(_defines(cls, [one.name]) for one in pack.stages))
    return named or defining or known


def _limits(spec: BackendSpec) -> Capabilities:
    """What a backend's class declares, by which it is asked more cases than others; everything of one not known."""
    try:
        cls = _class_of(spec)
        return capabilities_of(cls) if cls else EVERYTHING
    except FAILURES:
        return EVERYTHING


def _oracle_checks(chosen: Sequence[Pack], specs: Sequence[BackendSpec]) -> Iterator[Check]:
    """An oracle is held to its own anchors, which it alone writes, at the stages of which it judges a backend."""
    classes = [_class_of(spec) for spec in specs]
    for law in (law for law in all_laws() if law.traits.of_oracle):
        for stage in (stage for stage in law.stages if pack_of(stage) in chosen and _is_judged(stage, classes)):
            for case in cases_of(pack_of(stage), law.cases):
                yield Check(stage, law.name, case, (oracle_spec(pack_of(stage)),), "cpu", "float64", case.slow)


def _is_judged(stage: str, classes: Sequence[type | None]) -> bool:
    """Whether one of some classes defines a stage, or all of which it is composed; one that is not known may, and where
    there is none all stages are.
    """
    ways = [names for names in ((stage,), BY_NAME[stage].composed_of) if names]
    return not classes or any(cls is None or any(_defines(cls, names) for names in ways) for cls in classes)


def _defines(cls: type, names: Sequence[str]) -> bool:
    return all(own_method(cls, name) is not None for name in names)


def _class_of(spec: BackendSpec) -> type | None:
    """A backend's class; None where it cannot be imported, as its checks say, and for those that come with the suite,
    which have every stage and are not imported for that.
    """
    if spec.module.startswith(OWN):
        return None
    try:
        return spec.load()
    except FAILURES:
        return None


def oracle_spec(pack: Pack) -> BackendSpec:
    """The oracle of a pack, as the subject of checks."""
    return BackendSpec("oracle", *pack.oracle.split(":"))


def _backend_checks(asked: Asked, home: Sequence[Pack], files: Mapping[str, str]) -> Iterator[Check]:
    preflight_case, spec, limits = Case("arithmetic"), asked.spec, _limits(asked.spec)
    for device in DEVICES:
        # Whichever implementation is asked, the arithmetic is the same.
        for precision in PRECISIONS if asked.only is None else ():
            yield Check("preflight", "arithmetic", preflight_case, (spec,), device, precision)
        # By module and place in it, whatever was imported first.
        for law in sorted(all_laws(), key=lambda law: law.run.__module__):
            for stage in (stage for stage in _stages(asked, law) if pack_of(stage) in home and not law.of_pairs):
                for case in taken_cases(stage, cases_of(pack_of(stage), law.cases, files, [limits])):
                    for precision in _precisions(law, stage, case, limits):
                        slow = law.slow or case.slow or _is_slow(law, stage, case, precision)
                        yield Check(stage, law.name, case, (spec,), device, precision, slow)


def _stages(asked: Asked, law: Law) -> Iterator[str]:
    """The stages that a law asks of a backend, or of an implementation."""
    if asked.only is not None:
        yield from (stage for stage in asked.only if law.holds(stage) and _of_implementation(law, stage, asked))
    elif not law.per_shape:
        yield from law.stages
        yield from filter(law.holds, asked.fused)


def _of_implementation(law: Law, stage: str, asked: Asked) -> bool:
    """Whether a law is one of an implementation: of what is made for each shape those that ask so few that it is worth
    the time, if the stage has any.
    """
    few = asked.per_shape and any(one.per_shape and one.holds(stage) for one in all_laws())
    return not law.of_choice and law.per_shape is few


def _precisions(law: Law, stage: str, case: Case, limits: Capabilities) -> tuple[str, ...]:
    """What is compiled twice is what a compiler can spoil in one precision alone, and what is trained twice is one
    task of each kind.
    """
    if law.otherwise and not set(law.precisions) & set(limits.precisions):
        return (*law.precisions, *law.otherwise)
    if case.slow and stage in BY_NAME and BY_NAME[stage].of_model:
        return law.precisions[:1]
    return law.precisions[:1] if law.traits.each_mode and not BY_NAME[stage].both_modes else law.precisions


def _is_slow(law: Law, stage: str, case: Case, precision: str) -> bool:
    """Compiling costs seconds, and a law that holds a backend to itself asks it many times; in float64 most laws find
    what they find without.
    """
    if law.traits.each_mode and (case.source or not BY_NAME[stage].quick_modes):
        return True
    if law.quick:
        return precision == "float64" and SLOW_IN_FLOAT64 in case.tags
    return precision == "float64" or FOR_QUICK_LAWS in case.tags


def _pairs(
    asked: Mapping[tuple[Asked, Asked], bool], homes: Mapping[BackendSpec, Sequence[Pack]], files: Mapping[str, str]
) -> Iterator[Check]:
    """The checks of pairs, each with whether an implementation is asked the chains with its stages as well."""
    limits = {spec: _limits(spec) for spec in homes}
    for (one, other), chains in asked.items():
        pair = one.spec, other.spec
        both = [pack for pack in homes[pair[0]] if pack in homes[pair[1]]]
        yield from _laws_of_pair(pair, both, [limits[spec] for spec in pair])
        stages = dict.fromkeys((*pair_stages(), *one.fused, *other.fused))
        shared = (stage for stage in stages if all(side.takes(stage, chains=chains) for side in (one, other)))
        for stage in (stage for stage in shared if pack_of(stage) in both):
            cases = cases_of(pack_of(stage), pair_cases(stage), files, [limits[spec] for spec in pair])
            for case in taken_cases(stage, cases):
                for device in DEVICES:
                    for precision in pair_precisions(stage, case):
                        slow = case.slow or precision == "float64"
                        yield Check(stage, "pair", case, pair, device, precision, slow)


def _laws_of_pair(
    pair: tuple[BackendSpec, BackendSpec], both: Sequence[Pack], limits: Sequence[Capabilities]
) -> Iterator[Check]:
    """The checks of laws that two backends are asked together."""
    for law in (law for law in all_laws() if law.of_pairs):
        for stage in (stage for stage in law.stages if pack_of(stage) in both):
            for case in taken_cases(stage, cases_of(pack_of(stage), law.cases, limits=limits)):
                for device, precision in product(DEVICES, law.precisions):
                    slow = law.slow or case.slow or _is_slow(law, stage, case, precision)
                    yield Check(stage, law.name, case, pair, device, precision, slow)
