"""A file of numbers that a pack writes, which ``parity compare`` sets beside another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from parity_suite.core.pack import member
from parity_suite.core.packs import packs

#: By label and name of the number; nan for one that the file leaves out.
Numbers = dict[str, dict[str, float]]


@dataclass(frozen=True)
class NumbersFile:
    """What files of this ``name`` hold; ``read`` raises ``ContractError`` where one breaks its contract."""

    name: str
    read: Callable[[Path], Numbers]
    #: the largest ``|ratio - 1|`` that passes where nothing else is said, by the names of numbers; in records as well
    limits: Mapping[str, float] = field(default_factory=dict)


def numbers_files() -> tuple[NumbersFile, ...]:
    """Those of all packs."""
    return tuple(member(pack.numbers) for pack in packs() if pack.numbers)
