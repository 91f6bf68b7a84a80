"""A stage that a function of a framework's tensors does, and the conversions of what goes in and comes out."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from inspect import Parameter
from itertools import takewhile
from types import MethodType
from typing import Any, Final, Protocol

from parity_suite.backends.capabilities import Capabilities
from parity_suite.backends.conventions import Convention, Conversion, words_of
from parity_suite.backends.exceptions import ContractBreach, NotProvided
from parity_suite.backends.frameworks.framework import Framework
from parity_suite.backends.mistakes import closest
from parity_suite.core.implementations import declared_by
from parity_suite.core.packs import BY_NAME
from parity_suite.core.stage import Field, Setting, Stage

#: Where layers are written: of PyTorch, and of Keras.
_OF_LAYERS: Final = ("forward", "call")
_ANYTHING: Final = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)


class Asked(Protocol):
    """Whose stage it is: an adapter."""

    @property
    def own(self) -> Framework: ...
    @property
    def capabilities(self) -> Capabilities: ...
    def put_all(self, stage: str, inputs: Mapping[str, Any]) -> dict[str, Any]: ...
    def result(self, stage: str, name: str, value: Any) -> Any: ...


class Adapted:
    """A stage that a function does: a method of an adapter."""

    def __init__(self, function: Callable[..., Any], said: Mapping[str, Convention | Setting]) -> None:
        self.function = function
        #: conversions by the name of an argument or result, and settings of the stage's parameters by theirs
        self.said = dict(said)
        self.stage = ""
        self.__wrapped__ = function
        taken = _parameters(function)
        #: what is taken by place alone, in its order
        self._placed = [one.name for one in taken if one.kind is Parameter.POSITIONAL_ONLY]
        named = (
            one.replace(kind=Parameter.POSITIONAL_OR_KEYWORD) if one.name in self._placed else one for one in taken
        )
        self.__signature__ = inspect.Signature([Parameter("self", Parameter.POSITIONAL_OR_KEYWORD), *named])

    def __set_name__(self, owner: type[Any], name: str) -> None:
        self.stage = self.stage or declared_by(owner).stage_of(name)

    def __get__(self, backend: Any, owner: type[Any] | None = None) -> Any:
        return self if backend is None else MethodType(self, backend)

    def __call__(self, backend: Asked, *arguments: Any, **inputs: Any) -> Any:
        """The stage on NumPy arrays: its results by name, or the only one bare."""
        given = {**dict(zip(self.known.arguments, arguments, strict=False)), **inputs}
        found = {name: backend.result(self.stage, name, value) for name, value in self.ask(backend, given).items()}
        return found[self.known.outputs[0].name] if self.known.single else found

    @property
    def known(self) -> Stage:
        return BY_NAME[self.stage]

    @property
    def declared_conventions(self) -> dict[str, Setting]:
        """The settings of parameters of the oracle that are declared."""
        parameters = {one.name for one in self.known.parameters} if self.stage in BY_NAME else set()
        return {name: one for name, one in self.said.items() if name in parameters and not isinstance(one, Convention)}

    @cached_property
    def conventions(self) -> dict[str, Convention]:
        """The conversions that are declared."""
        own = self.declared_conventions
        return {name: Convention.of(one) for name, one in self.said.items() if name not in own}

    @cached_property
    def inputs(self) -> Mapping[str, Conversion]:
        """The conversions of the arrays that go in."""
        return self._conversions(self.known.inputs, "")

    @cached_property
    def outputs(self) -> Mapping[str, Conversion]:
        """Those of the arrays that come out."""
        return self._conversions(self.known.outputs, "returned ")

    def _conversions(self, fields: Sequence[Field], prefix: str) -> dict[str, Conversion]:
        return {one.name: Conversion(self.stage, one, self._said(one, prefix)) for one in fields if one.is_array}

    def _said(self, field: Field, prefix: str) -> Convention:
        own = self.conventions.get(f"{prefix}{field.name}")
        return own or self.conventions.get(field.name, Convention())

    def require_known(self) -> None:
        """``ValueError`` where a convention is of nothing, or of what cannot have it."""
        if self.stage not in BY_NAME:
            near = closest(self.stage, BY_NAME)
            raise ValueError(f"there is no stage {self.stage}{f': is it {near}?' if near else ''}")
        fields = [one.name for one in (*self.known.inputs, *self.known.outputs)]
        names = list(dict.fromkeys([*fields, *(f"returned {one.name}" for one in self.known.outputs)]))
        for name in self.conventions:
            if name not in names:
                near = closest(name, names)
                hint = f"is it {near}?" if near else f"there are {', '.join(names)}"
                raise ValueError(f"{self.stage} has no {name} to have a convention: {hint}")
        for fields_of, prefix in ((self.known.inputs, ""), (self.known.outputs, "returned ")):
            arrays = {one.name for one in (*self.known.inputs, *self.known.outputs) if one.is_array}
            for one in (field for field in fields_of if field.is_array or field.name not in arrays):
                said = self._said(one, prefix)
                if said != Convention():
                    Conversion(self.stage, one, said).require_known()

    def by(self, name: str, convention: Convention | Setting) -> Adapted:
        """The same by another convention of an input or output, or another setting of a parameter."""
        changed = Adapted(self.function, {**self.said, name: convention})
        changed.stage = self.stage
        return changed

    def otherwise(self) -> Iterator[tuple[str, Adapted]]:
        """The same under one other convention of what is declared, and what that means in words."""
        every = [(name, one) for name, one in self.inputs.items()]
        every += [(f"returned {name}", one) for name, one in self.outputs.items()]
        # Of two that come to the same, as an image transposed and its offsets swapped, it is that of the offsets.
        every.sort(key=lambda one: one[1].field.kind != "position")
        for name, one in every:
            for other in one.others() if one.convention != Convention() else ():
                changed = self.by(name, other)
                meant = Conversion(self.stage, one.field, other)
                yield f"a wrong declaration: {name} declared as {one.text}, written as {meant.text}", changed

    def ask(self, backend: Asked, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
        """The results, tensors as the contract has them, of NumPy arrays or tensors."""
        given = backend.put_all(self.stage, inputs)
        found = self.run(backend, self.forth(backend, given))
        out = self.back(backend, found, self.known.sizes_of(_shaped(given)))
        named = {name for one in self.outputs.values() for name in one.convention.words}
        for name, word in words_of(self.stage).items() if named else ():
            if name in named and word.together is not None:
                out = word.together(backend.own, out, {**given, **self.declared_conventions})
        return out

    def forth(self, backend: Asked, given: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments as the function takes them."""
        each = {name: self._each(backend, name, value, given) for name, value in given.items()}
        return {
            name: self.inputs[name].forth(backend.own, value) if name in self.inputs else value
            for name, value in each.items()
        }

    def _each(self, backend: Asked, name: str, value: Any, given: Mapping[str, Any]) -> Any:
        """An array that has one for each block of items, with one for each of them unless the function takes blocks."""
        if not self.known.input(name).for_blocks or self.inputs[name].convention.blocks:
            return value
        count = next(
            backend.own.size(given[one.name])[0] for one in self.known.inputs if one.axes[:1] == (self.known.items,)
        )
        here = backend.own.size(value)[0]
        return backend.own.repeat(value, count // here) if 0 < here < count else value

    def run(self, backend: Asked, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """What the function returned, by name."""
        placed = [arguments[name] for name in takewhile(arguments.__contains__, self._placed)]
        result = self.function(*placed, **{name: one for name, one in arguments.items() if name not in self._placed})
        if isinstance(result, Mapping):
            return result
        returned = backend.capabilities.outputs.get(self.stage)
        names = returned or [one.name for one in self.known.outputs]
        several = isinstance(result, tuple | list)
        if several and len(names) == 1:
            what = f"returned a {type(result).__name__} of {len(result)}, not {names[0]} as one tensor"
            raise ContractBreach(self.stage, what, (names[0], "type"))
        values = result if several else (result,)
        if len(values) != len(names):
            what = f"returned {len(values)} results, not {', '.join(names)}"
            raise ContractBreach(self.stage, what, ("", "type"))
        return dict(zip(names, values, strict=True))

    def back(self, backend: Asked, found: Mapping[str, Any], sizes: Mapping[str, int]) -> Mapping[str, Any]:
        """The results as the contract has them."""
        out = {}
        for name, value in found.items():
            try:
                out[name] = self.outputs[name].back(backend.own, value, sizes) if name in self.outputs else value
            except ValueError as error:
                raise ContractBreach(
                    self.stage, f"returned {name} of another shape: {error}", (name, "shape")
                ) from error
        return out


def _parameters(function: Callable[..., Any]) -> list[Parameter]:
    """What a function takes; ``TypeError`` where it does not say, as one that is written in C."""
    name = getattr(function, "__name__", type(function).__name__)
    try:
        taken = [*inspect.signature(function).parameters.values()]
    except ValueError as error:
        said = f"adapt: {name} does not say what it takes: put a lambda with the stage's names around it"
        raise TypeError(said) from error
    # A layer of a framework is called with anything, and says in a method what it takes.
    inner = next((getattr(function, one) for one in _OF_LAYERS if hasattr(function, one)), None)
    return _parameters(inner) if inner and all(one.kind in _ANYTHING for one in taken) else taken


def _shaped(given: Mapping[str, Any]) -> dict[str, Any]:
    """Tensors and numbers by which sizes of axes are told."""
    return {name: value if not hasattr(value, "shape") else _Shape(tuple(value.shape)) for name, value in given.items()}


class _Shape:
    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape, self.ndim = shape, len(shape)


def adapt(function: Callable[..., Any], **conventions: Convention | Setting) -> Any:
    """The method of an adapter for a stage, called as the stage: ``function`` takes its inputs by their names,
    tensors of the framework, and returns its outputs, several by name or in their order.

    ``conventions`` are by the name of an input or output, each a :class:`Convention` or the text of its layout; that of
    an output which is called as an input is ``**{"returned images": ...}`` where the two differ. Those that are
    parameters of the oracle are settings by their names, as in :func:`parity_suite.backends.parameters.conventions`.
    What a convention cannot be is one error when the class is first asked for.
    """
    return Adapted(function, conventions)


def conversions_of(cls: type[Any], stage: str) -> dict[str, Conversion]:
    """How a class writes each array of a stage, by the name of an argument or behind ``returned`` of a result."""
    try:
        one = adapted_of(cls, stage)
    except NotProvided:
        one = Adapted(lambda: None, {})
        one.stage = stage
    return {**one.inputs, **{f"returned {name}": conversion for name, conversion in one.outputs.items()}}


def adapted_of(cls: type[Any], stage: str) -> Adapted:
    """What a class, or one that it is a copy of, adapts for a stage; ``NotProvided`` where it defines it otherwise."""
    found = (vars(one).get(stage) for one in cls.__mro__)
    adapted = next((one for one in found if isinstance(one, Adapted)), None)
    if adapted is None:
        raise NotProvided(f"{cls.__name__}.{stage} is not adapted", lacks=stage)
    return adapted
