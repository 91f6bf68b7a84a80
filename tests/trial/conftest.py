"""Scans that several tests of the trial start from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scans import Arrays, arrays_of, some, star


@pytest.fixture(scope="session")
def cone() -> Arrays:
    """A hollow cone on a spiral; counts, so that what is wrong with them shows."""
    made = arrays_of("star128", 1e6)
    scale = np.sqrt(1e6) / 64
    counts = {"diff3d": made["diff3d"] * np.float32(scale), "probeGuess": made["probeGuess"] * scale}
    return {name: one for name, one in (made | counts).items() if name not in ("domain", "nphotons")}


@pytest.fixture(scope="session")
def middle() -> Arrays:
    """60 neighbouring frames of the measured star."""
    whole = star()
    x, y = whole["xcoords"], whole["ycoords"]
    return some(whole, np.sort(np.argsort((x - np.median(x)) ** 2 + (y - np.median(y)) ** 2)[:60]))


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """Where a test writes its scan."""
    return tmp_path / "scan.npz"
