"""A fault of a model stage: mistakes at the doors through which a model is trained, written, read and inferred with."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar, Final

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.backends.subject import NotProvided
from parity_suite.compare.kinds import Kind
from parity_suite.faults.fault import Ask, Fault, Given, Need
from parity_suite.learning.weights import flat

#: The arguments of every door that a mistake may stand in, by place.
DOORS: Final[Mapping[str, tuple[str, ...]]] = {
    "train": (
        "counts",
        "positions",
        "centres",
        "probe",
        "scale",
        "weights",
        "order",
        "watch",
        "canvas",
        "settings",
    ),
    "state": (),
    "save": ("folder",),
    "load": ("folder",),
    "infer": ("amplitude", "batch"),
    "infer_stream": ("chunks", "centre", "canvas", "batch"),
    "kernel": ("stage",),
}


class RightDoors:
    """The doors of a backend's class, on the ``backend`` that is a faulty copy of it; what they call is faulty."""

    def __init__(self, cls: type[Any], backend: Any) -> None:
        self._cls, self.backend = cls, backend

    def __getattr__(self, door: str) -> Any:
        return partial(getattr(self._cls, door), self.backend)


class ModelFault(Fault):
    """A mistake of ``train``, ``bundle`` or ``infer``: a method named as each door of :data:`DOORS` that is wrong.

    Each takes the right door as a function of its arguments by name, and the arguments that it was given.
    """

    #: what the cases must have for it to show, beside what every case has
    gridsize: ClassVar[int] = 2
    #: bundle formats that it can be put into; empty for any
    formats: ClassVar[tuple[str, ...]] = ()
    right: RightDoors

    def __init_subclass__(
        cls,
        stage: str = "",
        history: tuple[str, ...] = (),
        needs: tuple[Need, ...] = (),
        kind: Kind | None = None,
    ) -> None:
        super().__init_subclass__(stage, history, (Need.LESSON, *needs), kind)

    @classmethod
    def doors(cls) -> tuple[str, ...]:
        """The doors that it makes wrong."""
        return tuple(door for door in DOORS if hasattr(cls, door))


def faulty_model(cls: type[Any], fault: type[ModelFault]) -> type[Any]:
    """A subclass of a backend's class with the doors of the fault.

    Raises ``ValueError`` where the class lacks a door, or has a bundle format that the fault does not know.
    """
    missing = [door for door in fault.doors() if not callable(getattr(cls, door, None))]
    if missing:
        raise ValueError(f"stage: {cls.__name__} does not define {missing[0]}, so it cannot be wrong there")
    if fault.formats and getattr(cls, "bundle_format", None) not in fault.formats:
        raise ValueError(
            f"bundle_format: {fault.name} knows {', '.join(fault.formats)}, and not that of {cls.__name__}"
        )

    def make(self: Any, **keywords: Any) -> None:
        self._fault = fault()
        self._fault.right = RightDoors(cls, self)
        cls.__init__(self, **keywords)

    doors = {door: _door(cls, door) for door in fault.doors()}
    return type(f"{cls.__name__}__{fault.name}", (cls,), {"__init__": make, "__doc__": fault.line(), **doors})


def _door(cls: type[Any], door: str) -> Any:
    names = DOORS[door]

    def wrong(self: Any, *arguments: Any, **keywords: Any) -> Any:
        given = {**dict(zip(names, arguments, strict=False)), **keywords}

        def ask(changed: Given) -> Any:
            return getattr(cls, door)(self, **changed)

        return getattr(self._fault, door)(ask, given)

    wrong.__name__ = door
    return wrong


def weights_in(state: Mapping[str, Any]) -> Array:
    """The flat weights in a state; ``NotProvided`` where the network is not the reference's."""
    try:
        return flat(state, len(state["modulus.bias"]), len(state["encoder0.bias"]))
    except KeyError as missing:
        raise NotProvided(f"the state holds no {missing}: not the reference network") from None


def hold(ask: Ask, given: Given, **changes: Any) -> Mapping[str, Array]:
    """Makes a backend hold a model of one's own, by a training of no steps that starts from it; the patches of it."""
    held: Mapping[str, Array] = ask({**given, "order": no_steps(given), **changes})
    return held


def no_steps(given: Given) -> Array:
    """The order (0, B) of a training of no steps."""
    return np.zeros((0, given["order"].shape[1]), given["order"].dtype)
