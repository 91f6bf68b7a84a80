"""A backend made of functions of a framework's tensors, a line a stage; what is left to say of them is declared.

::

    class Mine(Adapter, framework="torch"):
        translate = adapt(shift, images="B 1 H W", offsets="B yx")
        diffract = adapt(far_field, psi="B P C ri N M", amplitude="B C N M")

Arrays come as tensors of the framework in the precision of the backend, and in their form where it has such.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar

import numpy as np

from parity_suite.backends.adapted import Adapted, adapted_of
from parity_suite.backends.api import Array, Handle
from parity_suite.backends.capabilities import Capabilities
from parity_suite.backends.conventions import Conversion
from parity_suite.backends.exceptions import ContractBreach
from parity_suite.backends.frameworks.framework import Framework, Tensor, framework_of
from parity_suite.core.packs import BY_NAME
from parity_suite.core.stage import PRECISIONS, ROUNDED, Field


class Adapter:
    """A backend whose stages are functions of a framework's tensors.

    ``framework`` is ``numpy``, ``torch``, ``tensorflow`` or ``jax``. Gradients and a proof of where things are made
    come with the frameworks that have them; a chain of stages runs in the functions' own conventions. Nothing is
    refused here: what the functions refuse by themselves is declared in ``capabilities``.
    """

    capabilities: ClassVar[Capabilities] = Capabilities(refuses={})
    framework: ClassVar[str] = "numpy"
    #: parts of the protocol that not every framework has
    vjp: ClassVar[Any] = None
    placement: ClassVar[Any] = None

    def __init_subclass__(cls, framework: str = "") -> None:
        super().__init_subclass__()
        if framework:
            cls.framework = framework
        if cls.capabilities.refuses is None:
            cls.capabilities = replace(cls.capabilities, refuses={})
        own = framework_of(cls.framework)
        # A copy with a mistake in it has a wrong one of its own.
        if "vjp" not in vars(cls):
            cls.vjp = _vjp if own.differentiates else None
        if "placement" not in vars(cls):
            cls.placement = _placement if own.places else None

    def __init__(self, *, device: str = "cpu", precision: str = "float32") -> None:
        if precision not in PRECISIONS:
            raise ValueError(f"precision: {precision!r} is none of {', '.join(PRECISIONS)}")
        if device not in self.devices():
            raise ValueError(f"device: {self.framework} finds no {device} here")
        self.device, self.precision = device, precision

    @classmethod
    def devices(cls) -> tuple[str, ...]:
        """The devices to be had here."""
        return framework_of(cls.framework).devices()

    @property
    def own(self) -> Framework:
        """The operations of the framework."""
        return framework_of(self.framework)

    def put(self, array: Array) -> Tensor:
        return self.own.put(array, self.device)

    def get(self, handle: Handle) -> Array:
        """The tensor as a NumPy array; of a chain, as the contract has it."""
        return self.own.get(handle.back() if isinstance(handle, _Chained) else handle)

    def put_all(self, stage: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """The inputs with tensors for arrays, those that are rounded in the precision of this backend."""
        known = BY_NAME[stage]
        given = {name: value for name, value in inputs.items() if value is not None}
        return {name: self._put_one(known.input(name), value) for name, value in given.items()}

    def _put_one(self, field: Field, value: Any) -> Any:
        if not isinstance(value, np.ndarray) or not field.is_array:
            return value
        if value.dtype.kind not in "biufc":
            raise TypeError(f"{field.name}: dtype {value.dtype} is not of numbers")
        if field.kind in ROUNDED and not field.double:
            dtype = np.result_type(self.precision, np.complex64) if value.dtype.kind == "c" else self.precision
            value = value.astype(dtype, copy=False)
        return self.put(value)

    def result(self, stage: str, name: str, value: Any) -> Any:
        """A result as the protocol has it: an array, a number, a text."""
        field = next((one for one in BY_NAME[stage].outputs if one.name == name), None)
        if field is None or isinstance(value, str | int | float):
            return value
        array = self.own.get(value)
        return array if field.is_array else array.item()

    def chain(self, stages: Sequence[tuple[str, Mapping[str, Any]]], handle: Handle) -> Handle:
        """Stages one after the other, each given what the one before returned, as the function returned it.

        ``ContractBreach`` where two that feed each other write that in different ways.
        """
        before: _Chained | None = handle if isinstance(handle, _Chained) else None
        value = handle
        for stage, rest in stages:
            one = adapted_of(type(self), stage)
            first = one.known.inputs[0].name
            if before is None:
                arguments = one.forth(self, self.put_all(stage, {first: value, **rest}))
            else:
                _require_same(before, one.inputs[first])
                arguments = {**one.forth(self, self.put_all(stage, rest)), first: before.value}
            found = one.run(self, arguments)
            name = one.known.outputs[0].name
            before = _Chained(self.own, one.outputs[name], found[name])
        return before if before is not None else value


class _Chained:
    """What a stage of a chain returned, and how it is written."""

    def __init__(self, framework: Framework, conversion: Conversion, value: Tensor) -> None:
        self.framework, self.conversion, self.value = framework, conversion, value

    def back(self) -> Tensor:
        """As the contract has it."""
        return self.conversion.back(self.framework, self.value, {})


def _require_same(before: _Chained, after: Conversion) -> None:
    given = before.conversion
    if given.written != after.written:
        said = f"takes {after.field.name} as {after.text}, and {given.stage} gives it as {given.text}"
        raise ContractBreach(after.stage, f"{said}: their chain does not fit", (after.field.name, "convention"))


def _vjp(self: Adapter, stage: str, inputs: Mapping[str, Any], output: str, wrt: str, cotangent: Any) -> Array:
    """``dL/dRe + i dL/dIm`` of ``L = Re sum(conj(cotangent) output)``, by the framework's own differentiation."""
    one = adapted_of(type(self), stage)
    given = self.put_all(stage, inputs)
    variable = given[wrt] if one.known.input(wrt).is_array else self.put(np.asarray(given[wrt], self.precision))

    def answer(value: Tensor) -> Tensor:
        return one.ask(self, {**given, wrt: value})[output]

    return self.own.get(self.own.vjp(answer, variable, np.asarray(cotangent)))


def _placement(self: Adapter, stage: str, inputs: Mapping[str, Any]) -> Mapping[str, bool]:
    """Whether each result or operation is where it was asked to be."""
    one = adapted_of(type(self), stage)
    given = self.put_all(stage, inputs)
    arrays = {name: value for name, value in given.items() if one.known.input(name).is_array}
    rest = {name: value for name, value in given.items() if name not in arrays}
    return self.own.placement(partial(_answer, one, self, rest), arrays, self.device)


def _answer(one: Adapted, backend: Adapter, rest: Mapping[str, Any], **tensors: Tensor) -> Mapping[str, Any]:
    return one.ask(backend, {**rest, **tensors})
