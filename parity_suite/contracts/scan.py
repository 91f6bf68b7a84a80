"""One pass over the elements of a field: every rule of its values, and the sums that relations want of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from parity_suite.contracts.model import Field
from parity_suite.contracts.values import Offenders, Shape, Span, element_rules, is_numeric, span_of
from parity_suite.contracts.violation import Violation

Array = NDArray[Any]

#: ``unit_norm``: a sum of squares may part from 1 by so much, of float32 values.
UNIT_NORM_RTOL: Final = 1e-5
#: All of them are kept to be compared, each a hundred bytes of Python or as many as its text has.
MOST_UNIQUE: Final = 2**20
_MOST_UNIQUE_BYTES: Final = 2**26


class FieldScan:
    """Fed the blocks of one field in order, it knows at the end all that is wrong with its values."""

    def __init__(self, field: Field, dtype: np.dtype[Any], shape: Shape, *, power: bool = False) -> None:
        self._field, self._shape, self._dtype = field, shape, dtype
        self._rules = [(rule, Offenders(rule.name, rule.wanted)) for rule in element_rules(field, dtype)]
        self._wholes = [_WHOLE[name](dtype, shape) for name in field.rules if name in _WHOLE]
        if dtype.kind in "UT" and (field.pattern is not None or field.one_of):
            self._wholes.append(_Texts(field))
        self._power = np.float64(0) if power and dtype.kind in "iuf" else None
        self._start = 0

    @property
    def _idle(self) -> bool:
        """Whether nothing asks for the elements."""
        return not self._rules and not self._wholes and self._power is None

    @property
    def power(self) -> float | None:
        """The sum of the squares of all elements, where it was asked for."""
        return None if self._power is None else float(self._power)

    def feed(self, block: Array, start: int | None = None) -> None:
        """Takes in the next elements, one-dimensional and maybe none; ``start`` is the place of the first, where some
        were left out before it.
        """
        if start is not None:
            self._start = start
        if block.size == 0 or self._idle:
            self._start += block.size
            return
        span = span_of(block) if is_numeric(self._dtype) else Span(0, 0)
        for rule, found in self._rules:
            if rule.suspect(span):
                found.add(self._start, block, rule.broken(block))
        for whole in self._wholes:
            whole.feed(self._start, block, span)
        if self._power is not None:
            self._power += _sum_of_squares(block)
        self._start += block.size

    def violations(self) -> list[Violation]:
        """All that is wrong, in the order of the field's rules."""
        found = [offenders.violation(self._field.name, self._shape) for _, offenders in self._rules]
        found += [whole.violation(self._field.name, self._shape) for whole in self._wholes]
        order = {name: index for index, name in enumerate(self._field.rules)}
        return sorted((one for one in found if one is not None), key=lambda one: order.get(one.rule, len(order)))


def _sum_of_squares(block: Array) -> np.float64:
    """In the block's own precision, whose error over one block is far below what a relation allows."""
    with np.errstate(all="ignore"):
        quick = np.float64(np.dot(block, block)) if block.dtype.kind == "f" else np.float64(np.inf)
        # A square that float32 cannot hold, or whole numbers, which would wrap around.
        return quick if np.isfinite(quick) else np.float64(np.einsum("i,i->", *[block.astype(np.float64)] * 2))


class _Whole:
    """A rule about all elements together."""

    rule = ""

    def __init__(self, dtype: np.dtype[Any], shape: Shape) -> None:
        self.dtype, self.size = dtype, int(np.prod(shape, dtype=np.int64))

    def feed(self, start: int, block: Array, span: Span) -> None:
        raise NotImplementedError

    def violation(self, name: str, shape: Shape) -> Violation | None:
        raise NotImplementedError


class _NotAllZero(_Whole):
    rule = "not_all_zero"
    dark = True

    def feed(self, start: int, block: Array, span: Span) -> None:
        # A nan is not zero; the rule of finite values is there for it. Flags have no span.
        lit = bool(np.any(block)) if self.dtype.kind == "b" else not (span.low == 0 and span.high == 0)
        self.dark = self.dark and not lit

    def violation(self, name: str, shape: Shape) -> Violation | None:
        if not (is_numeric(self.dtype) or self.dtype.kind == "b") or not self.size or not self.dark:
            return None
        return Violation(name, self.rule, f"all {self.size} values 0", "a value other than 0")


class _PositiveSomewhere(_Whole):
    rule = "positive_somewhere"
    lit = False

    def feed(self, start: int, block: Array, span: Span) -> None:
        self.lit = self.lit or bool(span.high > 0) or bool(np.isnan(span.high) and np.any(block > 0))

    def violation(self, name: str, shape: Shape) -> Violation | None:
        if self.dtype.kind not in "iuf" or not self.size or self.lit:
            return None
        return Violation(name, self.rule, f"none of {self.size} values above 0", "a value above 0")


class _NotConstant(_Whole):
    rule = "not_constant"
    first: Any = None
    varies = False

    def feed(self, start: int, block: Array, span: Span) -> None:
        if self.first is None:
            self.first = block[0]
        # The span of a complex block mixes real and imaginary parts, and texts have none.
        if self.dtype.kind in "iuf":
            self.varies = self.varies or not (span.low == span.high == self.first)
        else:
            self.varies = self.varies or bool(np.any(block != self.first))

    def violation(self, name: str, shape: Shape) -> Violation | None:
        if self.size < 2 or self.varies:
            return None
        return Violation(name, self.rule, f"all {self.size} values {self.first.item()!r}", "values that differ")


class _Monotonic(_Whole):
    strict = False
    last: Array | None = None

    def __init__(self, dtype: np.dtype[Any], shape: Shape) -> None:
        super().__init__(dtype, shape)
        wanted = "values above the one before" if self.strict else "values of at least the one before"
        self.found = Offenders(self.rule, wanted)

    def feed(self, start: int, block: Array, span: Span) -> None:
        if self.dtype.kind not in "iuf":
            return
        before = np.concatenate([block[:1] if self.last is None else self.last, block[:-1]])
        broken = block <= before if self.strict else block < before
        broken[0] &= self.last is not None
        self.found.add(start, block, broken)
        self.last = block[-1:].copy()

    def violation(self, name: str, shape: Shape) -> Violation | None:
        return self.found.violation(name, shape)


class _Increasing(_Monotonic):
    rule = "increasing"


class _StrictlyIncreasing(_Monotonic):
    rule = "strictly_increasing"
    strict = True


class _UnitNorm(_Whole):
    """Of every item along the first axis; of the whole where there is one axis or none."""

    rule = "unit_norm"

    def __init__(self, dtype: np.dtype[Any], shape: Shape) -> None:
        super().__init__(dtype, shape)
        self.items = shape[0] if len(shape) > 1 else 1
        self.each = max(self.size // max(self.items, 1), 1)
        #: of the item in which the last block ended
        self.sum, self.item = 0.0, 0
        self.off, self.first = 0, (0, 0.0)

    def feed(self, start: int, block: Array, span: Span) -> None:
        if is_numeric(self.dtype):
            item = (start + np.arange(block.size)) // self.each
            sums = np.bincount(item - self.item, np.abs(block.astype(np.complex128)) ** 2)
            sums[0] += self.sum
            self._judge(sums[:-1])
            self.sum, self.item = float(sums[-1]), int(item[-1])

    def _judge(self, sums: Array) -> None:
        """Takes in the sums of items that are complete, of which the first has the number ``item``."""
        off = np.flatnonzero(~(np.abs(sums - 1) <= UNIT_NORM_RTOL))
        if off.size and not self.off:
            self.first = self.item + int(off[0]), float(sums[off[0]])
        self.off += off.size

    def violation(self, name: str, shape: Shape) -> Violation | None:
        if not is_numeric(self.dtype) or not self.size:
            return None
        self._judge(np.array([self.sum]))
        if not self.off:
            return None
        place, value = self.first
        found = f"a sum of squares of {value:.6g}"
        found += f" ({self.off} of {self.items} items)" if self.items > 1 else ""
        return Violation(name, self.rule, found, "1", f"[{place}]" if self.items > 1 else "")


class _Unique(_Whole):
    rule = "unique"

    def __init__(self, dtype: np.dtype[Any], shape: Shape) -> None:
        super().__init__(dtype, shape)
        self.most = min(MOST_UNIQUE, _MOST_UNIQUE_BYTES // dtype.itemsize)
        self.seen: dict[Any, int] = {}
        self.found = Offenders(self.rule, "values that are each there once")

    def feed(self, start: int, block: Array, span: Span) -> None:
        if self.size <= self.most:
            values = block.tolist()
            firsts = [self.seen.setdefault(value, start + place) for place, value in enumerate(values)]
            self.found.add(start, block, np.array(firsts) != start + np.arange(len(values)))

    def violation(self, name: str, shape: Shape) -> Violation | None:
        if self.size > self.most:
            return Violation(name, self.rule, f"{self.size} values", f"at most {self.most} to compare")
        return self.found.violation(name, shape)


class _Texts:
    """The choices or the pattern of a field of text."""

    def __init__(self, field: Field) -> None:
        choices = [choice for choice in field.one_of if isinstance(choice, str)]
        self._choices = frozenset(choices)
        self._pattern = re.compile(field.pattern) if field.pattern is not None else None
        self._strange = Offenders("one_of", " or ".join(map(repr, choices)))
        self._misfit = Offenders("pattern", f"text that matches {field.pattern}")

    def feed(self, start: int, block: Array, span: Span) -> None:
        values: list[str] = block.tolist()
        if self._choices:
            self._strange.add(start, block, np.array([value not in self._choices for value in values]))
        if self._pattern is not None:
            matches = [self._pattern.fullmatch(value) is None for value in values]
            self._misfit.add(start, block, np.array(matches))

    def violation(self, name: str, shape: Shape) -> Violation | None:
        return self._strange.violation(name, shape) or self._misfit.violation(name, shape)


_WHOLE: Final[Mapping[str, Callable[[np.dtype[Any], Shape], Any]]] = {
    one.rule: one
    for one in (_NotAllZero, _PositiveSomewhere, _NotConstant, _Increasing, _StrictlyIncreasing, _UnitNorm, _Unique)
}
