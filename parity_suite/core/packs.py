"""The packs that are known: those of installed packages, and those that a run names.

As laws are, they are part of the code that is loaded, and no matter of one run.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Final

from parity_suite.core.fused import JOINT
from parity_suite.core.pack import Pack, member
from parity_suite.core.stage import Stage

if TYPE_CHECKING:
    from parity_suite.contracts.relation_rule import RelationRule

#: Entry points through which an installed package offers packs.
ENTRY_POINT_GROUP: Final = "parity_suite.packs"
#: By the first a user names packs, ``module:NAME`` with commas between; by the second a process that is started knows
#: those of the one that started it.
_VARIABLES: Final = ("PARITY_PACK", "_PARITY_PACKS_OF_PARENT")

_PACKS: Final[dict[str, Pack]] = {}


def packs() -> tuple[Pack, ...]:
    """All packs; those of installed packages and of the environment are imported by the first call."""
    if not _PACKS:
        try:
            _find_packs()
        except BaseException:
            # Those found before it are not all there are.
            _PACKS.clear()
            raise
    return tuple(_PACKS.values())


def _find_packs() -> None:
    """Those of installed packages come first, for which a named one may ask while it is imported."""
    for point in sorted(entry_points(group=ENTRY_POINT_GROUP), key=lambda one: one.name):
        add_pack(point.load(), point.value)
    for text in named_packs():
        add_pack(member(text), text)


def name_pack(text: str) -> None:
    """Makes the pack ``module:NAME`` known, to this process and to those that it starts."""
    packs()
    add_pack(member(text), text)
    if text not in named_packs():
        os.environ[_VARIABLES[1]] = ",".join([*named_packs(), text])


def named_packs() -> tuple[str, ...]:
    """Those that no installed package brings along, as ``module:NAME``."""
    texts = " ".join(os.environ.get(one, "") for one in _VARIABLES).replace(",", " ")
    return tuple(dict.fromkeys(texts.split()))


def add_pack(pack: object, text: str) -> None:
    """TypeError where it is no pack, ValueError where its name, a stage or a subcommand is that of another one."""
    if not isinstance(pack, Pack):
        raise TypeError(f"{text} is not a Pack")
    if _PACKS.get(pack.name, pack) is not pack:
        raise ValueError(f"{text}: there is another pack {pack.name!r}")
    for other in _PACKS.values():
        if other is not pack and (both := sorted(set(other.by_name) & set(pack.by_name))):
            raise ValueError(f"{text}: the pack {other.name!r} has a stage {both[0]!r} as well")
        if other is not pack and (both := sorted(other.command_names & pack.command_names)):
            raise ValueError(f"{text}: the pack {other.name!r} has a subcommand {both[0]!r} as well")
    _PACKS[pack.name] = pack


def contract_folders() -> tuple[Path, ...]:
    """Where the contracts of packs lie, or would."""
    return tuple(folder for pack in packs() for folder in (pack.contract_folder,) if folder is not None)


def contract_relations() -> Mapping[str, RelationRule]:
    """The kinds of relations that packs bring to the language of contracts; ValueError where two are called the same,
    or one as one of the language's own.
    """
    from parity_suite.contracts.relations import OWN

    found: dict[str, RelationRule] = {}
    for pack in packs():
        given: Mapping[str, RelationRule] = member(pack.relations) if pack.relations else {}
        if taken := sorted((found.keys() | OWN.keys()) & given.keys()):
            raise ValueError(f"pack {pack.name}: there is another relation {taken[0]!r}")
        found |= given
    return found


def pack_of(stage: str) -> Pack:
    """The pack of a stage, fused or not, or of a chain of them; KeyError where there is none."""
    first = stage.partition(JOINT)[0]
    for pack in packs():
        if first in pack.by_name or stage in pack.chains:
            return pack
    raise KeyError(stage)


def has_oracle(name: str) -> bool:
    """Whether a pack with an oracle, or none that is known, has a stage or chain of a name."""
    return all(pack.oracle for pack in packs() if name in pack.by_name or name in pack.chains)


def chain_of(name: str) -> tuple[str, ...]:
    """The stages of a chain in their order; none where that is not the name of one."""
    return next((pack.chains[name] for pack in packs() if name in pack.chains), ())


def chains_with(stage: str) -> tuple[str, ...]:
    """The chains that a stage is part of."""
    return tuple(name for pack in packs() for name, stages in pack.chains.items() if stage in stages)


class _Stages(Mapping[str, Stage]):
    """The stages of all packs by name, in the order of the packs; those that are fused of them are known as well."""

    def __getitem__(self, name: str) -> Stage:
        return pack_of(name).stage(name)

    def __iter__(self) -> Iterator[str]:
        return (name for pack in packs() for name in pack.by_name)

    def __len__(self) -> int:
        return sum(len(pack.by_name) for pack in packs())


BY_NAME: Final[Mapping[str, Stage]] = _Stages()
