"""Objects of the shipped recipes, and a coverage with a ragged edge and a hole."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from parity_suite.ptychography.datasets import load_synthetic

Array = npt.NDArray[Any]


@pytest.fixture(params=["leaves64", "field64"])
def truth(request: pytest.FixtureRequest) -> Array:
    obj = load_synthetic(request.param).object
    assert obj is not None
    return obj


@pytest.fixture
def covered(truth: Array) -> Array:
    mask = np.zeros(truth.shape, bool)
    mask[20:-25, 15:-30] = True
    mask[20:50, 15:30] = False
    mask[70:74, 60:66] = False
    return mask
