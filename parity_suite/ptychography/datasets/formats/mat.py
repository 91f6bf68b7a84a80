"""MATLAB 5 and 7.3 as a scan, of variables that a person names: the format itself says of none what it means.

MATLAB keeps the first axis nearest in memory, so that a stack (H, W, M) lies as (M, W, H) does here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parity_suite.contracts.containers import open_container
from parity_suite.contracts.limits import Limits
from parity_suite.contracts.stored import Stored, Unreadable
from parity_suite.contracts.violation import ContractError, Violation

from ..files import loaded
from ..frames import frames_of
from .foreign_scan import ForeignScan, patterns_in
from .magic import name_of_bytes
from .mat5 import Mat5Array, mat5_arrays

Array = NDArray[Any]


@dataclass(frozen=True)
class Variables:
    """Which variable of a file is what."""

    #: (H, W, M) photon counts, zero frequency in the middle
    patterns: str
    #: (M, 2) [x, y]
    positions: str
    #: (N, N) or (N, N, P) complex; of MATLAB 5 only
    probe: str | None = None
    #: whether the positions are in metres, or in pixels of the object
    metres: bool = True


def open_mat(path: Path, limits: Limits, variables: Variables) -> ForeignScan:
    """The variables of a MATLAB file. Raises ContractError where one is absent or another thing, and ValueError."""
    held = _held(path, limits)
    data = patterns_in(path, variables.patterns, _reversed(path, held, variables.patterns))
    count, columns, rows = data.shape
    positions = loaded(path, variables.positions, _reversed(path, held, variables.positions)).T
    if positions.shape != (count, 2) or positions.dtype.kind not in "iuf" or not np.isfinite(positions).all():
        found = f"{positions.dtype} of shape {positions.shape}"
        raise ValueError(f"{path}: {variables.positions}: {found}, wanted ({count}, 2) finite [x, y]")
    return ForeignScan(
        path=path,
        shape=(count, rows, columns),
        intensities=lambda: (np.swapaxes(block, 1, 2) for block in frames_of(data)),
        positions=positions.astype(np.float64),
        pixel=None if variables.metres else (1.0, 1.0),
        no_pixel="a MATLAB file has no name for it",
        metres=variables.metres,
        probe=None if variables.probe is None else _probe(path, held, variables.probe),
        lost=("all variables that were not named",),
    )


def _held(path: Path, limits: Limits) -> Mapping[str, object]:
    if name_of_bytes(path) == "MATLAB 5":
        return {one.name: one for one in mat5_arrays(path, limits)}
    with open_container("hdf5", path, None, limits) as holding:
        return holding.values


def _named(path: Path, held: Mapping[str, object], name: str) -> object:
    if name not in held:
        listed = ", ".join(sorted(held)[:12])
        raise ContractError([Violation(name, "required", f"no such variable among {listed}", "an array")], str(path))
    return held[name]


def _reversed(path: Path, held: Mapping[str, object], name: str) -> object:
    """The variable with its axes as they lie in the file."""
    value = _named(path, held, name)
    if isinstance(value, Mat5Array) and value.imaginary is not None:
        raise ContractError([Violation(name, "dtype", "complex128", "real numbers")], str(path))
    return value.real if isinstance(value, Mat5Array) else value


def _probe(path: Path, held: Mapping[str, object], name: str) -> Array:
    """(P, N, N)."""
    value = _named(path, held, name)
    if isinstance(value, Stored | Violation):
        raise ValueError(f"{path}: {name}: MATLAB 7.3 keeps complex numbers in a way that is not read; --probe FILE")
    assert isinstance(value, Mat5Array)
    try:
        found = value.load()
    except Unreadable as error:
        raise ContractError([Violation(name, "readable", str(error), "an intact array")], str(path)) from error
    if found.ndim not in (2, 3):
        raise ValueError(f"{path}: {name}: shape {found.shape}, wanted (N, N) or (N, N, P)")
    return found[None] if found.ndim == 2 else np.moveaxis(found, 2, 0)
