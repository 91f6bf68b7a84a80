"""Which backends there are: ``module:Class`` specifications from a list, the command line, the ini file or entry
points.
"""

from __future__ import annotations

import gc
import importlib
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from types import ModuleType
from typing import Any, Final

#: Entry points through which an installed package offers backends, ours like a stranger's.
ENTRY_POINT_GROUP: Final = "parity_suite.backends"

#: What stands in an id between its hyphens; a dot would begin an implementation, and a + another backend.
_NAME: Final = r"[a-z0-9_]+"
_SPEC: Final = re.compile(rf"(?:(?P<name>{_NAME})=)?(?P<module>[\w.]+):(?P<member>[\w.]+)")


@dataclass(frozen=True)
class BackendSpec:
    """A backend before its framework is imported; ``name`` is what stands in check ids."""

    name: str
    module: str
    member: str

    def __post_init__(self) -> None:
        if not re.fullmatch(_NAME, self.name):
            raise ValueError(f"backend {self.name!r}: a name has the characters a-z 0-9 _ alone")

    def load(self) -> type[Any]:
        """Imports the class; raises whatever the import raises, and TypeError where the member is no class."""
        module = sys.modules.get(self.module) or _import_framework(self.module)
        member = getattr(module, self.member)
        if not isinstance(member, type):
            raise TypeError(f"{self.module}:{self.member} is not a class")
        return member


def _import_framework(module: str) -> ModuleType:
    """A module imported with no search for garbage, then or later, through what stays of it: all that it makes."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        return importlib.import_module(module)
    finally:
        gc.freeze()
        if collecting:
            gc.enable()


def parse_spec(text: str) -> BackendSpec:
    """``module:Class`` or ``name=module:Class``; ValueError otherwise. Without a name, the class's in lower case."""
    match = _SPEC.fullmatch(text.strip())
    if not match:
        raise ValueError(f"backend {text!r} is not of the form module:Class or name=module:Class")
    name = match["name"] or re.sub(r"[^a-z0-9_]", "_", match["member"].lower())
    return BackendSpec(name, match["module"], match["member"])


def resolve(listed: Sequence[str]) -> tuple[BackendSpec, ...]:
    """The specs in their order, or those of the entry points where none is listed; ValueError for one name used
    twice.
    """
    specs = [parse_spec(text) for text in listed]
    if not specs:
        found = sorted(entry_points(group=ENTRY_POINT_GROUP), key=lambda point: point.name)
        specs = [parse_spec(f"{point.name}={point.value}") for point in found]
    names = [spec.name for spec in specs]
    for name in names:
        if names.count(name) > 1 or name == "oracle":
            raise ValueError(f"two backends are called {name!r}: tell them apart as other_name=module:Class")
    return tuple(specs)
