"""Which backends there are: ``module:Class`` specifications from a list, the command line, the ini file or entry
points.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.metadata import entry_points
from typing import Final

from parity_suite.core.backend_spec import SUBJECT_NAME, BackendSpec

#: Entry points through which an installed package offers backends, ours like a stranger's.
ENTRY_POINT_GROUP: Final = "parity_suite.backends"

_SPEC: Final = re.compile(rf"(?:(?P<name>{SUBJECT_NAME})=)?(?P<module>[\w.]+):(?P<member>[\w.]+)")


def parse_spec(text: str) -> BackendSpec:
    """``module:Class`` or ``name=module:Class``, and of an implementation ``module:Class.name``; ValueError otherwise.
    Without a name, the class's in lower case.
    """
    match = _SPEC.fullmatch(text.strip())
    if not match:
        raise ValueError(f"backend {text!r} is not of the form module:Class or name=module:Class")
    outer, dot, last = match["member"].lower().rpartition(".")
    name = match["name"] or f"{re.sub(r'[^a-z0-9_]', '_', outer)}{dot}{last}"
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
