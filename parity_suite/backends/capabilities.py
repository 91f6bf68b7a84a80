"""What a backend can do, where that is less than its stages' contracts ask: declared in one place, on its class."""

from __future__ import annotations

import inspect
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final, Protocol, runtime_checkable

from parity_suite.backends.mistakes import closest
from parity_suite.backends.parameters import require_known_conventions
from parity_suite.core.fused import JOINT, fused_stage
from parity_suite.core.implementations import require_implementations
from parity_suite.core.packs import BY_NAME
from parity_suite.core.stage import PRECISIONS, Stage

#: The precision of the images, where that is what a backend computes in where it samples; else it names one.
OF_IMAGES: Final = "images"


@dataclass(frozen=True)
class Sizes:
    """Sizes that an axis may have: those ``among`` some if any are named, else multiples of a number from one on, up to
    another if one is given.
    """

    at_least: int = 0
    multiple_of: int = 1
    among: tuple[int, ...] = ()
    at_most: int | None = None

    def __contains__(self, size: int) -> bool:
        known = not self.among or size in self.among
        small = self.at_most is None or size <= self.at_most
        return known and small and size >= self.at_least and size % self.multiple_of == 0

    @property
    def words(self) -> str:
        """What follows the symbol of the axis."""
        said = [" or ".join(map(str, self.among))] if self.among else []
        bounds = [f"at least {self.at_least}"] if self.at_least else []
        bounds += [] if self.at_most is None else [f"at most {self.at_most}"]
        said += [f"of {' and '.join(bounds)}"] if bounds else []
        return " ".join([*said, *([f"a multiple of {self.multiple_of}"] if self.multiple_of > 1 else [])])

    @staticmethod
    def of(given: Sizes | int | Collection[int]) -> Sizes:
        """One size, or several, stand for those alone."""
        if isinstance(given, Sizes):
            return given
        return Sizes(among=(given,) if isinstance(given, int) else tuple(sorted(given)))


@dataclass(frozen=True, eq=False)
class Capabilities:
    """What a backend can do; what is not named it can do as the contracts of its stages say.

    Whatever is outside is not asked: its check is ``not-run``, with the cause ``outside-capability``.

    ``sizes`` are those that an axis may have, by its symbol in the contracts (``"N"``), or by stage and symbol
    (``"translate.B"``): a :class:`Sizes`, one number, or several. ``choices`` are by stage the ways in which it can be
    asked, ``outputs`` those that it returns. ``coordinates`` says by stage in which precision places are computed,
    ``images`` for that of the images; what is not named does so in float64. ``refuses`` are by stage the inputs of
    which it refuses what breaks their contract by itself; None stands for all of them, of an adapter for none.

    ``ValueError`` from :meth:`require_known` where a name is not one of a stage, an axis, a choice or a field.
    """

    sizes: Mapping[str, Sizes | int | Collection[int]] = field(default_factory=dict)
    precisions: Sequence[str] = PRECISIONS
    coordinates: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, Sequence[str]] = field(default_factory=dict)
    outputs: Mapping[str, Sequence[str]] = field(default_factory=dict)
    refuses: Mapping[str, Sequence[str]] | None = None

    def outside(self, stage: str, inputs: Mapping[str, Any]) -> str:
        """The limit that inputs of a stage are outside of, in words; empty where there is none."""
        return next(self.every_outside(stage, inputs), "")

    def every_outside(self, stage: str, inputs: Mapping[str, Any]) -> Iterator[str]:
        """All limits that inputs of a stage are outside of, in words."""
        known, handed = BY_NAME[stage], set[str]()
        for part in map(BY_NAME.__getitem__, known.replaces):
            # How a part is asked is not to be told by what only a part before it gives.
            told = not handed & {one.field for one in part.choices}
            yield from (self if told else replace(self, choices={})).every_outside(part.name, inputs)
            handed |= {one.name for one in part.outputs}
        for _, name, sizes, _ in self._beyond(stage, inputs):
            yield f"{name} {sizes.words}"
        chosen = known.choice_of(inputs) if stage in self.choices else ""
        if chosen and chosen not in self.choices[stage]:
            yield f"{stage} {' or '.join(self.choices[stage])}"

    def allows(self, stage: str, axis: str, size: int) -> bool:
        """Whether an axis of a stage may have a size."""
        given = self.sizes.get(f"{stage}.{axis}", self.sizes.get(axis))
        return given is None or size in Sizes.of(given)

    def parts(self, stage: str, inputs: Mapping[str, Any]) -> Mapping[str, int]:
        """How many to take along axes of which a part may be taken, so that inputs of a stage are within the sizes."""
        known = BY_NAME[stage]
        divisible = {known.items, *known.permuted, *known.divisible} - {one.root_of for one in known.inputs}
        return {
            axis: part
            for axis, _, sizes, size in self._beyond(stage, inputs)
            if axis in divisible and (part := max((n for n in range(1, size) if n in sizes), default=0))
        }

    def _beyond(self, stage: str, inputs: Mapping[str, Any]) -> Iterator[tuple[str, str, Sizes, int]]:
        """Axes of a size that they may not have: symbol, name among the sizes, what they may have, and the size."""
        found = BY_NAME[stage].sizes_of(inputs) if self.sizes else {}
        for axis, size in found.items():
            name = f"{stage}.{axis}" if f"{stage}.{axis}" in self.sizes else axis
            if name in self.sizes and size not in (sizes := Sizes.of(self.sizes[name])):
                yield axis, name, sizes, size

    def lacking(self, stage: str) -> frozenset[str]:
        """The outputs that a stage does not return."""
        every = frozenset(one.name for one in BY_NAME[stage].outputs)
        return every - frozenset(self.outputs.get(stage, every))

    def require_known(self) -> None:
        """``ValueError`` where a name in it stands for nothing."""
        for where, name, names in self._named():
            if name not in names:
                near = closest(name, names) if len(name) > 1 else ""
                hint = f"is it {near}?" if near else f"there are {', '.join(names)}" if names else "it has none"
                raise ValueError(f"capabilities: {where} names {name!r}: {hint}")

    def _named(self) -> Iterator[tuple[str, str, Sequence[str]]]:
        """Where a name stands, the name, and those that may stand there."""
        yield from (("precisions", one, PRECISIONS) for one in self.precisions)
        for name in self.sizes:
            stage, _, axis = name.rpartition(".")
            if stage:
                yield "sizes", stage, tuple(BY_NAME)
            of = [BY_NAME[stage]] if stage in BY_NAME else BY_NAME.values()
            yield "sizes", axis, tuple(dict.fromkeys(one for known in of for one in _axes(known)))
        for what in ("coordinates", "choices", "outputs", "refuses"):
            for stage, named in (getattr(self, what) or {}).items():
                yield what, stage, tuple(BY_NAME)
                listed = (named,) if isinstance(named, str) else named
                yield from ((f"{what} of {stage}", one, _names(what, BY_NAME[stage])) for one in listed)


@runtime_checkable
class Declared(Protocol):
    """What a member of a backend's class declares of itself."""

    def require_known(self) -> None:
        """``ValueError`` where a name in it stands for nothing."""
        ...


#: What a class can do that says nothing.
EVERYTHING: Final = Capabilities()


def capabilities_of(cls: type[Any]) -> Capabilities:
    """What a class declares; ``TypeError`` where its attribute is something else."""
    declared = getattr(cls, "capabilities", EVERYTHING)
    if not isinstance(declared, Capabilities):
        known = ", ".join(one.name for one in fields(Capabilities))
        raise TypeError(f"capabilities: {type(declared).__name__} is not a Capabilities({known})")
    return declared


class Misdeclared(ValueError):
    """A class declares of itself what there is not."""


def require_declared(cls: type[Any]) -> None:
    """``Misdeclared`` where something is wrong in what a class declares."""
    try:
        require_implementations(cls, _require_stage)
        capabilities_of(cls).require_known()
        require_known_conventions(cls)
        for one in dict(inspect.getmembers_static(cls)).values():
            if isinstance(one, Declared):
                one.require_known()
    except (TypeError, ValueError) as error:
        raise Misdeclared(str(error)) from error


def _require_stage(name: str) -> None:
    """``ValueError`` where there is no such stage, or where the stages in its name are no chain."""
    parts = name.split(JOINT)
    for one in parts:
        if one not in BY_NAME:
            near = closest(one, BY_NAME)
            raise ValueError(f"there is no stage {one}{f': is it {near}?' if near else ''}")
    if name not in BY_NAME:
        fused_stage([BY_NAME[one] for one in parts])
        raise ValueError(f"{' and '.join(parts)} are of different packs")


def _axes(stage: Stage) -> Iterator[str]:
    for one in stage.inputs:
        for axes in (one.axes, *one.shapes):
            yield from (axis for axis in axes if axis != "*" and not axis.isdigit())
        yield from filter(None, (one.size_of, one.root_of))


def _names(what: str, stage: Stage) -> tuple[str, ...]:
    """What may be named of a stage in one of the parts."""
    if what == "coordinates":
        return (OF_IMAGES, *PRECISIONS)
    if what == "choices":
        return tuple(one.name for one in stage.choices)
    return tuple(one.name for one in (stage.outputs if what == "outputs" else stage.inputs))
