"""What a container gave: the values of the names that were asked for, and all of its names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from parity_suite.contracts.violation import ContractError, Violation


@dataclass(frozen=True)
class Holding:
    """A value is an array, one that is stored, a column or an opaque value of a document, or the violation that says
    why it cannot be read.
    """

    values: Mapping[str, object]
    #: the outermost names, for messages and for closed contracts
    names: tuple[str, ...]


def refusal(path: object, rule: str, found: str, wanted: str) -> ContractError:
    """The error that refuses a whole file."""
    return ContractError([Violation("file", rule, found, wanted)], str(path))
