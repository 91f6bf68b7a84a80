"""Who seeds a global random generator is told from who draws from one."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from parity_suite.backends.generators import moved_generators, seeded_generators


@pytest.mark.parametrize(
    ("ask", "moved", "seeded"),
    [
        (lambda: None, [], []),
        (lambda: np.random.default_rng(0).normal(), [], []),
        (lambda: torch.nn.Linear(3, 3), ["PyTorch"], []),
        (lambda: (np.random.rand(2), random.random()), ["NumPy", "Python"], []),
        (lambda: np.random.seed(0), ["NumPy"], ["NumPy"]),
        (lambda: (random.seed(0), torch.manual_seed(1), torch.rand(3)), ["Python", "PyTorch"], ["Python", "PyTorch"]),
    ],
    ids=["nothing", "its own", "layers", "draws", "seeds one", "seeds and draws"],
)
def test_who_draws_seeds_nothing(ask: Callable[[], Any], moved: list[str], seeded: list[str]) -> None:
    before = np.random.get_state(legacy=True)[1], random.getstate(), torch.get_rng_state()  # type: ignore[index]
    with moved_generators() as found:
        ask()
    assert found == moved
    assert seeded_generators(ask) == seeded
    after = np.random.get_state(legacy=True)[1], random.getstate(), torch.get_rng_state()  # type: ignore[index]
    assert np.array_equal(before[0], after[0])
    assert before[1] == after[1]
    assert torch.equal(before[2], after[2])
