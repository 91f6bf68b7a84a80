"""How something failed: its cause, the outputs that are off, the rules that are broken, and what was raised where.

Two failures are the same by this, and not by what their messages say.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from parity_suite.core.cause import Cause
from parity_suite.core.measured import Measured


@dataclass(frozen=True)
class Rule:
    """A rule that was broken, by its name and the field that breaks it; ``message`` is for a person."""

    field: str
    rule: str
    message: str
    #: which of several implementations broke it, where not the default one did
    implementation: str = ""


@dataclass(frozen=True)
class Raised:
    """An exception and the innermost line of the user's code that it came through; empty where nothing was raised."""

    type: str = ""
    message: str = ""
    #: as it would be imported: below the entry of the import path
    file: str = ""
    line: int = 0
    function: str = ""

    @property
    def where(self) -> tuple[str, str, int, str]:
        """What tells it from another exception; the message may name sizes."""
        return self.type, self.file, self.line, self.function

    def __bool__(self) -> bool:
        return bool(self.type)


NOTHING_RAISED: Final = Raised()


@dataclass(frozen=True)
class Way:
    """What tells one failure from another."""

    cause: Cause | None
    outputs: frozenset[str]
    rules: frozenset[tuple[str, str]]
    raised: tuple[str, str, int, str]
    #: the outputs of the stage, and gradients of them, that are off, whatever inputs the labels in ``outputs`` name
    fields: frozenset[str] = frozenset()

    def is_part_of(self, other: Way) -> bool:
        """Whether this is the same failure, though maybe of fewer outputs and rules."""
        return (
            (self.cause, self.raised) == (other.cause, other.raised)
            and self.outputs <= other.outputs
            and self.rules <= other.rules
            and bool(self.outputs or self.rules or self.raised[0])
        )

    def shows(self, found: Way) -> bool:
        """Whether this, on other inputs or by another law, is what was found: the same exception out of the same
        function, else one of the same rules or outputs as far as both name any.
        """
        if self.raised[0] or found.raised[0]:
            return self._function == found._function
        off = (self.fields, found.fields) if self.fields or found.fields else (self.outputs, found.outputs)
        named = [one & other for one, other in ((self.rules, found.rules), off) if one and other]
        if named:
            return any(named)
        # A law that names no output is broken by whatever output is wrong.
        return self.cause is found.cause or bool(self.fields)

    @property
    def _function(self) -> tuple[str, str, str]:
        kind, file, _, function = self.raised
        return kind, file, function


def way_of(cause: Cause | None, measured: Iterable[Measured], rules: Iterable[Rule], raised: Raised) -> Way:
    """The way in which what was measured, broken or raised failed."""
    off = [one for one in measured if not one.within]
    return Way(
        cause,
        frozenset(one.output for one in off),
        frozenset((one.field, one.rule) for one in rules),
        raised.where,
        frozenset(one.about.name for one in off if one.about.name),
    )


def missing(subject: str, precision: str, cause: Cause | None, raised: Raised) -> tuple[Any, ...]:
    """What tells one thing that cannot be had from another; arithmetic is off in one precision, not in all."""
    return subject, cause, raised.where, precision if cause is Cause.ARITHMETIC_OFF else ""
