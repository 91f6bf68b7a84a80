"""The arrays of a case: object, probe, scan positions in groups, and what was measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.cases.datasets import dataset_of
from parity_suite.cases.missing import Missing
from parity_suite.core.case import Case
from parity_suite.core.cause import Cause
from parity_suite.core.context import RunContext, remembered
from parity_suite.core.packs import BY_NAME
from parity_suite.ptychography.datasets import Dataset
from parity_suite.ptychography.oracle import Oracle
from parity_suite.ptychography.sizes import gridsize_of

#: Groups taken of a dataset of patches up to a side: enough to show a fault, few enough for a slow oracle.
_GROUPS = {64: 4, 128: 2}

#: From so many channels on a group needs a larger raster, and from so many modes the last one more light.
_FEW = 18


@dataclass(frozen=True, eq=False)
class CaseData:
    """Everything a stage's inputs are made from. ``object`` and ``measured`` are None where the dataset has none."""

    object: Array | None
    probe: Array
    #: all scan positions (M, 2)
    scan: Array
    #: positions of the groups of this case (B, 1, 2, C) and their own centres (B, 1, 2, 1)
    positions: Array
    centres: Array
    #: measured amplitude of the groups (B, N, N, C)
    measured: Array | None
    nphotons: float
    domain: str
    gridsize: int

    @property
    def side(self) -> int:
        return int(self.probe.shape[-1])

    def need_object(self) -> Array:
        if self.object is None:
            raise Missing("the dataset has no objectGuess")
        return self.object

    def need_measured(self) -> Array:
        if self.measured is None:
            raise Missing("the case has no measured amplitude")
        return self.measured


def require_side(stage: str, side: int) -> None:
    """``Missing`` where the patches of a file have a side that a stage does not take."""
    if stage in BY_NAME and not BY_NAME[stage].takes({"N": side}):
        factor = BY_NAME[stage].multiples["N"]
        said = f"{stage} takes sides that are multiples of {factor}, and the patches of the file have {side}"
        raise Missing(said, Cause.UNASKED)


@remembered(maxsize=64)
def world(context: RunContext, case: Case) -> CaseData:
    if case.kind == "probing":
        return _probing_world(case)
    return _dataset_world(dataset_of(context, case), gridsize_of(case))


def _dataset_world(dataset: Dataset, gridsize: int) -> CaseData:
    groups: Mapping[str, Array] = Oracle().group(dataset.positions, gridsize)
    # Spread over the scan, ends included, so that border patches and inner ones both occur.
    side = dataset.probe.shape[-1]
    count = next((groups for most, groups in _GROUPS.items() if side <= most), 1)
    chosen = np.unique(np.linspace(0, len(groups["indices"]) - 1, count).astype(int))
    indices = groups["indices"][chosen]
    positions = np.moveaxis(dataset.positions[indices], 2, 1)[:, None]
    measured = np.moveaxis(dataset.diff3d[indices].astype(np.float64), 1, 3)
    return CaseData(
        dataset.object,
        dataset.probe,
        dataset.positions,
        np.ascontiguousarray(positions),
        groups["coords_offsets"][chosen],
        np.ascontiguousarray(measured),
        dataset.nphotons,
        dataset.domain,
        gridsize,
    )


def _probing_world(case: Case) -> CaseData:
    n, channels, batch, modes = case.size("N"), case.size("C"), case.size("B"), case.size("P", 2)
    bits = np.random.Generator(np.random.PCG64([n, gridsize_of(case), batch]))
    height, width = 2 * n + 7, 3 * n + 4
    positions = probing_positions(bits, max(batch, 1) * channels, n, (height, width))
    positions = positions.reshape(-1, channels, 2)[:batch]
    grouped = np.ascontiguousarray(np.moveaxis(positions, 2, 1)[:, None])
    return CaseData(
        rough(bits, (height, width)),
        # Each fainter than the one before; the last of many is still seen.
        rough(bits, (modes, n, n)) * (0.3 if modes < _FEW else 0.9) ** np.arange(modes)[:, None, None],
        _raster(n, 4 if channels < _FEW else 8),
        grouped,
        grouped.mean(axis=3, keepdims=True),
        None,
        1e5,
        "counts",
        gridsize_of(case),
    )


def rough(bits: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Complex noise on a ramp: no element alike under a flip, a transpose, a roll or a conjugation."""
    ramp = np.linspace(0.5, 1.5, int(np.prod(shape))).reshape(shape) if np.prod(shape) else np.zeros(shape)
    noise: Array = bits.standard_normal(shape) + 1j * bits.standard_normal(shape)
    return np.asarray(ramp * np.exp(0.7j * ramp) + 0.5 * noise)


def probing_positions(bits: np.random.Generator, count: int, side: int, canvas: tuple[int, int]) -> Array:
    """Fractional, whole, negative, straddling each border, and beyond the canvas by more than a patch."""
    height, width = canvas
    fixed: Any = [
        (width / 2 + 0.25, height / 2 - 0.625),
        (float(width // 2), float(height // 2 + 1)),
        (-2.75, 3.5),
        (width - 1.375, height + 0.875),
        (width + side + 3.5, 5.25),
    ]
    free = bits.uniform(-side / 2, np.array([width, height]) + side / 2, (max(count - len(fixed), 0), 2))
    return np.concatenate([np.array(fixed, np.float64)[:count], np.round(free * 1024) / 1024])


def _raster(side: int, lines: int) -> Array:
    """A raster of so many lines, where ties of distance are common, with one of them displaced."""
    rows, columns = np.mgrid[:lines, :5].reshape(2, -1)
    points = np.stack([columns * side / 4.0, rows * side / 4.0], axis=1)
    points[rows == 2, 0] += 0.5
    return np.asarray(points)
