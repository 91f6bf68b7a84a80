"""Debug dumps: what the patches and the stitched canvas of a training or an inference looked like, as JSON and PNG.

Names resolve on first use, so that a run without dumps imports neither NumPy nor matplotlib for them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .canvas_figure import object_figure
    from .dump import DumpSettings, PatchDump

__all__ = ["DumpSettings", "PatchDump", "object_figure"]

_HOMES = {"DumpSettings": "dump", "PatchDump": "dump", "object_figure": "canvas_figure"}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
