"""A fault: one mistake of one stage, made between a backend's NumPy door and whoever asks."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final

import numpy as np

from parity_suite.backends.adapted import Adapted
from parity_suite.backends.api import Array
from parity_suite.backends.capabilities import capabilities_of
from parity_suite.backends.exceptions import NotProvided
from parity_suite.backends.methods import own_method
from parity_suite.cases.rules import rules_of
from parity_suite.core.case import Case
from parity_suite.core.kinds import Kind
from parity_suite.core.packs import BY_NAME
from parity_suite.faults.need import Need, Requirement

#: The inputs of one call, by name.
Given = Mapping[str, Any]
#: The right stage: inputs in, what the protocol says it returns out.
Ask = Callable[[Given], Any]


class MissingDoor(ValueError):
    """A backend's class has no such method, so that it cannot be wrong there."""

    def __init__(self, cls: type[Any], door: str) -> None:
        super().__init__(f"stage: {cls.__name__} does not define {door}, so it cannot be wrong there")
        self.door = door


class Fault:
    """One mistake. An instance belongs to one instance of a backend, so that a mistake may remember."""

    name: ClassVar[str] = ""
    stage: ClassVar[str] = ""
    #: entries of the failure history that it repeats, F01 and on
    history: ClassVar[tuple[str, ...]] = ()
    needs: ClassVar[frozenset[Requirement]] = frozenset()
    #: what a diagnosis should call it
    kind: ClassVar[Kind | None] = None
    #: whether it takes input that the right stage refuses
    lenient: ClassVar[bool] = False
    #: the precision that it shows in
    precision: ClassVar[str] = "float32"
    #: why it is no mistake on the inputs that the stage takes; empty for one that must be seen
    equivalent: ClassVar[str] = ""
    #: why one check is enough to see it, where no second one can
    single: ClassVar[str] = ""
    #: of a mistake in a stage that trains or holds a model: the sizes of the cases that it shows on, by the symbols of
    #: axes; where it says none, those that a quick run asks
    sizes: ClassVar[Mapping[str, int]] = {}
    #: the backend without the mistake
    right: Any

    def __init_subclass__(
        cls,
        stage: str = "",
        history: tuple[str, ...] = (),
        needs: tuple[Requirement, ...] = (),
        kind: Kind | None = None,
    ) -> None:
        """A class with a stage is a fault, named as the class in snake case; one without is a family of them."""
        if not stage:
            return
        cls.name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).lower()
        cls.stage, cls.history, cls.needs, cls.kind = stage, history, frozenset(needs), kind
        if stage not in BY_NAME and stage != "preflight":
            raise ValueError(f"{cls.name}: there is no stage {stage!r}")
        if cls.name in REGISTERED:
            raise ValueError(f"two faults are called {cls.name}")
        REGISTERED[cls.name] = cls

    @classmethod
    def line(cls) -> str:
        """What it does wrong, in one line."""
        return " ".join((cls.__doc__ or "").split())

    @classmethod
    def shows_on(cls, case: Case) -> bool:
        """Whether a mistake in a stage that trains or holds a model is looked for on a case."""
        return cls.sizes.items() <= dict(case.sizes).items() if cls.sizes else not case.slow

    @classmethod
    def doors(cls) -> tuple[str, ...]:
        """The methods that a backend must define to make it."""
        return (cls.stage,)

    def made_with(self, cls: type[Any], keywords: Mapping[str, Any]) -> Mapping[str, Any]:
        """What the backend behind the mistake, a ``cls``, is made with where the copy was made with ``keywords``."""
        return keywords

    def answer(self, ask: Ask, given: Given) -> Any:
        """The wrong result of the stage on inputs that the right one takes. Must not write into them."""
        raise NotImplementedError

    def vjp(self, ask: Ask, given: Given) -> Array:
        """The gradient of the wrong stage; ``given`` are the arguments of ``vjp``.

        Raises ``NotProvided``, unless the mistake is one of the gradient: what the framework differentiates is the
        right stage, and its gradient would say nothing of the wrong one.
        """
        raise NotProvided(f"the fault {self.name} has no vjp of {self.stage}")


#: The faults of the modules that are imported.
REGISTERED: Final[dict[str, type[Fault]]] = {}


def require_place(cls: type[Any], fault: type[Fault]) -> None:
    """``MissingDoor`` where a backend's class lacks a method that the fault stands in, ``ValueError`` where it lacks
    what the fault needs to show.
    """
    for door in fault.doors():
        if own_method(cls, door) is None:
            raise MissingDoor(cls, door)
    lacking = rules_of(fault.stage).lacking(cls) if fault.stage in BY_NAME else frozenset[str]()
    if len(getattr(cls, "modes", ())) < 2:
        lacking |= {Need.WAYS}
    lacking |= _outside(cls, fault.stage, fault.needs)
    if missing := sorted(fault.needs & lacking):
        raise ValueError(f"{fault.name}: {cls.__name__} lacks {missing[0]}")


def _outside(cls: type[Any], stage: str, needs: frozenset[Requirement]) -> frozenset[str]:
    """What a class declares not to be asked of a stage, or does not declare, of what is needed."""
    known = capabilities_of(cls)
    unrefused = known.refuses is not None and stage not in known.refuses
    unadapted = not isinstance(inspect.getattr_static(cls, stage, None), Adapted)
    found = {need for need in needs if not need.is_allowed(known, stage)}
    lacking = ((Need.DAMAGE, unrefused), (Need.DECLARED, unadapted))
    return frozenset(found) | {need for need, lacks in lacking if lacks}


def swapped(vectors: Array) -> Array:
    """Offsets or positions with x and y in each other's place, in a shape (..., 2) or (B, 1, 2, C)."""
    return np.ascontiguousarray(np.flip(vectors, axis=2 if vectors.ndim == 4 else -1))


def towards(centre: Array) -> Array:
    """A centre in the rank of positions (B, 1, 2, C)."""
    return centre.reshape(1, 1, 2, 1) if centre.ndim == 1 else centre


def like(values: Any, model: Array) -> Array:
    """The values in the dtype of an input that they replace."""
    return np.asarray(values).astype(model.dtype)
