"""Debug dumps: what the patches and the stitched canvas of a training or an inference looked like, as JSON and PNG.

Names resolve on first use, so that a run without dumps imports neither NumPy nor matplotlib for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity_suite.core.lazy import getattr_of

if TYPE_CHECKING:
    from .canvas_figure import object_figure
    from .dump import DumpSettings, PatchDump

__all__ = ["DumpSettings", "PatchDump", "object_figure"]

_HOMES = {"DumpSettings": "dump", "PatchDump": "dump", "object_figure": "canvas_figure"}

__getattr__ = getattr_of(__name__, _HOMES)
