"""What goes wrong while a law goes on: outputs without those that break the contract, and a note of all that did.

A law is given what is left of an answer, so that a broken output keeps no other one from being compared. What broke is
noted for the check at once, whatever the law makes of the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, Protocol

from parity_suite.core.context import RunContext
from parity_suite.core.way import Rule


class Asked(Protocol):
    """Who was asked: a subject."""

    @property
    def context(self) -> RunContext: ...


class Outputs(dict[str, Any]):
    """Outputs by name, without those that break the contract or are not provided: asked for one of these, it raises
    that.
    """

    #: those that are not provided
    lacking: Mapping[str, Exception] = MappingProxyType({})

    def __init__(self, outputs: Mapping[str, Any], *broken: Exception) -> None:
        """``broken`` are broken contracts, each with its ``rules``."""
        fields = {rule.field: breach for breach in broken for rule in _rules(breach)}
        super().__init__((name, value) for name, value in outputs.items() if name not in fields)
        self._broken, self._fields = broken, fields

    def lack(self, names: Mapping[str, Exception]) -> None:
        """Outputs that are not provided, and what is raised where one is asked for."""
        self.lacking = names

    def __missing__(self, name: str) -> Any:
        if name in self.lacking:
            raise self.lacking[name]
        raise self._fields.get(name) or next(iter(self._broken), KeyError(name))


class Troubles:
    """Where broken contracts and exceptions are noted while somebody wants them; else each is raised."""

    def __init__(self) -> None:
        self._noted: list[BaseException] | None = None

    def add(self, problem: BaseException) -> None:
        """Notes a problem, or raises it where nobody wants it. What is known already would only keep its arrays."""
        if self._noted is None:
            raise problem
        if _what(problem) not in map(_what, self._noted):
            self._noted.append(problem)

    @contextmanager
    def noted(self) -> Iterator[list[BaseException]]:
        """All that goes wrong meanwhile, in its order."""
        before, self._noted = self._noted, []
        try:
            yield self._noted
        finally:
            self._noted = before


def _what(problem: BaseException) -> Any:
    """What tells it from another one: the rules that are broken, or the exception itself."""
    return frozenset((rule.field, rule.rule) for rule in _rules(problem)) or id(problem)


def _rules(problem: BaseException) -> tuple[Rule, ...]:
    """The rules that are broken; none by an exception of a backend."""
    rules: tuple[Rule, ...] = getattr(problem, "rules", ())
    return rules


def note(subject: Asked, problem: BaseException) -> None:
    """Notes what went wrong for the check that is run, or raises it where none is."""
    subject.context.part(Troubles).add(problem)


class LeftOut:
    """Where the limits are written down outside of which something was not asked, while somebody wants them."""

    def __init__(self) -> None:
        self._noted: dict[str, Exception] = {}

    def add(self, limit: Exception) -> None:
        self._noted[str(limit)] = limit

    @contextmanager
    def noted(self) -> Iterator[list[Exception]]:
        """The limits, each once, when it is over."""
        before, self._noted = self._noted, {}
        found: list[Exception] = []
        try:
            yield found
        finally:
            found += self._noted.values()
            self._noted = before
