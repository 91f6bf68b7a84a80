"""Faulty copies of installed backends as members of a module, so that a specification can name them.

``name=parity_suite.faults.specs:torch__offset_sign`` is the backend that the entry point ``torch`` offers, with the
fault ``offset_sign`` in it.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from parity_suite.backends.registry import BackendSpec, resolve
from parity_suite.faults import FAULTS, faulty


def faulty_spec(backend: str, fault: str, name: str) -> BackendSpec:
    """The specification of a faulty copy of an installed backend; ``name`` is what stands in check ids."""
    return BackendSpec(name, __name__, f"{backend}__{fault}")


def right_spec(spec: BackendSpec) -> BackendSpec:
    """The backend that a specification is a faulty copy of, under another name; of a right one, itself."""
    right = installed(spec.member.partition("__")[0]) if spec.module == __name__ else spec
    return BackendSpec(f"right_{spec.name}", right.module, right.member)


def installed(backend: str) -> BackendSpec:
    """The specification of an installed backend; ``AttributeError`` where there is none of that name."""
    found = {spec.name: spec for spec in resolve([])}
    if backend not in found:
        raise AttributeError(f"no backend {backend!r} is installed: {', '.join(sorted(found)) or 'none is'}")
    return found[backend]


@cache
def _copy(backend: str, fault: str) -> type[Any]:
    if fault not in FAULTS:
        raise AttributeError(f"no fault is called {fault!r}")
    return faulty(installed(backend).load(), FAULTS[fault])


def __getattr__(member: str) -> type[Any]:
    backend, separator, fault = member.partition("__")
    if not backend or not separator:
        raise AttributeError(f"{member!r} is not of the form backend__fault")
    return _copy(backend, fault)
