"""Which cases of ptychography there are, by name; no arrays are made here."""

from __future__ import annotations

from dataclasses import replace
from math import isqrt
from typing import Final

from parity_suite.core.case import FOR_QUICK_LAWS, SLOW_IN_FLOAT64, Case

#: From so many groups on a case takes long in float64.
_MANY: Final = 64


def gridsize_of(case: Case) -> int:
    """How many patches a group has along a side."""
    return isqrt(case.size("C"))


def _probing(side: int, gridsize: int, batch: int, slow: bool = False) -> Case:
    """At odd sides most laws find what they find at even ones."""
    tags = ((FOR_QUICK_LAWS, side % 2 == 1), (SLOW_IN_FLOAT64, batch >= _MANY))
    sizes = (("N", side), ("C", gridsize**2), ("B", batch))
    told = tuple(tag for tag, holds in tags if holds)
    return Case(f"n{side}.g{gridsize}.b{batch}", "probing", sizes, slow=slow, tags=told)


def _with_modes(side: int, gridsize: int, batch: int, modes: int) -> Case:
    """A probing case with another number of probe modes than two."""
    plain = _probing(side, gridsize, batch)
    return replace(plain, name=f"{plain.name}.p{modes}", sizes=(*plain.sizes, ("P", modes)))


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

#: Batch, modes, channels and side of which three are the same number, or two; and more channels and modes than the
#: sixteen that blocks of them may hold.
COINCIDING: Final = (
    _with_modes(16, 2, 4, 4),
    _with_modes(16, 1, 16, 16),
    _with_modes(16, 1, 3, 3),
    _with_modes(16, 2, 3, 4),
    _with_modes(16, 2, 4, 3),
    _with_modes(16, 4, 2, 5),
    _with_modes(8, 5, 2, 18),
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
    return Case(f"{source}.g{gridsize}", "lesson", (("N", side), ("C", gridsize**2)), source, slow)


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
    return Case(name, "recipe", (("C", gridsize**2),), name, slow)


def file_cases(name: str) -> tuple[Case, ...]:
    """A real dataset is used pattern by pattern, and in groups of four."""
    return tuple(Case(f"{name}.g{g}", "file", (("C", g**2),), name, g > 1) for g in (1, 2))
