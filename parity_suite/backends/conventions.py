"""Conventions: how a function writes one argument or result of a stage, where that is not as the contract has it.

They are conversions, made by the operations of the function's own framework, so that whatever is differentiated, placed
or chained goes through them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

from parity_suite.backends.frameworks.framework import Framework, Tensor
from parity_suite.backends.layout import COMPLEX, COORDINATES, Layout, as_it_is, layout_of, other_layouts
from parity_suite.backends.mistakes import closest
from parity_suite.core.packs import pack_of
from parity_suite.core.stage import ROUNDED, Field, Setting


@dataclass(frozen=True)
class Convention:
    """How one array is written.

    ``layout`` names its axes in their order (:mod:`parity_suite.backends.layout`); empty for that of the contract.
    ``unit`` is how many of the function's units the contract's is: the metres of a pixel, where positions are metres.
    A power of two loses no digits. ``sign`` is -1 where it is the opposite of the contract's. ``dtype`` is what it is
    cast to on the way in. ``words`` name conventions of the pack. ``blocks`` says that the function itself takes fewer
    than there are items, one for a block of them; else one that stands for a block is given once for each.
    """

    layout: str = ""
    unit: float = 1.0
    sign: int = 1
    dtype: str = ""
    words: tuple[str, ...] = ()
    blocks: bool = False

    @staticmethod
    def of(given: Convention | Setting) -> Convention:
        """A text stands for a layout; ``TypeError`` where it is neither."""
        if not isinstance(given, Convention | str):
            raise TypeError(f"a convention of an array is a layout or a Convention, not {given!r}")
        return given if isinstance(given, Convention) else Convention(given)


def as_given(framework: Framework, tensor: Tensor, plane: Sequence[int]) -> Tensor:
    """No conversion."""
    return tensor


@dataclass(frozen=True)
class Word:
    """A convention of a pack: the fields that may have it, and the conversions there and back, both in the contract's
    layout, with the places of rows and columns.
    """

    fits: Callable[[Field], bool]
    doc: str
    forth: Callable[[Framework, Tensor, Sequence[int]], Tensor] = as_given
    back: Callable[[Framework, Tensor, Sequence[int]], Tensor] = as_given
    #: of one that is about several outputs at once: these, as they are otherwise converted, from inputs by name
    together: Callable[[Framework, Mapping[str, Tensor], Mapping[str, Any]], Mapping[str, Tensor]] | None = None


def words_of(stage: str) -> Mapping[str, Word]:
    """The conventions of the pack of a stage, in the order in which they are applied on the way in."""
    module = pack_of(stage).conventions
    found: Mapping[str, Word] = import_module(module).CONVENTIONS if module else {}
    return found


@dataclass(frozen=True)
class Conversion:
    """The convention of one field of a stage, applied."""

    stage: str
    field: Field
    convention: Convention

    def require_known(self) -> None:
        """``ValueError`` where the field cannot have the convention."""
        one, where = self.convention, f"{self.stage}: the convention of {self.field.name}"
        if not self.field.is_array:
            raise ValueError(f"{where}: it is not an array")
        if (one.unit, one.sign) != (1.0, 1) and self.field.kind not in ROUNDED:
            raise ValueError(f"{where}: it has no unit and no sign")
        if one.sign not in (1, -1) or not one.unit > 0:
            raise ValueError(f"{where}: sign {one.sign!r} and unit {one.unit!r} are not 1 or -1 and a number above 0")
        known = words_of(self.stage)
        for word in one.words:
            if word not in known:
                near = closest(word, known)
                hint = f"is it {near}?" if near else f"there are {', '.join(known) or 'none'}"
                raise ValueError(f"{where}: there is no word {word!r}: {hint}")
            if not known[word].fits(self.field):
                raise ValueError(f"{where}: {word!r} is not for it")
        self._require_layout(where)

    def _require_layout(self, where: str) -> None:
        shapes = [axes for axes in (self.field.axes, *self.field.shapes) if axes != ("*",)]
        told, problem = 0, ""
        for axes in shapes:
            try:
                found = self._layout(len(axes))
            except ValueError as error:
                problem = problem or str(error)
                continue
            told += 1
            if found.is_complex and self.field.kind != "complex":
                raise ValueError(f"{where}: {COMPLEX} is for complex numbers")
            if found.is_yx and self.field.kind != "position":
                raise ValueError(f"{where}: {COORDINATES[1]} is for positions")
        if self.convention.layout and not told:
            raise ValueError(f"{where}: {problem}")

    def _layout(self, rank: int) -> Layout:
        text = self.convention.layout
        return layout_of(text, self.field, rank) if text else as_it_is(self.field, rank)

    @property
    def written(self) -> tuple[Any, ...]:
        """What two fields that are written alike have in common, whatever text says it."""
        layouts = []
        for axes in (self.field.axes, *self.field.shapes):
            if axes != ("*",):
                try:
                    found = self._layout(len(axes))
                except ValueError:
                    continue
                layouts.append((found.groups, found.is_yx))
        return (tuple(layouts), self.convention.unit, self.convention.sign, frozenset(self.convention.words))

    def others(self) -> Iterator[Convention]:
        """What it may have been meant to be, where it is declared wrongly: the simplest first."""
        one = self.convention
        if one.layout:
            yield from (replace(one, layout=text) for text in other_layouts(one.layout))
        if self.field.kind in ROUNDED:
            yield replace(one, sign=-one.sign)
        if one.unit != 1.0:
            yield from (replace(one, unit=unit) for unit in (1.0, 1 / one.unit))
        for name, word in words_of(self.stage).items():
            if name in one.words:
                yield replace(one, words=tuple(known for known in one.words if known != name))
            elif word.fits(self.field):
                yield replace(one, words=(*one.words, name))

    @property
    def text(self) -> str:
        """As a person reads it."""
        one = self.convention
        known = "as it is" if self.field.axes == ("*",) else " ".join(self.field.axes)
        parts = [one.layout or known, *one.words]
        parts += [f"{one.unit:g} a unit"] if one.unit != 1.0 else []
        return ", ".join([*parts, *(["of the opposite sign"] if one.sign < 0 else [])])

    def forth(self, framework: Framework, tensor: Tensor) -> Tensor:
        """An array of the contract as the function takes it; ``ValueError`` that names the field where it has other
        axes.
        """
        one, shape = self.convention, framework.size(tensor)
        rank = len(shape)
        if one != Convention() and not self.field.axes_of(rank):
            raise ValueError(f"{self.field.name}: shape {shape}, wanted ({', '.join(self.field.axes)})")
        for name, word in words_of(self.stage).items() if one.words else ():
            if name in one.words:
                tensor = word.forth(framework, tensor, self._plane(rank))
        if one.unit * one.sign != 1.0:
            tensor = tensor * (one.unit * one.sign)
        if one.layout:
            tensor = self._layout(rank).forth(framework, tensor)
        return framework.cast(tensor, one.dtype) if one.dtype else tensor

    def back(self, framework: Framework, tensor: Tensor, sizes: Mapping[str, int]) -> Tensor:
        """What the function returned as the contract has it; ``ValueError`` where its shape is not of the layout."""
        one = self.convention
        if one.layout:
            tensor = self._of_returned(len(framework.size(tensor))).back(framework, tensor, sizes)
        if one.unit * one.sign != 1.0:
            tensor = tensor * (1.0 / (one.unit * one.sign))
        for name, word in reversed([*words_of(self.stage).items()]) if one.words else ():
            if name in one.words:
                tensor = word.back(framework, tensor, self._plane(len(framework.size(tensor))))
        return tensor

    def _of_returned(self, rank: int) -> Layout:
        """The layout that has so many axes in the function."""
        ranks = [len(axes) for axes in (self.field.axes, *self.field.shapes) if axes != ("*",)]
        layouts = []
        for known in ranks:
            try:
                layouts.append(self._layout(known))
            except ValueError:
                continue
        return next((one for one in layouts if len(one.groups) == rank), layouts[0])

    def _plane(self, rank: int) -> list[int]:
        """The places of rows and columns: of an axis that is there twice, else of the last two."""
        axes = self.field.axes_of(rank)
        twice = [place for place, axis in enumerate(axes) if axes.count(axis) > 1 and not axis.isdigit()]
        return twice[:2] or [rank - 2, rank - 1]
