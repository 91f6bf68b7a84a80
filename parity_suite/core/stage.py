"""A stage and its fields: what goes in and out of one step of a pipeline, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

Kind = Literal["complex", "real", "position", "index", "mask", "scalar", "integer", "flag", "text", "shape", "settings"]

#: Kinds that are arrays rounded to the precision of the backend.
ROUNDED: Final = ("complex", "real", "position")


@dataclass(frozen=True)
class Field:
    """One argument or result of a stage. ``axes`` is empty for a plain Python value."""

    name: str
    kind: Kind
    axes: tuple[str, ...] = ()
    unit: str = "1"
    optional: bool = False
    #: kept in float64 whatever the precision (scan positions that are compared, counts beyond 2**24)
    double: bool = False
    #: may hold fewer items along its first axis, each for a block of as many items of the other fields as divide evenly
    for_blocks: bool = False
    #: of a field of any shape, the axes that it may have, told apart by their number
    shapes: tuple[tuple[str, ...], ...] = ()
    #: of a position: the input that is measured from it
    origin_of: str = ""
    #: what its axes are called, where the words of the pack for them do not say it
    axis_words: tuple[str, ...] = ()
    #: of a whole number: the axis of the outputs that it is the size of, or the size of which it is the root
    size_of: str = ""
    root_of: str = ""

    def __post_init__(self) -> None:
        """TypeError where its axes are no tuple of texts, as a number or a single text that lacks its comma."""
        if not isinstance(self.axes, tuple) or not all(isinstance(axis, str) for axis in self.axes):
            raise TypeError(f'field {self.name}: axes are a tuple of texts, such as ("B", "2"), and not {self.axes!r}')

    @property
    def is_array(self) -> bool:
        return bool(self.axes)

    def axes_of(self, rank: int) -> tuple[str, ...]:
        """The axes that it has where there are so many; none where it never has so many, or they are not known."""
        return next((axes for axes in (self.axes, *self.shapes) if len(axes) == rank and axes != ("*",)), ())


@dataclass(frozen=True)
class Choice:
    """One of several ways in which a stage can be asked, told by the input ``field``, or of settings by the one of them
    called ``key``: that it has this ``value`` or so many axes, else that it is given; without a field it is what is
    left.
    """

    name: str
    field: str = ""
    value: bool | str | None = None
    rank: int | None = None
    key: str = ""

    def fits(self, inputs: Mapping[str, Any]) -> bool:
        """Whether inputs by name ask for it."""
        if not self.field:
            return True
        given = inputs.get(self.field)
        if self.key:
            given = (given or {}).get(self.key)
        if self.rank is not None:
            return getattr(given, "ndim", None) == self.rank
        return given is not None if self.value is None else given == self.value


#: What a convention may be.
Setting = bool | str | float


@dataclass(frozen=True)
class Parameter:
    """A convention that the oracle of a stage takes by name: a choice that is right in itself, which code bases make in
    more than one way.
    """

    name: str
    default: Setting
    #: what else it may be; of a number, which may be any from 0 on, what is tried where it is not declared
    others: tuple[Setting, ...]
    doc: str
    #: of one that is no matter of the oracle's: the law that asks for it
    law: str = ""

    @property
    def is_number(self) -> bool:
        """Whether it may be any number from 0 on."""
        return type(self.default) is float

    def require(self, value: object) -> None:
        """``ValueError`` where it cannot be that."""
        if self.is_number:
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
                raise ValueError(f"{self.name} is {value!r}: it is a number of at least 0")
        elif not any(type(one) is type(value) and one == value for one in (self.default, *self.others)):
            known = " or ".join(repr(one) for one in (self.default, *self.others))
            raise ValueError(f"{self.name} is {value!r}: it is {known}")


@dataclass(frozen=True)
class Stage:
    """A named step: its fields, and which of the generic laws its meaning allows."""

    name: str
    inputs: tuple[Field, ...]
    outputs: tuple[Field, ...]
    doc: str
    #: axis along which items are independent, so that a batch may be cut anywhere
    items: str = ""
    #: the inputs in which the stage is linear, each with the others held fixed
    linear_in: tuple[str, ...] = ()
    #: (output, input) pairs for which a gradient is defined
    differentiable: tuple[tuple[str, str], ...] = ()
    #: further axes along which items may be put in another order on the way in and are so on the way out, or, where an
    #: output has no such axis, make no difference
    permuted: tuple[str, ...] = ()
    #: axes of which a part may be taken as well, for a backend that cannot be asked for all of it
    divisible: tuple[str, ...] = ()
    #: axes that may have no element, beside that of the items
    may_be_empty: tuple[str, ...] = ()
    #: laws that do not hold for the stage or are not asked of it, each with the reason
    exempt: Mapping[str, str] = field(default_factory=dict)
    #: of a stage that does what others do one after another: these, in their order
    composed_of: tuple[str, ...] = ()
    #: of one method that a backend has in the place of a chain: the stages of the chain, in their order
    replaces: tuple[str, ...] = ()
    #: moves elements and computes nothing, so that its outputs are held to the last bit
    exact: bool = False
    random: bool = False
    #: what sizes must be multiples of, by the symbols of their axes
    multiples: Mapping[str, int] = field(default_factory=dict)
    #: whether a compiler can spoil it in one precision alone, so that its modes are asked in both
    both_modes: bool = False
    #: whether its modes are asked in a quick run too
    quick_modes: bool = False
    #: of a stage that acts on a model: laws that are quickly asked, by which the selftest sees that a mistake elsewhere
    #: leaves it alone
    quick_laws: tuple[str, ...] = ()
    #: acts on a model that the backend holds: laws of any stage are not asked of it
    of_model: bool = False
    #: of one that acts on a model: the stage by which that answers, of whose budget under the oracle its own are made
    answers_as: str = ""
    #: whether a backend has one method of the stage's name, which can be asked by itself
    is_method: bool = True
    #: ways in which it can be asked, of which a backend may have some alone; the first that fits is the one
    choices: tuple[Choice, ...] = ()
    #: conventions that its oracle takes by name, beside its inputs
    parameters: tuple[Parameter, ...] = ()

    def __post_init__(self) -> None:
        """ValueError where it says something of a field or an axis that no input has, TypeError where it says that in
        another form.
        """
        self._require_tuples()
        fields = {field.name for field in self.inputs}
        outputs = {field.name for field in self.outputs}
        axes = {axis for field in self.inputs for axis in field.axes}
        told = (
            ("origin_of", {field.origin_of for field in self.inputs} - {"", *fields}, "input"),
            ("linear_in", set(self.linear_in) - fields, "input"),
            ("differentiable", {wrt for _, wrt in self.differentiable} - fields, "input"),
            ("differentiable", {made for made, _ in self.differentiable} - outputs, "output"),
            ("items", {self.items} - {"", *axes}, "axis of an input"),
            ("permuted", set(self.permuted) - axes, "axis of an input"),
            ("divisible", set(self.divisible) - axes, "axis of an input"),
            ("multiples", set(self.multiples) - axes, "axis of an input"),
            ("choices", {one.field for one in self.choices} - {"", *fields}, "input"),
        )
        if self.items and (without := [field.name for field in self.outputs if self.items not in field.axes]):
            raise ValueError(f"stage {self.name}: items names {self.items}, which is no axis of {without[0]}")
        if both := {one.name for one in self.parameters} & (fields | outputs):
            raise ValueError(f"stage {self.name}: {min(both)} is a field and a convention")
        for name, wrong, what in told:
            if wrong:
                raise ValueError(f"stage {self.name}: {name} names {', '.join(sorted(wrong))}, which is no {what}")

    def _require_tuples(self) -> None:
        for name in (
            "inputs",
            "outputs",
            "linear_in",
            "differentiable",
            "permuted",
            "divisible",
            "choices",
            "parameters",
        ):
            if not isinstance(value := getattr(self, name), tuple):
                raise TypeError(f"stage {self.name}: {name} is a tuple, and not {value!r}")
        for pair in self.differentiable:
            if not isinstance(pair, tuple) or len(pair) != 2:
                raise TypeError(
                    f"stage {self.name}: differentiable has pairs of an output and an input, and not {pair!r}"
                )

    def input(self, name: str) -> Field:
        return next(field for field in self.inputs if field.name == name)

    @property
    def arguments(self) -> tuple[str, ...]:
        """The names of the inputs, in the order of a method's arguments."""
        return tuple(field.name for field in self.inputs)

    def choice_of(self, inputs: Mapping[str, Any]) -> str:
        """Which of its choices inputs by name ask for; empty where it has none."""
        return next((one.name for one in self.choices if one.fits(inputs)), "")

    def sizes_of(self, inputs: Mapping[str, Any]) -> dict[str, int]:
        """The sizes of axes by their symbols, as far as inputs by name tell them."""
        sizes: dict[str, int] = {}
        for one in self.inputs:
            value = inputs.get(one.name)
            if one.is_array and value is not None and not one.for_blocks:
                sizes.update(zip(one.axes_of(value.ndim), value.shape, strict=False))
            elif one.size_of and value is not None:
                sizes[one.size_of] = int(value)
            elif one.root_of and value is not None:
                sizes[one.root_of] = int(value) ** 2
        return sizes

    def takes(self, sizes: Mapping[str, int]) -> bool:
        """Whether the sizes that are given are multiples of what they must be."""
        return not any(sizes.get(axis, 0) % factor for axis, factor in self.multiples.items())

    @property
    def batch_axis(self) -> str:
        """The axis of the items or, where it has none, the first of its first array."""
        return self.items or next((field.axes[0] for field in self.inputs if field.is_array), "")

    @property
    def single(self) -> bool:
        """Whether the stage returns one bare value instead of a mapping."""
        return len(self.outputs) == 1


PRECISIONS: Final = ("float32", "float64")
DEVICES: Final = ("cpu", "cuda")
