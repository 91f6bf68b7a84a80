"""The choice between implementations of ``translate``: which a class has, and which one an instance of it runs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from parity_suite.backends.capabilities import Capabilities, capabilities_of
from parity_suite.core.implementations import declared_by, implementation

STAGE: Final = "translate"

Switches = Mapping[str, Mapping[str, str]]


def chosen_by_keyword(cls: type[Any]) -> tuple[str, ...]:
    """The implementations that the keyword of a class chooses, beside its own."""
    return declared_by(cls).chosen(STAGE)


def keyword_for(cls: type[Any], name: str) -> dict[str, str]:
    """What a class is given for an implementation; nothing where none is chosen so."""
    declared = declared_by(cls).chosen_by
    return {declared[STAGE]: name} if STAGE in declared else {}


def switches_of(cls: type[Any]) -> Switches:
    """Environment variables that choose, and what each of their values chooses."""
    found: Switches = getattr(cls, "translation_switches", {})
    return found


def limits(cls: type[Any], name: str) -> Capabilities:
    """What an implementation can do."""
    # A class is hashable unless its metaclass says otherwise, of which the checker cannot know.
    return capabilities_of(implementation(cls, name))  # type: ignore[arg-type]


def coarse(cls: type[Any]) -> tuple[str, ...]:
    """The implementations of which places are computed in less than float64."""
    places = {name: limits(cls, name).coordinates.get(STAGE, "float64") for name in chosen_by_keyword(cls)}
    return tuple(name for name, precision in places.items() if precision != "float64")


def made_for_each_shape(cls: type[Any]) -> tuple[str, ...]:
    """Those that are traced or compiled anew for each shape of an image, its own among them if it is; the last is the
    one that most is made for.
    """
    return declared_by(cls).per_shape if chosen_by_keyword(cls) else ()


def chosen(backend: Any) -> str:
    """The implementation that an instance says was chosen: what it is asked by is also the name of its attribute."""
    return str(getattr(backend, declared_by(type(backend)).chosen_by.get(STAGE, "translation"), ""))


def chosen_by_none(cls: type[Any], make: Callable[[], Any]) -> str:
    """The one that an instance of a class runs where neither a keyword nor the environment says anything."""
    with environment(dict.fromkeys(switches_of(cls))):
        return chosen(make())


@contextmanager
def environment(changes: Mapping[str, str | None]) -> Iterator[None]:
    """Variables set or, with None, unset for a while."""
    before = {name: os.environ.get(name) for name in changes}
    _set(changes)
    try:
        yield
    finally:
        _set(before)


def _set(values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
