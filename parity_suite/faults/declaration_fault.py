"""A fault in what is declared: a convention that is another one than the function has."""

from __future__ import annotations

import inspect
from typing import Any, ClassVar

from parity_suite.backends.adapted import Adapted, adapted_of
from parity_suite.backends.methods import in_place_of
from parity_suite.backends.parameters import conventions, declared, settings_of
from parity_suite.core.packs import BY_NAME
from parity_suite.core.stage import Setting
from parity_suite.faults.fault import Fault, require_place


class DeclarationFault(Fault):
    """A wrong declaration of the convention of :attr:`field`, or of the parameter of the oracle that is called so."""

    field: ClassVar[str]


def misdeclared(cls: type[Any], fault: type[DeclarationFault]) -> type[Any]:
    """A subclass of a backend whose stage is declared by another convention; the function is its own.

    Raises ``MissingDoor`` where the class does not define the stage, ``ValueError`` where it adapts no function for it
    of whose arguments the convention is.
    """
    require_place(cls, fault)
    parameter = next((one for one in BY_NAME[fault.stage].parameters if one.name == fault.field), None)
    if parameter is None:
        right: Adapted = adapted_of(cls, fault.stage)
        wrong: Any = right.by(fault.field, next(right.inputs[fault.field].others()))
    else:
        known = settings_of(cls, fault.stage)[fault.field]
        wrong = _declaring(cls, fault, next(one for one in (parameter.default, *parameter.others) if one != known))
    return type(f"{cls.__name__}__{fault.name}", (cls,), {"__doc__": fault.line(), fault.stage: wrong})


def _declaring(cls: type[Any], fault: type[DeclarationFault], setting: Setting) -> Any:
    """The stage of a class with another setting of a parameter declared."""
    found = inspect.getattr_static(cls, fault.stage)
    if isinstance(found, Adapted):
        return found.by(fault.field, setting)
    method = getattr(cls, fault.stage)
    same = in_place_of(method, BY_NAME[fault.stage].arguments, lambda self, given: method(self, **given))
    return conventions(**{**declared(cls, fault.stage), fault.field: setting})(same)
