"""What the checks made of one fault: data, not prose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, cast

from parity_suite.contracts.plain_json import plain
from parity_suite.core.finding import Verdict
from parity_suite.core.kinds import Kind
from parity_suite.faults import FAULTS, Fault
from parity_suite.laws.registry import traits_of
from parity_suite.selftest.choice import Origin


@dataclass(frozen=True)
class Kill:
    """A check that was red on the faulty copy, and of the right backend measured something and found nothing wrong."""

    #: id of the check, with the right backend's name in it
    check: str
    stage: str
    law: str
    #: the stage that it blamed
    blame: str
    verdict: Verdict
    #: the kind of mistake that it named; None where it named none or was not asked
    kind: Kind | None = None

    @property
    def name(self) -> str:
        """``stage.law``, under which the law of this stage is known."""
        return f"{self.stage}.{self.law}"


@dataclass(frozen=True)
class MutantResult:
    """What the checks of a fault's stage made of it on made or on measured data."""

    fault: str
    backend: str
    origin: Origin
    kills: tuple[Kill, ...] = ()
    #: checks that ran and were green, by ``stage.law``
    green: Mapping[str, int] | None = None
    #: ids of checks that are red on the right backend too, and so prove nothing
    spoilt: tuple[str, ...] = ()
    #: why no check ran
    reason: str = ""
    #: the method that the backend would need for the mistake, empty where it has it
    missing: str = ""
    #: an error in the code of the fault itself, which proves nothing; empty where there was none
    broken: str = ""
    #: whether backend and data have what the fault needs to show
    shows: bool = True
    seconds: float = 0.0

    @property
    def cls(self) -> type[Fault]:
        return FAULTS[self.fault]

    @cached_property
    def witnesses(self) -> tuple[Kill, ...]:
        """The kills that count, each an evidence of its own: an anchor says of the recipes what the oracle says, so a
        fault seen by both is not seen twice.
        """
        return tuple(kill for kill in self.kills if not traits_of(kill.law).echo)

    @cached_property
    def laws(self) -> tuple[str, ...]:
        """The laws that saw it; those of a chain by their full name."""
        stage = self.cls.stage
        return tuple(sorted({kill.law if kill.stage == stage else kill.name for kill in self.witnesses}))

    @property
    def ran(self) -> int:
        return len(self.kills) + sum((self.green or {}).values())

    @property
    def survived(self) -> bool:
        """Whether it could show here and nothing saw it, or what was seen is an error of its own."""
        unseen = self.shows and not self.reason and not self.cls.equivalent and not self.witnesses
        return unseen or bool(self.broken)

    @property
    def misplaced(self) -> tuple[Kill, ...]:
        """Kills that blame another stage."""
        return tuple(kill for kill in self.kills if kill.blame != self.cls.stage)

    @property
    def kind(self) -> Kind | None:
        """The kind of mistake that was named; None where none was, or nothing was asked."""
        return next((kill.kind for kill in self.kills if kill.kind), None)

    def to_json(self) -> dict[str, Any]:
        raw: dict[str, Any] = plain(asdict(self))
        return raw

    @staticmethod
    def from_json(raw: Mapping[str, Any]) -> MutantResult:
        kills = tuple(
            Kill(
                **{
                    **kill,
                    "verdict": Verdict(kill["verdict"]),
                    "kind": Kind(kill["kind"]) if kill["kind"] else None,
                }
            )
            for kill in raw["kills"]
        )
        return MutantResult(
            **{**raw, "kills": kills, "spoilt": tuple(raw["spoilt"]), "origin": cast(Origin, raw["origin"])}
        )
