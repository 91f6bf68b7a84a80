"""All faults, gathered from the modules that define them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module

from parity_suite.core.packs import packs
from parity_suite.faults import (  # noqa: F401  (importing a module puts its faults into the gallery)
    batches,
    bundles,
    by_hand,
    cutting,
    doors,
    equivalent,
    evaluation,
    families,
    gradients,
    lessons,
    network,
    objective,
    offset_gradients,
    outputs,
    photons,
    scan,
    shifts,
    spread,
    stitching,
    translations,
    waves,
)
from parity_suite.faults.any_stage import make_faults
from parity_suite.faults.fault import FAULTS, Fault, Need

__all__ = ["FAULTS", "Fault", "Need", "all_faults"]


def all_faults() -> Mapping[str, type[Fault]]:
    """The faults of every pack by name: its own, and those that any of its stages can have."""
    _make(tuple(pack.name for pack in packs()))
    return FAULTS


@cache
def _make(names: tuple[str, ...]) -> None:
    made = {fault.stage for fault in FAULTS.values() if fault.__module__ == make_faults.__module__}
    for pack in packs():
        for module in pack.faults:
            import_module(module)
        for stage in pack.stages if pack.any_faults else ():
            if stage.name not in made:
                make_faults(stage)
