"""What the oracle's tests share: the oracle, and inputs that no flip, transpose or swap leaves alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from parity_suite.ptychography.oracle import Oracle

Waves = Callable[..., npt.NDArray[Any]]


@pytest.fixture(scope="session")
def oracle() -> Oracle:
    return Oracle()


@pytest.fixture(scope="session")
def waves() -> Waves:
    """Complex noise of any shape: ``waves(*shape, seed=...)``, distinct at every pixel."""

    def make(*shape: int, seed: int = 20) -> npt.NDArray[Any]:
        real, imaginary = np.random.default_rng(seed).normal(size=(2, *shape))
        return np.asarray(real + 1j * imaginary)

    return make
