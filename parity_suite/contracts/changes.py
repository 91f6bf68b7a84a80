"""One change of a contract and whom it breaks; and the rule that a breaking change needs a greater version."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final

from parity_suite.contracts.model import Contract


class Effect(StrEnum):
    """Whom a change breaks; :mod:`parity_suite.contracts.difference` says what that means."""

    COMPATIBLE = "compatible"
    READERS = "breaks readers"
    WRITERS = "breaks writers"
    BOTH = "breaks both"


_REASONS: Final[Mapping[Effect, str]] = {
    Effect.COMPATIBLE: "what is valid stays the same",
    Effect.READERS: "new files may hold what an old reader does not expect",
    Effect.WRITERS: "what an old writer writes may no longer be valid",
    Effect.BOTH: "new files may hold what an old reader does not expect, and old files what is no longer valid",
}


def effect(*, readers: bool, writers: bool) -> Effect:
    """The effect of a change that leaves readers, writers, both or neither unharmed."""
    if readers:
        return Effect.COMPATIBLE if writers else Effect.WRITERS
    return Effect.READERS if writers else Effect.BOTH


@dataclass(frozen=True)
class Change:
    """One difference between two versions of a contract.

    ``place`` is the key in the contract's file, such as ``fields.diff3d.dtypes``; empty for the whole contract.
    ``str()`` is one line.
    """

    contract: str
    place: str
    what: str
    effect: Effect
    reason: str

    @property
    def breaking(self) -> bool:
        """Whether it asks for a greater version."""
        return self.effect is not Effect.COMPATIBLE

    def to_json(self) -> dict[str, Any]:
        """Its parts as plain text."""
        return asdict(self) | {"effect": str(self.effect)}

    def __str__(self) -> str:
        place = f" {self.place}" if self.place else ""
        return " ".join(f"{self.contract}{place}: {self.what}: {self.effect}, {self.reason}".split())


@dataclass(frozen=True)
class Difference:
    """A change before it is known which contract it is of."""

    place: str
    what: str
    effect: Effect
    reason: str = ""

    def of(self, contract: str) -> Change:
        """The change of ``contract``, with the usual reason where there is none of its own."""
        return Change(contract, self.place, self.what, self.effect, self.reason or _REASONS[self.effect])


@dataclass(frozen=True)
class Refusal:
    """A contract whose version does not say what happened to it; ``new`` is None where the contract is gone."""

    contract: str
    old: int
    new: int | None
    changes: tuple[Change, ...]

    def __str__(self) -> str:
        if self.new is not None and self.new < self.old:
            return f"{self.contract}: version {self.old} went down to {self.new}"
        if self.new is None:
            return f"{self.contract}: version {self.old} was removed, and what is gone has no greater version"
        broken = "; ".join(f"{change.place or 'contract'} {change.effect}" for change in self.changes)
        return f"{self.contract}: still version {self.new}, wanted at least {self.old + 1}, since {broken}"


def unstepped(old: Mapping[str, Contract], new: Mapping[str, Contract], changes: Iterable[Change]) -> list[Refusal]:
    """The contracts with a breaking change and no greater version, and those whose version goes down.

    A greater version without a breaking change is fine: a writer may announce what it likes. A contract that is gone
    is refused, since it has no version left that could say so.
    """
    refused = []
    breaking = [change for change in changes if change.breaking]
    for name, before in old.items():
        after = new[name].version if name in new else None
        own = tuple(change for change in breaking if change.contract == name)
        if after is None or after < before.version or (after == before.version and own):
            refused.append(Refusal(name, before.version, after, own))
    return refused
