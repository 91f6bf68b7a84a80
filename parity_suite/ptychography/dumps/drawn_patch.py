"""A patch that a dump keeps for its picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from parity_suite.ptychography.dumps.moments import Array


class DrawnPatch(NamedTuple):
    """A patch kept for the picture."""

    #: (N, N) complex
    values: Array
    #: its entry in ``per_patch`` of ``stats.json``
    statistics: Mapping[str, Any]
    #: [x, y] in pixels, from the centre if there is one
    offset: Array
