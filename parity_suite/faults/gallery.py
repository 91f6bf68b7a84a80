"""All faults by name: those of every pack, and those that any of its stages can have."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, Mapping, ValuesView
from functools import cache
from importlib import import_module
from typing import Final

from parity_suite.core.packs import packs
from parity_suite.faults.any_stage import make_faults
from parity_suite.faults.fault import REGISTERED, Fault


class _Faults(Mapping[str, type[Fault]]):
    """In the order in which their modules define them; read anew whenever another pack is known."""

    def __getitem__(self, name: str) -> type[Fault]:
        return self._all()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    # A mapping's own ask for each by its name, and all of them are gathered for that.
    def values(self) -> ValuesView[type[Fault]]:
        return self._all().values()

    def items(self) -> ItemsView[str, type[Fault]]:
        return self._all().items()

    @staticmethod
    def _all() -> Mapping[str, type[Fault]]:
        _make(tuple(pack.name for pack in packs()))
        stages = {stage.name for pack in packs() for stage in pack.stages}
        return {name: fault for name, fault in REGISTERED.items() if fault.stage in stages or not _is_of_any(fault)}


FAULTS: Final[Mapping[str, type[Fault]]] = _Faults()


@cache
def _make(names: tuple[str, ...]) -> None:
    made = {fault.stage for fault in REGISTERED.values() if _is_of_any(fault)}
    for pack in packs():
        for module in pack.faults:
            import_module(module)
        for stage in pack.stages if pack.any_faults else ():
            if stage.name not in made:
                make_faults(stage)


def _is_of_any(fault: type[Fault]) -> bool:
    """Whether it was made of what any stage can have, for one of a pack that may be known no more."""
    return fault.__module__ == make_faults.__module__
