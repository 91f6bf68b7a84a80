"""tike's NPZ as a scan: positions [row, column] in pixels, intensities with the zero frequency in the corner."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from parity_suite.contracts.containers import open_container
from parity_suite.contracts.limits import Limits

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
        count, rows, columns = patterns_in(path, "data", holding.values.get("data")).shape
        small = {name: loaded(path, name, holding.values.get(name)) for name in _READ[1:] if name in holding.values}
        names = holding.names
    scan = small.get("scan", np.zeros(0))
    if scan.shape != (count, 2) or scan.dtype.kind != "f" or not np.isfinite(scan).all():
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


def _patterns(path: Path, limits: Limits) -> Iterator[Array]:
    """Blocks (m, H, W) with the zero frequency in the middle; the archive is open as long as they are wanted."""
    with open_container("npz", path, ("data",), limits) as holding:
        for block in frames_of(patterns_in(path, "data", holding.values.get("data"))):
            yield np.fft.fftshift(block, axes=(1, 2))
