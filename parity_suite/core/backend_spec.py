"""A backend by the name of its class, so that a check can be told of before a framework is imported."""

from __future__ import annotations

import gc
import importlib
import re
import sys
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Final

from parity_suite.core.implementations import implementation, with_chains

#: What stands in an id between its hyphens; a dot begins an implementation, and a + would another backend.
BACKEND_NAME: Final = r"[a-z0-9_]+"
SUBJECT_NAME: Final = rf"{BACKEND_NAME}(?:\.{BACKEND_NAME})?"


@dataclass(frozen=True)
class BackendSpec:
    """A backend before its framework is imported; ``name`` is what stands in check ids.

    ``member`` is its class or, behind a dot, one of the implementations that this declares.
    """

    name: str
    module: str
    member: str

    def __post_init__(self) -> None:
        if not re.fullmatch(SUBJECT_NAME if "." in self.member else BACKEND_NAME, self.name):
            raise ValueError(f"backend {self.name!r}: a name has the characters a-z 0-9 _ alone")

    def implementation(self, name: str) -> BackendSpec:
        """One of the implementations of the class."""
        return BackendSpec(f"{self.name}.{name}", self.module, f"{self.member}.{name}")

    @property
    def default(self) -> BackendSpec:
        """The class that an implementation is one of, by the name of the backend."""
        return BackendSpec(self.name.rpartition(".")[0], self.module, self.member.rpartition(".")[0])

    def load(self) -> type[Any]:
        """Imports the class; raises whatever the import raises, and TypeError where the member is no class."""
        module = sys.modules.get(self.module) or _import_framework(self.module)
        outer, _, name = self.member.rpartition(".")
        cls = getattr(module, outer, None) if outer else None
        if isinstance(cls, type):
            return implementation(with_chains(cls), name)  # type: ignore[arg-type]
        member = getattr(module, self.member)
        if not isinstance(member, type):
            raise TypeError(f"{self.module}:{self.member} is not a class")
        return with_chains(member)


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
