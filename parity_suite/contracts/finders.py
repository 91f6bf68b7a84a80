"""What the contracts know of packs: how to find their folders of contracts and the relations that those have."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from parity_suite.contracts.relation_rule import RelationRule

#: Whoever knows the packs hands these in; the first that is asked for imports them.
_FOLDERS: Final[list[Callable[[], Iterable[Path]]]] = []
_RELATIONS: Final[list[Callable[[], Mapping[str, RelationRule]]]] = []


def find_contracts_by(folders: Callable[[], Iterable[Path]]) -> None:
    """Makes the contracts of folders known, which are asked for once one is wanted that is not the suite's own."""
    _FOLDERS[:] = [folders]


def find_relations_by(rules: Callable[[], Mapping[str, RelationRule]]) -> None:
    """Makes the relations of packs known, which are asked for once a contract has one that is not the language's."""
    _RELATIONS[:] = [rules]


def contract_folders() -> tuple[Path, ...]:
    """The folders of contracts that were handed in; what is not there has none."""
    return tuple(folder for find in _FOLDERS for folder in find())


def relations_of_packs() -> Mapping[str, RelationRule]:
    """By the names that contracts give to them."""
    return {name: rule for find in _RELATIONS for name, rule in find().items()}
