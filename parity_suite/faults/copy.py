"""A copy of a backend's class with one fault in it; the class itself stays as it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from parity_suite.backends.api import Array, Handle
from parity_suite.backends.exceptions import NotProvided
from parity_suite.backends.methods import in_place_of, own_method
from parity_suite.cases.rules import rules_of
from parity_suite.core.packs import BY_NAME
from parity_suite.faults.broken import watched
from parity_suite.faults.declaration_fault import DeclarationFault, misdeclared
from parity_suite.faults.door_fault import DoorFault, faulty_door
from parity_suite.faults.fault import Fault, require_place


def faulty(cls: type[Any], fault: type[Fault]) -> type[Any]:
    """A subclass of a backend's class whose stage ``fault.stage`` is wrong; works on any class of the protocol.

    Of a fault at doors, the doors it names are wrong, and what is behind them is the backend's own; of one in what is
    declared, the declaration.

    Whatever reaches that stage by another door goes through the mistake as well: ``chain`` runs the stage methods one
    after the other, ``vjp`` and what the rules of the stage name are the fault's own. Each instance holds a right one
    to ask, so that no mistake is made twice in one call. Input that the right stage refuses stays refused.

    Raises ``MissingDoor`` where the class does not define the stage, or ``vjp`` for a mistake of the gradient;
    ``ValueError`` where it has no place for the mistake.
    """
    if issubclass(fault, DeclarationFault):
        return misdeclared(cls, fault)
    if issubclass(fault, DoorFault):
        return faulty_door(cls, fault)
    require_place(cls, fault)

    def make(self: Any, **keywords: Any) -> None:
        cls.__init__(self, **keywords)
        with watched(fault):
            self._fault = fault()
            self._right = self._fault.right = cls(**self._fault.made_with(cls, keywords))

    members: dict[str, Any] = {"__init__": make, "__doc__": fault.line(), fault.stage: _stage(cls, fault.stage)}
    doors: dict[str, Callable[..., Any]] = {"chain": _chain, "vjp": _vjp(cls), **rules_of(fault.stage).faulty_methods()}
    members.update({name: door for name, door in doors.items() if own_method(cls, name) is not None})
    return type(f"{cls.__name__}__{fault.name}", (cls,), members)


def _asking(backend: Any, stage: str, given: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], Any]:
    """The right stage as a function of its inputs, asked about ``given`` once so that it can refuse them."""
    method = getattr(backend._right, stage)
    known = None if backend._fault.lenient else method(**given)

    def ask(inputs: Mapping[str, Any]) -> Any:
        return known if inputs is given and known is not None else method(**inputs)

    return ask


def _stage(cls: type[Any], stage: str) -> Callable[..., Any]:
    def answer(self: Any, given: Mapping[str, Any]) -> Any:
        ask = _asking(self, stage, given)
        with watched(type(self._fault)):
            return self._fault.answer(ask, given)

    return in_place_of(getattr(cls, stage), BY_NAME[stage].arguments, answer)


def _chain(self: Any, stages: Sequence[tuple[str, Mapping[str, Any]]], handle: Handle) -> Handle:
    value = self.get(handle)
    for stage, rest in stages:
        value = getattr(self, stage)(**{BY_NAME[stage].inputs[0].name: value, **rest})
    return self.put(value)


def _vjp(cls: type[Any]) -> Callable[..., Array]:
    def vjp(self: Any, stage: str, inputs: Mapping[str, Any], output: str, wrt: str, cotangent: Any) -> Array:
        given = {"stage": stage, "inputs": inputs, "output": output, "wrt": wrt, "cotangent": cotangent}
        if stage != self._fault.stage:
            gradient: Array = cls.vjp(self, **given)
            return gradient
        with watched(type(self._fault)):
            wrong: Array = self._fault.vjp(partial(_right_gradient, self._right), given)
        return wrong

    return vjp


def _right_gradient(right: Any, given: Mapping[str, Any]) -> Array:
    """The gradient; ``NotProvided`` where the backend says that it has none of this."""
    try:
        gradient: Array = right.vjp(**given)
    except NotImplementedError as error:
        raise NotProvided(str(error), lacks="vjp") from error
    return gradient
