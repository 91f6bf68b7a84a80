"""A backend by the name of its class, so that a check can be told of before a framework is imported."""

from __future__ import annotations

import gc
import importlib
import re
import sys
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Final

#: What stands in an id between its hyphens; a dot would begin an implementation, and a + another backend.
BACKEND_NAME: Final = r"[a-z0-9_]+"


@dataclass(frozen=True)
class BackendSpec:
    """A backend before its framework is imported; ``name`` is what stands in check ids."""

    name: str
    module: str
    member: str

    def __post_init__(self) -> None:
        if not re.fullmatch(BACKEND_NAME, self.name):
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
