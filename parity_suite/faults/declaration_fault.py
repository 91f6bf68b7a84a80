"""A fault in what is declared: a convention of an adapted function that is another one than the function has."""

from __future__ import annotations

from typing import Any, ClassVar

from parity_suite.backends.adapted import Adapted, adapted_of
from parity_suite.faults.fault import Fault, require_place


class DeclarationFault(Fault):
    """A wrong declaration of the convention of :attr:`field`."""

    field: ClassVar[str]


def misdeclared(cls: type[Any], fault: type[DeclarationFault]) -> type[Any]:
    """A subclass of an adapter whose stage is declared by another convention; the function is its own.

    Raises ``MissingDoor`` where the class does not define the stage, ``ValueError`` where it adapts no function for it.
    """
    require_place(cls, fault)
    right: Adapted = adapted_of(cls, fault.stage)
    wrong = right.by(fault.field, next(right.inputs[fault.field].others()))
    return type(f"{cls.__name__}__{fault.name}", (cls,), {"__doc__": fault.line(), fault.stage: wrong})
