"""A small scan that keeps the raw-data contract, and ways to put it on disk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

Data = dict[str, Any]

POSITIONS, WIDTH, CANVAS = 5, 64, (90, 101)


@pytest.fixture
def clean() -> Data:
    """Five patterns of 64 x 64 with every number different, and all of the optional fields."""
    rng = np.random.default_rng(20240611)
    x, y = rng.uniform(0, CANVAS[1] - 1, POSITIONS), rng.uniform(0, CANVAS[0] - 1, POSITIONS)
    probe = rng.normal(size=(2, WIDTH, WIDTH)) + 1j * rng.normal(size=(2, WIDTH, WIDTH))
    return {
        "domain": np.array("counts"),
        "xcoords": x,
        "ycoords": y,
        "diff3d": np.sqrt(rng.poisson(9.0, (POSITIONS, WIDTH, WIDTH))).astype(np.float32),
        "probeGuess": probe.astype(np.complex64),
        "scan_index": np.arange(POSITIONS),
        "objectGuess": np.exp(1j * rng.normal(size=CANVAS)),
        "xcoords_start": x + 0.25,
        "ycoords_start": y - 0.5,
    }


@pytest.fixture
def save(tmp_path: Path) -> Callable[..., Path]:
    """Writes the fields to ``scan.npz``, as measured data come."""

    def write(data: Mapping[str, Any], name: str = "scan.npz") -> Path:
        path = tmp_path / name
        np.savez(path, allow_pickle=True, **data)
        return path

    return write
