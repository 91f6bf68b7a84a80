"""Who is asked what: a backend all stages and the chains that it does in one, an implementation its own stages."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from parity_suite.backends.subject import FAILURES
from parity_suite.core.backend_spec import BackendSpec
from parity_suite.core.fused import JOINT
from parity_suite.core.implementations import Declared, declared_by, declared_in_source
from parity_suite.core.packs import BY_NAME, chain_of

#: Where classes are that a run does not import in order to know what they declare.
OWN: Final = f"{__package__.partition('.')[0]}."


@dataclass(frozen=True)
class Asked:
    """A backend or an implementation; ``only`` are the stages of the latter, None for whatever there is, and ``fused``
    the chains that the former does in one. ``per_shape`` says that it is made anew for each shape of an array,
    ``chosen`` that a keyword chooses it, so that its methods are those of the backend.
    """

    spec: BackendSpec
    fused: tuple[str, ...] = ()
    only: tuple[str, ...] | None = None
    per_shape: bool = False
    chosen: bool = False

    def takes(self, stage: str, *, chains: bool = False) -> bool:
        """Whether it is asked a stage or, where it is to go through ``chains`` as well, one that has a stage of it."""
        return self.only is None or bool({stage, *(chain_of(stage) if chains else ())} & set(self.only))


def asked_of(spec: BackendSpec) -> Sequence[Asked]:
    """The one that is listed, and after it each of its implementations."""
    outer, _, name = spec.member.rpartition(".")
    of = _declared(replace(spec, name="outer", member=outer)) if outer else Declared()
    if name in of.implementations:
        return [_implementation(spec, of, name)]
    own = _declared(spec)
    others = [_implementation(spec.implementation(name), own, name) for name in own.implementations]
    return [Asked(spec, _known(map(JOINT.join, own.fused.values()))), *others]


def _implementation(spec: BackendSpec, of: Declared, name: str) -> Asked:
    only = _known(of.implementations[name])
    return Asked(spec, only=only, per_shape=name in of.per_shape, chosen=all(stage in of.chosen_by for stage in only))


def _known(stages: Iterable[str]) -> tuple[str, ...]:
    """Of what is no stage its class's checks say so."""
    return tuple(dict.fromkeys(stage for stage in stages if stage in BY_NAME))


def _declared(spec: BackendSpec) -> Declared:
    """What a class declares: as its source says where it cannot be imported, so that its checks are the same there, and
    of those that come with the suite, of which no framework is imported for that.
    """
    if not spec.module.startswith(OWN):
        try:
            return declared_by(spec.load())
        except FAILURES:
            pass
    return declared_in_source(spec.module, spec.member)


def pairs_of(asked: Mapping[str, Asked], wanted: Collection[str]) -> Iterator[tuple[Asked, Asked]]:
    """The pairs that are wanted by their subjects in ids, of those that are asked."""
    for one, other in (sorted(text.split("+")) for text in wanted):
        if one in asked and other in asked:
            yield asked[one], asked[other]
