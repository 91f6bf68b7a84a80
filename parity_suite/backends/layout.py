"""A layout: the axes of an array in the order in which a function has them, as text, and the way there and back.

``B P C ri N M`` is a layout of the contract's ``(B, P, N, N, C)``: axes are called by the contract's symbols, of one
that it has twice the second is called as one likes. ``ri`` is an axis of real and imaginary part, ``xy`` or ``yx`` that
of the coordinates, in that order. What stands in brackets is one axis, ``(B C)``; ``1`` is one of size 1, of which
there may be more or fewer than in the contract. A bar stands between layouts of one field: ``yx | B yx``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from math import prod
from typing import Final

from parity_suite.backends.frameworks.framework import Framework, Tensor
from parity_suite.core.stage import Field

#: The axis of real and imaginary part, and those of coordinates.
COMPLEX: Final = "ri"
COORDINATES: Final = ("xy", "yx")
#: What the contract calls the axis of coordinates.
_TWO: Final = "2"
_TOKEN: Final = re.compile(r"\(([^()]*)\)|([^\s()]+)")
_WORD: Final = re.compile(r"[^\s()|]+")


@dataclass(frozen=True)
class Layout:
    """The axes of one array: in the contract's order, and ``groups`` of their places in the function's.

    A place is that of an axis of the contract, or -1 for real and imaginary part.
    """

    axes: tuple[str, ...]
    groups: tuple[tuple[int, ...], ...]
    #: whether y comes before x
    is_yx: bool = False

    @cached_property
    def order(self) -> tuple[int, ...]:
        """The places in the function's order."""
        return tuple(place for group in self.groups for place in group)

    @property
    def kept(self) -> tuple[int, ...]:
        """Places of the axes that are not of size 1 by contract."""
        return tuple(place for place, axis in enumerate(self.axes) if axis != "1")

    @property
    def is_complex(self) -> bool:
        """Whether complex numbers are two real ones."""
        return -1 in self.order

    def forth(self, framework: Framework, tensor: Tensor) -> Tensor:
        """An array as the function has it."""
        size = framework.size(tensor)
        if self.is_yx:
            tensor = framework.flip(tensor, [self.axes.index(_TWO)])
        sizes = {place: size[place] for place in self.kept} | {-1: 2}
        if len(self.kept) < len(size):
            tensor = framework.reshape(tensor, [sizes[place] for place in self.kept])
        if self.is_complex:
            tensor = framework.parts(tensor)
        places = [*self.kept, *([-1] if self.is_complex else [])]
        moved = [places.index(place) for place in self.order]
        if moved != sorted(moved):
            tensor = framework.transpose(tensor, moved)
        shape = [prod(sizes[place] for place in group) for group in self.groups]
        return tensor if tuple(shape) == framework.size(tensor) else framework.reshape(tensor, shape)

    def back(self, framework: Framework, tensor: Tensor, sizes: Mapping[str, int]) -> Tensor:
        """An array of the function's as the contract has it; ``sizes`` are those of axes, where one holds several.

        ``ValueError`` where it has not so many axes.
        """
        size = framework.size(tensor)
        if len(size) != len(self.groups):
            raise ValueError(f"shape {size} has not the {len(self.groups)} axes of its layout")
        found: dict[int, int] = {}
        for group, whole in zip(self.groups, size, strict=True):
            found |= self._split(group, whole, sizes)
        flat = [found[place] for place in self.order]
        if tuple(flat) != size:
            tensor = framework.reshape(tensor, flat)
        places = [*self.kept, *([-1] if self.is_complex else [])]
        moved = [self.order.index(place) for place in places]
        if moved != sorted(moved):
            tensor = framework.transpose(tensor, moved)
        if self.is_complex:
            tensor = framework.whole(tensor)
        if len(self.kept) < len(self.axes):
            tensor = framework.reshape(tensor, [found.get(place, 1) for place in range(len(self.axes))])
        return framework.flip(tensor, [self.axes.index(_TWO)]) if self.is_yx else tensor

    def _split(self, group: Sequence[int], whole: int, sizes: Mapping[str, int]) -> dict[int, int]:
        """The sizes of the axes that one of the function's holds."""
        if len(group) < 2:
            return dict.fromkeys(group, whole)
        known = {
            place: 2 if place < 0 else sizes[self.axes[place]] for place in group[1:] if self._is_known(place, sizes)
        }
        if len(known) < len(group) - 1:
            raise ValueError(f"the sizes of {', '.join(self.axes[place] for place in group)} are not known")
        first = whole // max(1, prod(known.values()))
        return {group[0]: first} | known

    def _is_known(self, place: int, sizes: Mapping[str, int]) -> bool:
        return place < 0 or self.axes[place] in sizes


def layout_of(text: str, field: Field, rank: int) -> Layout:
    """The layout of a text for arrays of so many axes; ``ValueError`` where none of its parts names their axes."""
    axes = field.axes_of(rank)
    problem = ""
    for part in text.split("|"):
        try:
            return _read(part, axes)
        except ValueError as error:
            problem = problem or str(error)
    raise ValueError(f"{text!r} is not a layout of ({', '.join(axes)}): {problem}")


def other_layouts(text: str) -> Iterator[str]:
    """The texts in which x and y, or two axes, are in each other's place."""
    swapped = {COORDINATES[0]: COORDINATES[1], COORDINATES[1]: COORDINATES[0]}
    other = _WORD.sub(lambda one: swapped.get(one[0], one[0]), text)
    if other != text:
        yield other
    words = [one.span() for one in _WORD.finditer(text)]
    for (a, b), (c, d) in combinations(words, 2):
        if text[a:b] != text[c:d] and "1" not in (text[a:b], text[c:d]) and "|" not in text[b:c]:
            yield text[:a] + text[c:d] + text[b:c] + text[a:b] + text[d:]


def as_it_is(field: Field, rank: int) -> Layout:
    """That of the contract."""
    axes = field.axes_of(rank) or tuple(f"axis {place}" for place in range(rank))
    return Layout(axes, tuple((place,) if axis != "1" else () for place, axis in enumerate(axes)))


def _read(text: str, axes: tuple[str, ...]) -> Layout:
    groups = [(within if within is not None else one).split() for within, one in _tokens(text)]
    names = [name for group in groups for name in group if name not in ("1", COMPLEX)]
    known = [_TWO if name in COORDINATES else name for name in names]
    left = [place for place, axis in enumerate(axes) if axis != "1"]
    found: dict[int, int] = {}
    for k, name in enumerate(known):
        here = next((place for place in left if axes[place] == name), None)
        if here is not None:
            found[k] = here
            left.remove(here)
    strange = [k for k in range(len(known)) if k not in found]
    twice = [place for place in left if axes.count(axes[place]) > 1]
    if len(strange) != len(left) or left != twice:
        wrong = [names[k] for k in strange] or [axes[place] for place in left]
        raise ValueError(f"{', '.join(wrong)} {'is' if len(wrong) == 1 else 'are'} in one of them alone")
    found |= dict(zip(strange, left, strict=True))
    if sum(group.count(COMPLEX) for group in groups) > 1:
        raise ValueError(f"{COMPLEX} is there twice")
    places = iter(found[k] for k in range(len(known)))
    made = tuple(tuple(-1 if name == COMPLEX else next(places) for name in group if name != "1") for group in groups)
    return Layout(axes, made, COORDINATES[1] in names)


def _tokens(text: str) -> list[tuple[str | None, str]]:
    found = [(one[1], one[2] or "") for one in _TOKEN.finditer(text)]
    rest = _TOKEN.sub("", text).strip()
    if rest:
        raise ValueError(f"{rest!r} is out of place")
    return found
