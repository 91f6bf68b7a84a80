"""Readers of what a dump wrote, and inputs with values that can be computed by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from parity_suite.ptychography.datasets import load_synthetic
from parity_suite.ptychography.oracle import Oracle

Array = npt.NDArray[Any]


def _refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is not JSON")


@pytest.fixture
def read() -> Callable[[Path], Any]:
    """Strict JSON: NaN and Infinity are refused."""
    return lambda path: json.loads(path.read_text("utf-8"), parse_constant=_refuse)


@pytest.fixture
def two_patches() -> Array:
    """(1, 2, 2, 2): amplitudes 5 0 0 5 in channel 0 and 2 everywhere in channel 1."""
    patches = np.zeros((1, 2, 2, 2), np.complex64)
    patches[0, :, :, 0] = [[3 + 4j, 0], [0, 5]]
    patches[0, :, :, 1] = 2j
    return patches


@pytest.fixture
def two_positions() -> Array:
    """(1, 1, 2, 2): [10, 20] for channel 0 and [13.5, 16] for channel 1."""
    return np.array([[[[10.0, 13.5], [20.0, 16.0]]]])


@pytest.fixture(scope="session")
def scan() -> tuple[Array, Array]:
    """Patches (12, 64, 64, 1) of the leaves, cut by the oracle, and their positions (12, 1, 2, 1)."""
    dataset = load_synthetic("leaves64")
    positions = dataset.positions[::8][:, None, :, None]
    return Oracle().extract(dataset.object, positions, 64), positions


@pytest.fixture(scope="session")
def stitched(scan: tuple[Array, Array]) -> dict[str, Array]:
    """The canvas of the scan, on one that is not square and not covered everywhere."""
    patches, positions = scan
    return dict(Oracle().reassemble(patches, positions, positions.mean(axis=(0, 1, 3)), (124, 134)))
