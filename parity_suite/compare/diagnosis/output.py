"""One output of one call, got and wanted, and when something explains their difference."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from parity_suite.core.kinds import Kind
from parity_suite.core.stage import Setting

Array = npt.NDArray[Any]

#: What is left of a difference that is explained: within the budget and far less than the difference,
_SHARE: Final = 0.1
#: or so small a part of it that chance cannot have done that, where there are values enough.
_PART: Final = 1e-3
_ENOUGH: Final = 8
#: Values that an answer is held to before it is held to all.
_FEW: Final = 101


@dataclass(frozen=True, eq=False)
class Output:
    """What was got and wanted of one output of one call.

    ``axes`` names each axis (``item``, ``row``, ``column``, ``channel``, ``mode``, ``xy``, or nothing). ``allowed`` is
    the budget as a relative error, against ``magnitude`` where that is given. ``numbers`` are those of the call that a
    factor may be, by name (``N``, ``batch``, ``scale``).
    """

    name: str
    got: Array
    want: Array
    axes: tuple[str, ...] = ()
    allowed: float = 0.0
    magnitude: float | None = None
    numbers: Mapping[str, float] = field(default_factory=dict)

    @cached_property
    def distance(self) -> float:
        """``||got - want||``; infinite where the shapes differ or something is not finite."""
        return distance(self.got, self.want)

    @cached_property
    def budget(self) -> float:
        """The distance that is allowed."""
        if self.magnitude is not None:
            return self.allowed * self.magnitude * math.sqrt(max(1, self.want.size))
        return self.allowed * length(self.want)

    @property
    def differs(self) -> bool:
        return self.distance > self.budget

    @cached_property
    def telling(self) -> int:
        """How many values say something: those that differ by more than round-off."""
        if self.got.shape != self.want.shape or self.got.dtype.kind not in "biufc":
            return int(self.want.size)
        with np.errstate(all="ignore"):
            apart = np.abs(wide(self.got) - wide(self.want))
        return int(np.sum(~(apart <= self.budget / math.sqrt(max(1, self.want.size)))))

    def axis(self, name: str) -> int | None:
        return self.axes.index(name) if name in self.axes else None

    def left(self, answer: Any) -> float:
        """How far what was got lies from an answer."""
        return distance(self.got, np.asarray(answer))

    def is_explained(self, answer: Any, telling: int) -> bool:
        """Whether an answer is what was got; ``telling`` values speak for it in all calls together."""
        limit = self._limit(np.asarray(answer), telling)
        # What a few values leave is a part of what all do, and most answers leave too much of them.
        return self._of_a_few(answer) <= limit and self.left(answer) <= limit

    def _limit(self, answer: Array, telling: int) -> float:
        apart, allowed = self.distance, self.budget
        # What a mistake gives may be far greater than what is wanted, and so is its round-off.
        if self.magnitude is None and math.isfinite(size := length(answer)):
            allowed = max(allowed, self.allowed * size)
        if not math.isfinite(apart):
            return allowed
        # What lies below the budget is not nothing: it is explained by what is far nearer to it than that.
        limit = min(allowed, _SHARE * apart, _SHARE * length(self.got) or math.inf)
        # Of what was got, too: beside what was wanted, a thousandth of it is as good as zero and as any constant.
        return max(limit, _PART * min(apart, length(self.got))) if telling >= _ENOUGH else limit

    def _of_a_few(self, answer: Any) -> float:
        """The same as ``left`` of every n-th value, some of each item."""
        answer = np.asarray(answer)
        if answer.shape != self.got.shape:
            return math.inf
        every = slice(None, None, max(1, answer.size // _FEW))
        return distance(self.got.ravel()[every], answer.ravel()[every])


#: One call: its outputs by name.
Call = Mapping[str, Output]


@dataclass(frozen=True)
class Guess:
    """The mistake that explains a difference. ``left`` is the worst of what it leaves, in budgets."""

    kind: Kind
    text: str
    left: float = 0.0
    #: of how many calls that differ, and of how many in all
    calls: str = ""
    #: kinds that explain the same calls as well
    others: tuple[Kind, ...] = ()
    #: the backend, and settings of its conventions under which it would be right
    convention: tuple[str, tuple[tuple[str, Setting], ...]] | None = None

    @property
    def line(self) -> str:
        """As it follows "looks like"."""
        left = f" (leaving {self.left:.2g} budgets{self.calls})" if self.left >= 0 else self.calls
        return self.text + left


def wide(values: Array) -> Array:
    """In double precision."""
    return values.astype(np.complex128 if values.dtype.kind == "c" else np.float64)


def length(values: Array) -> float:
    """The 2-norm; zero for texts."""
    if values.dtype.kind not in "biufc" or not values.size:
        return 0.0
    with np.errstate(all="ignore"):
        return _norm(wide(values))


def distance(one: Array, two: Array) -> float:
    """The 2-norm of a difference; infinite for other shapes, for texts that differ and for what is not finite."""
    if one.shape != two.shape:
        return math.inf
    if one.dtype.kind not in "biufc" or two.dtype.kind not in "biufc":
        return 0.0 if np.array_equal(one, two) else math.inf
    if not one.size:
        return 0.0
    with np.errstate(all="ignore"):
        found = _norm(wide(one) - wide(two))
    return found if math.isfinite(found) else math.inf


def _norm(values: Array) -> float:
    """Without the threads of a linear algebra library, which wait for each other longer than this takes."""
    return math.sqrt(float(np.sum(values.real**2 + values.imag**2)))


def differing(calls: Sequence[Call]) -> list[Call]:
    """The calls of which an output is off."""
    return [call for call in calls if any(one.differs for one in call.values())]
