"""tike's NPZ as a scan: positions [row, column] in pixels, intensities with the zero frequency in the corner."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from parity_suite.contracts.containers import open_container
from parity_suite.contracts.limits import Limits
from parity_suite.contracts.stored import Stored
from parity_suite.contracts.violation import ContractError, Violation

from ..files import loaded
from ..frames import frames_of
from .foreign_scan import ForeignScan, as_modes, patterns_in

Array = NDArray[Any]

_READ: Final = ("data", "scan", "probe")
_LOST: Final = {
    "psi": "the object",
    "object": "the object",
    "eigen_probe": "probes that vary from position to position",
    "eigen_weights": "probes that vary from position to position",
}


def open_tike(path: Path, limits: Limits) -> ForeignScan:
    """The arrays ``data``, ``scan`` and ``probe``. Raises ContractError and ValueError, naming the array."""
    with open_container("npz", path, _READ, limits) as holding:
        *count_of, rows, columns = _stack(path, holding.values.get("data")).shape
        small = {name: loaded(path, name, holding.values.get(name)) for name in _READ[1:] if name in holding.values}
        names = holding.names
    count, scan = prod(count_of), small.get("scan", np.zeros(0))
    # Of older versions, whose first axis is of views.
    scan = scan[0] if scan.ndim == 3 and len(scan) == 1 else scan
    if scan.shape != (count, 2) or scan.dtype.kind not in "fiu" or not np.isfinite(scan).all():
        raise ValueError(f"{path}: scan: {scan.dtype} of shape {scan.shape}, wanted {count} finite [row, column]")
    return ForeignScan(
        path=path,
        shape=(count, rows, columns),
        intensities=lambda: _patterns(path, limits),
        positions=scan[:, ::-1].astype(np.float64),
        pixel=(1.0, 1.0),
        metres=False,
        probe=as_modes(small["probe"]) if "probe" in small else None,
        lost=tuple(dict.fromkeys(words for name, words in _LOST.items() if name in names)),
    )


def _stack(path: Path, value: object) -> Stored:
    """The patterns (M, H, W), or (1, M, H, W) of older versions."""
    found = patterns_in(path, "data", value, (3, 4))
    if len(found.shape) == 4 and found.shape[0] != 1:
        wanted = "(M, H, W), or one view of it"
        raise ContractError([Violation("data", "shape", str(found.shape), wanted)], str(path))
    return found


def _patterns(path: Path, limits: Limits) -> Iterator[Array]:
    """Blocks (m, H, W) with the zero frequency in the middle; the archive is open as long as they are wanted."""
    with open_container("npz", path, ("data",), limits) as holding:
        for block in frames_of(_stack(path, holding.values.get("data"))):
            yield np.fft.fftshift(block, axes=(1, 2))
