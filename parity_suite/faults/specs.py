"""Faulty copies of backends as members of a module, so that a specification can name them.

``name=parity_suite.faults.specs:torch__offset_sign`` is the backend that the entry point ``torch`` offers, with the
fault ``offset_sign`` in it; ``name=parity_suite.faults.specs:mypackage.parity.Mine__offset_sign`` is the class ``Mine``
of the module ``mypackage.parity`` with it.
"""

from __future__ import annotations

import sys
from functools import cache
from importlib.util import find_spec
from typing import Any, Final

from parity_suite.backends.registry import resolve
from parity_suite.core.backend_spec import BackendSpec
from parity_suite.faults import FAULTS, faulty

_SEPARATOR: Final = "__"


def faulty_spec(backend: BackendSpec, fault: str, name: str) -> BackendSpec:
    """The specification of a faulty copy of a backend; ``name`` is what stands in check ids."""
    return BackendSpec(name, __name__, f"{backend.module}.{backend.member}{_SEPARATOR}{fault}")


def right_spec(spec: BackendSpec) -> BackendSpec:
    """The backend that a specification is a faulty copy of, under another name; of a right one, itself."""
    right = _backend(spec.member.rpartition(_SEPARATOR)[0]) if spec.module == __name__ else spec
    return BackendSpec(f"right_{spec.name}", right.module, right.member)


def implementation_in(spec: BackendSpec) -> str:
    """The implementation of a faulty copy that a specification names; empty for the copy itself."""
    return spec.member.rpartition(_SEPARATOR)[2].partition(".")[2] if spec.module == __name__ else ""


def installed(backend: str) -> BackendSpec:
    """The specification of an installed backend; ``AttributeError`` where there is none of that name."""
    found = {spec.name: spec for spec in resolve([])}
    if backend not in found:
        raise AttributeError(f"no backend {backend!r} is installed: {', '.join(sorted(found)) or 'none is'}")
    return found[backend]


def _backend(path: str) -> BackendSpec:
    """``module.Class``, or an implementation of it, or the name of an installed backend."""
    module, _, member = path.rpartition(".")
    outer, _, cls = module.rpartition(".")
    if outer and not _is_module(module):
        return BackendSpec(cls.lower(), outer, cls).implementation(member)
    return BackendSpec(member.lower(), module, member) if module else installed(member)


def _is_module(name: str) -> bool:
    try:
        return name in sys.modules or find_spec(name) is not None
    except ModuleNotFoundError:
        return False


@cache
def _copy(cls: type[Any], fault: str) -> type[Any]:
    return faulty(cls, FAULTS[fault])


def __getattr__(member: str) -> type[Any]:
    path, separator, fault = member.rpartition(_SEPARATOR)
    if not path or not separator:
        raise AttributeError(f"{member!r} is not of the form backend__fault")
    if fault not in FAULTS:
        raise AttributeError(f"no fault is called {fault!r}")
    # A class is hashable unless its metaclass says otherwise, of which the checker cannot know.
    return _copy(_backend(path).load(), fault)  # type: ignore[arg-type]
