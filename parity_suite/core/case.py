"""A case, by name, and one that is narrowed for who is asked; no arrays are made here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, Protocol

from parity_suite.core.check_id import require_name
from parity_suite.core.stage import Setting

#: Conventions of a stage that are not the default, by name.
Conventions = tuple[tuple[str, Setting], ...]

#: Tags that are known of a case, beside those of a pack's own: that a quick run does not ask it in float64, whatever
#: the law; and that it asks it by those laws alone that are quick.
SLOW_IN_FLOAT64: Final = "slow-in-float64"
FOR_QUICK_LAWS: Final = "for-quick-laws"


@dataclass(frozen=True)
class Case:
    """One concrete input. ``kind`` is ``made``, ``file`` or a word of the pack; a name never depends on the machine."""

    name: str
    kind: str = "made"
    #: the sizes of its axes by their symbols, as far as it says them
    sizes: tuple[tuple[str, int], ...] = ()
    #: what its dataset is called: that of a recipe, or the name under which a file was loaded
    source: str = ""
    slow: bool = False
    tags: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        require_name("case", self.name)
        # As lists they come back from JSON.
        object.__setattr__(self, "sizes", tuple((symbol, size) for symbol, size in self.sizes))
        object.__setattr__(self, "tags", tuple(self.tags))

    @staticmethod
    def of_sizes(name: str, *, slow: bool = False, **sizes: int) -> Case:
        """A case that is told by the sizes of its axes."""
        return Case(name, sizes=tuple(sizes.items()), slow=slow)

    def size(self, symbol: str, otherwise: int | None = None) -> int:
        """The size of an axis; KeyError where the case does not say it and nothing is given for that."""
        sizes = dict(self.sizes)
        return sizes[symbol] if otherwise is None else sizes.get(symbol, otherwise)

    @property
    def without(self) -> frozenset[str]:
        """Options that are given in no variant."""
        return frozenset()

    @property
    def conventions(self) -> Conventions:
        """Those of the backends that are asked, where they are not the default and all the same."""
        return ()

    @property
    def whole(self) -> Case:
        """The case with all of its variants."""
        return self

    def takes(self, stage: str, inputs: Mapping[str, Any]) -> bool:
        """Whether inputs of a stage are among its variants."""
        return True

    def parts(self, stage: str, inputs: Mapping[str, Any]) -> Mapping[str, int]:
        """How many of its inputs to take along some axes, by their symbols."""
        return {}

    def require(self, stage: str, inputs: Mapping[str, Any]) -> None:
        """Raises what says why inputs of a stage are not."""


class Limited(Protocol):
    """Who cannot do all that the contracts of stages ask: a subject."""

    def outside(self, stage: str, inputs: Mapping[str, Any]) -> str:
        """The limit that inputs of a stage are outside of, in words; empty where there is none."""
        ...

    def parts(self, stage: str, inputs: Mapping[str, Any]) -> Mapping[str, int]:
        """How many to take along axes, so that they are within; empty where that is all, or of no use."""
        ...

    def require_within(self, stage: str, inputs: Mapping[str, Any]) -> None:
        """Raises what says that they are outside of one."""
        ...


@dataclass(frozen=True)
class NarrowCase(Case):
    """A case for backends whose methods do not take some options, that cannot do something else, or that have other
    conventions; its checks have the ids of the whole one.
    """

    without: frozenset[str] = frozenset()
    subjects: tuple[Limited, ...] = ()
    conventions: Conventions = ()

    @property
    def whole(self) -> Case:
        known = {one.name: getattr(self, one.name) for one in fields(Case)}
        return Case(**known)

    def takes(self, stage: str, inputs: Mapping[str, Any]) -> bool:
        if any(inputs.get(option) is not None for option in self.without):
            return False
        # All are asked, so that each can note it.
        limits = [one.outside(stage, inputs) for one in self.subjects]
        return not any(limits)

    def parts(self, stage: str, inputs: Mapping[str, Any]) -> Mapping[str, int]:
        found: dict[str, int] = {}
        for one in self.subjects:
            for axis, part in one.parts(stage, inputs).items():
                found[axis] = min(part, found.get(axis, part))
        return found

    def require(self, stage: str, inputs: Mapping[str, Any]) -> None:
        for one in self.subjects:
            one.require_within(stage, inputs)
