"""Names in a class that are nearly right are mistakes, and those of other things are not."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from parity_suite.backends.mistakes import closest, letters_between, mistakes_of
from parity_suite.backends.registry import resolve
from parity_suite.core.context import RunContext
from parity_suite.ptychography.oracle import Oracle


def _messages(**methods: Any) -> dict[str, str]:
    cls = type("Tiny", (), methods)
    return {stage: found.message for stage, found in mistakes_of(RunContext(), cls).items()}


def _method(arguments: str) -> Callable[..., Any]:
    method: Callable[..., Any] = eval(f"lambda {arguments}: None")
    return method


@pytest.mark.parametrize(
    ("one", "other", "count"),
    [
        ("diffract", "diffract", 0),
        ("diffract", "difract", 1),
        ("diffract", "diffracts", 1),
        ("diffract", "diffarct", 1),
        ("diffract", "dfifrcat", 2),
        ("diffract", "tract", 4),
        ("", "abc", 3),
    ],
)
def test_letters_between_two_names(one: str, other: str, count: int) -> None:
    assert letters_between(one, other) == letters_between(other, one) == count


def test_the_closest_name() -> None:
    assert closest("illuminate", ["iluminat", "iluminate", "other"]) == "iluminate"
    assert closest("loss", ["close", "lost"]) == "lost"
    assert closest("loss", ["close", "loss"]) == ""


@pytest.mark.parametrize("name", ["difract", "diffracts", "diffarct", "Diffract"])
def test_a_method_that_is_nearly_called_like_a_stage(name: str) -> None:
    said = f"Tiny has a method {name} and no diffract: call it diffract, or, if it is another, _{name}"
    assert _messages(**{name: _method("self, psi")}) == {"diffract": said}


@pytest.mark.parametrize("name", ["state", "close", "_difract", "refine", "run", "start", "forward"])
def test_a_method_of_another_meaning(name: str) -> None:
    assert _messages(**{name: _method("self")}) == {}


def test_a_helper_beside_the_stage_itself_and_what_is_not_called() -> None:
    assert _messages(diffract=_method("self, psi"), diffracts=_method("self")) == {}
    assert _messages(difract=3) == {}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("self, wave", "takes no psi and takes wave, which it is not given"),
        ("self", "takes no psi"),
        ("self, psi, /", "takes no psi and takes psi, /, which it is not given"),
        ("self, wave, mode", "takes no psi and takes wave and mode, which it is not given"),
        ("self, psi, mode", "takes mode, which it is not given"),
    ],
)
def test_an_argument_of_another_name(arguments: str, said: str) -> None:
    assert _messages(diffract=_method(arguments)) == {
        "diffract": f"Tiny.diffract {said}: its arguments are psi, by name"
    }


def test_an_option_that_is_nearly_called_right() -> None:
    (said,) = _messages(translate=_method("self, images, offsets, interpolatoin=None")).values()
    assert said.startswith("Tiny.translate takes interpolatoin, which it is not given: ")


@pytest.mark.parametrize(
    "method",
    [
        _method("self, psi"),
        _method("self, psi, tile=4"),
        _method("self, **anything"),
        _method("self, *, psi"),
        staticmethod(_method("psi")),
        classmethod(_method("cls, psi")),
        None,
        max,
        # What is no descriptor is not given the instance.
        partial(_method("psi, tile"), tile=4),
        type("_Called", (), {"__call__": _method("self, psi")})(),
    ],
)
def test_a_method_that_can_be_asked(method: Any) -> None:
    assert _messages(diffract=method) == {}


def test_an_option_that_is_not_taken_is_none() -> None:
    assert _messages(translate=_method("self, images, offsets")) == {}


def test_the_place_is_that_of_the_method() -> None:
    class Tiny:
        def difract(self, psi: Any) -> Any: ...

    found = mistakes_of(RunContext(), Tiny)["diffract"]
    assert found.file.endswith("test_mistakes.py")
    assert found.line == Tiny.difract.__code__.co_firstlineno
    assert found.function.endswith("Tiny.difract")


def test_our_own_backends_have_none() -> None:
    for cls in (Oracle, *(spec.load() for spec in resolve([]))):
        assert not mistakes_of(RunContext(), cls), cls
