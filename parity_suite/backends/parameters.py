"""Conventions that are parameters of the oracle, as a class declares them beside the function of a stage.

::

    class Mine:
        @conventions(nll_mean="pixels", log_factorial=True)
        def loss(self, amplitude, counts, scale, patches): ...
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeVar

from parity_suite.backends.mistakes import closest
from parity_suite.core.implementations import declared_by
from parity_suite.core.packs import BY_NAME
from parity_suite.core.stage import Setting

Method = TypeVar("Method", bound=Callable[..., Any])

#: Where a function, or what stands for one, holds its conventions by name.
_HELD: Final = "declared_conventions"


def conventions(**settings: Setting) -> Callable[[Method], Method]:
    """Declares that a method does its stage by these conventions, named as the stage's parameters are; the others are
    the default. A name or a value that there is not is one error when the class is first asked for.
    """

    def declare(method: Method) -> Method:
        setattr(method, _HELD, settings)
        return method

    return declare


def declared(cls: type[Any], stage: str) -> Mapping[str, Setting]:
    """What a class, or one that it is derived from or a copy of, declares of a stage; empty where it says nothing. A
    fused stage of which it says nothing has those of the stages that it replaces.
    """
    methods = (vars(one)[stage] for one in cls.__mro__ if stage in vars(one))
    found: Iterator[Mapping[str, Setting]] = (getattr(one, _HELD) for one in methods if getattr(one, _HELD, None))
    of_parts = (declared(cls, part).items() for part in BY_NAME[stage].replaces)
    return next(found, {name: one for part in of_parts for name, one in part})


def settings_of(cls: type[Any], stage: str) -> dict[str, Setting]:
    """Every convention of a stage by name, as a class has it."""
    said = declared(cls, stage)
    return {one.name: said.get(one.name, one.default) for one in BY_NAME[stage].parameters}


def require_known_conventions(cls: type[Any]) -> None:
    """``ValueError`` where a class declares a convention, or one of a stage, that there is not."""
    for name, method in inspect.getmembers_static(cls):
        if said := getattr(method, _HELD, None):
            _require(getattr(method, "stage", declared_by(cls).stage_of(name)), said)


def _require(stage: str, said: Mapping[str, Setting]) -> None:
    if stage not in BY_NAME:
        raise ValueError(f"conventions: {stage} is not a stage")
    known = {one.name: one for one in BY_NAME[stage].parameters}
    for name, value in said.items():
        if name not in known:
            near = closest(name, known)
            hint = f"is it {near}?" if near else f"there are {', '.join(known)}" if known else "it has none"
            raise ValueError(f"conventions: {stage} has no {name}: {hint}")
        try:
            known[name].require(value)
        except ValueError as error:
            raise ValueError(f"conventions: {stage}: {error}") from None
