"""A fault at doors of a backend that are no stage: mistakes at methods that others are made of, or asked beside one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar

from parity_suite.backends.held_outputs import options_lacking
from parity_suite.backends.methods import in_place_of
from parity_suite.backends.validate_inputs import validate_inputs
from parity_suite.cases.rules import rules_of
from parity_suite.core.packs import BY_NAME
from parity_suite.faults.broken import watched
from parity_suite.faults.fault import Fault, Given, require_place


class RightDoors:
    """The doors of a backend's class, on the ``backend`` that is a faulty copy of it; what they call is faulty."""

    def __init__(self, cls: type[Any], backend: Any) -> None:
        self._cls, self.backend = cls, backend

    def __getattr__(self, door: str) -> Any:
        return partial(getattr(self._cls, door), self.backend)


class DoorFault(Fault):
    """A mistake at doors: a method named as each of :attr:`arguments` that is wrong.

    Each takes the right door as a function of its arguments by name, and the arguments that it was given.
    """

    #: the arguments of every door that a mistake may stand in, by place; one with a star is all that follow
    arguments: ClassVar[Mapping[str, tuple[str, ...]]] = {"kernel": ("stage",), "primitive": ("name", "*arrays")}
    #: bundle formats that it can be put into; empty for any
    formats: ClassVar[tuple[str, ...]] = ()
    right: RightDoors

    @classmethod
    def doors(cls) -> tuple[str, ...]:
        """The doors that it makes wrong."""
        return tuple(door for door in cls.arguments if hasattr(cls, door))


def faulty_door(cls: type[Any], fault: type[DoorFault]) -> type[Any]:
    """A subclass of a backend's class with the doors of the fault.

    Raises ``MissingDoor`` where the class lacks one, ``ValueError`` where it has a bundle format that the fault does
    not know.
    """
    require_place(cls, fault)
    if fault.formats and getattr(cls, "bundle_format", None) not in fault.formats:
        raise ValueError(
            f"bundle_format: {fault.name} knows {', '.join(fault.formats)}, and not that of {cls.__name__}"
        )

    def make(self: Any, **keywords: Any) -> None:
        with watched(fault):
            self._fault = fault()
        self._fault.right = RightDoors(cls, self)
        cls.__init__(self, **keywords)

    doors = {door: _door(cls, fault, door) for door in fault.doors()}
    return type(f"{cls.__name__}__{fault.name}", (cls,), {"__init__": make, "__doc__": fault.line(), **doors})


def _door(cls: type[Any], fault: type[DoorFault], door: str) -> Any:
    # Absent and None are one to a mistake, and no reason to fail.
    lacking = options_lacking(cls, door) if door in BY_NAME else frozenset()

    def wrong(self: Any, given: Given) -> Any:
        def ask(changed: Given) -> Any:
            named = {name: value for name, value in changed.items() if name not in lacking or value is not None}
            following = named.pop("arrays", ())
            right = getattr(cls, door)
            return right(self, *named.values(), *following) if following else right(self, **named)

        whole = {**dict.fromkeys(lacking), **given}
        if door in BY_NAME and not self._fault.lenient:
            # Input that the right stage refuses stays refused, and no mistake is made of it.
            validate_inputs(BY_NAME[door], whole)
            rules_of(door).validate(whole)
        with watched(type(self._fault)):
            return getattr(self._fault, door)(ask, whole)

    return in_place_of(getattr(cls, door), fault.arguments[door], wrong)
