"""Which cases there are, by name; no arrays are made here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final, Protocol

from parity_suite.core.check_id import require_name
from parity_suite.core.stage import Setting

#: Conventions of a stage that are not the default, by name.
Conventions = tuple[tuple[str, Setting], ...]


@dataclass(frozen=True)
class Case:
    """One concrete input. ``kind`` is ``probing``, ``recipe``, ``file`` or, for training, ``lesson``; a name never
    depends on the machine.
    """

    name: str
    kind: str
    gridsize: int
    #: side of a patch and number of groups, of a probing case
    side: int = 0
    batch: int = 0
    #: the recipe's name, or the name under which a file was loaded
    source: str = ""
    slow: bool = False
    #: of a case of another pack, the sizes of its axes by their symbols
    sizes: tuple[tuple[str, int], ...] = ()

    def __post_init__(self) -> None:
        require_name("case", self.name)
        # As lists they come back from JSON.
        object.__setattr__(self, "sizes", tuple((symbol, size) for symbol, size in self.sizes))

    @staticmethod
    def of_sizes(name: str, *, slow: bool = False, **sizes: int) -> Case:
        """A case that is told by the sizes of its axes."""
        return Case(name, "made", 1, slow=slow, sizes=tuple(sizes.items()))

    def size(self, symbol: str) -> int:
        """The size of an axis; KeyError where the case does not say it."""
        return dict(self.sizes)[symbol]

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


def _probing(side: int, gridsize: int, batch: int, slow: bool = False) -> Case:
    return Case(f"n{side}.g{gridsize}.b{batch}", "probing", gridsize, side, batch, slow=slow)


def _with_modes(side: int, gridsize: int, batch: int, modes: int) -> Case:
    """A probing case with another number of probe modes than two."""
    plain = _probing(side, gridsize, batch)
    return replace(plain, name=f"{plain.name}.p{modes}", sizes=(("P", modes),))


#: Odd sides tell fftshift from ifftshift; 64 and 65 straddle the batch size at which a historical code path changed.
PROBING: Final = (
    _probing(15, 1, 3),
    _probing(16, 2, 5),
    _probing(15, 3, 1),
    _probing(63, 1, 1, slow=True),
    _probing(16, 1, 0),
    _probing(16, 1, 64),
    _probing(15, 1, 65, slow=True),
)

#: Batch, modes, channels and side of which three are the same number, or two.
COINCIDING: Final = (
    _with_modes(16, 2, 4, 4),
    _with_modes(16, 1, 16, 16),
    _with_modes(16, 1, 3, 3),
    _with_modes(16, 2, 3, 4),
    _with_modes(16, 2, 4, 3),
    _with_modes(16, 4, 2, 5),
)

#: Items so small that thousands of them are quick.
TINY: Final = (_with_modes(4, 2, 4, 3),)

#: The smallest cases that show every fault, for laws that run a stage many times.
SMALL: Final = PROBING[:2]


#: More than five thousand items, at which a historical code path changed; and the batch on which it broke.
LARGE_BATCHES: Final = (_probing(8, 1, 5216), _probing(138, 2, 159, slow=True))


#: Sides above 64 that are odd; and that are not a power of two, for stages that halve them twice.
LARGE_ODD: Final = (_probing(127, 1, 1, slow=True),)
LARGE_EVEN: Final = (_probing(100, 1, 1, slow=True),)


def _lesson(source: str, side: int, gridsize: int, slow: bool) -> Case:
    return Case(f"{source}.g{gridsize}", "lesson", gridsize, side, source=source, slow=slow)


#: Small enough to train on forty times in a second; and large enough for a trained patch to be held to the object.
LESSONS: Final = tuple(_lesson("lesson16", 16, g, slow=g != 2) for g in (1, 2, 3))
GUARDED: Final = tuple(_lesson("lesson32", 32, g, slow=g != 2) for g in (1, 2, 3))
#: At sides of the field, for networks that have no smaller ones: few groups and few steps.
LARGE_LESSONS: Final = (
    _lesson("lesson64", 64, 2, slow=False),
    _lesson("lesson64", 64, 1, slow=True),
    _lesson("lesson128", 128, 1, slow=True),
)


def recipe_case(name: str, gridsize: int, slow: bool) -> Case:
    return Case(name, "recipe", gridsize, source=name, slow=slow)


def file_cases(name: str) -> tuple[Case, ...]:
    """A real dataset is used pattern by pattern, and in groups of four."""
    return tuple(Case(f"{name}.g{g}", "file", g, source=name, slow=g > 1) for g in (1, 2))
