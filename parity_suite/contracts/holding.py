"""What a container gave: the values of the names that were asked for, and all of its names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from parity_suite.contracts.violation import ContractError, Violation

_SHOWN: Final = 80


@dataclass(frozen=True)
class OpenContainer:
    """A value is an array, one that is stored, a column or an opaque value of a document, or the violation that says
    why it cannot be read.
    """

    values: Mapping[str, object]
    #: the outermost names, for messages and for closed contracts
    names: tuple[str, ...]


def printable(text: str) -> str:
    """Control characters written out, so that a name in a file cannot drive the terminal."""
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text)


def printable_lines(text: str) -> str:
    """The same of every line of a text."""
    return "\n".join(map(printable, text.split("\n")))


def plain(name: str | bytes) -> str:
    """A name from a file as it can stand in a message: printable, on one line and short."""
    text = name if isinstance(name, str) else name.decode("utf-8", "backslashreplace")
    shown = printable(text[: _SHOWN + 1])
    return shown if len(shown) <= _SHOWN else f"{shown[: _SHOWN - 3]}..."


def refusal(path: object, rule: str, found: str, wanted: str) -> ContractError:
    """The error that refuses a whole file."""
    return ContractError([Violation("file", rule, found, wanted)], str(path))
