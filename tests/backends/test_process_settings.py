"""What somebody changes for the whole process is told by its name, and is as it was afterwards."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from parity_suite.backends.process_settings import changed_settings

#: What changes a setting, and what it is called.
CHANGES = (
    (lambda: np.seterr(under="raise"), "how NumPy takes errors"),
    (lambda: torch.set_default_dtype(torch.float64), "PyTorch's default dtype"),
    (lambda: torch.set_grad_enabled(False), "whether PyTorch keeps gradients"),
    (lambda: torch.set_num_threads(7), "the threads of PyTorch"),
    (lambda: torch.set_flush_denormal(True), "whether denormals are lost"),
)


def _now() -> tuple[object, ...]:
    denormal = (np.array([1e-40], np.float32) * np.float32(1))[0]
    return np.geterr(), torch.get_default_dtype(), torch.is_grad_enabled(), torch.get_num_threads(), denormal


@pytest.mark.parametrize(("change", "name"), CHANGES)
def test_a_change_is_told_and_taken_back(change: Callable[[], object], name: str) -> None:
    before = _now()
    with changed_settings() as changed:
        change()
    assert (changed, _now()) == ([name], before)


def test_a_change_that_was_made_before_is_told_too() -> None:
    before = np.geterr()
    with np.errstate(under="raise"):
        with changed_settings() as changed:
            np.seterr(under="raise")
        assert changed == ["how NumPy takes errors"]
        assert np.geterr()["under"] == "raise"
    assert np.geterr() == before


def test_what_is_left_alone_is_not_told() -> None:
    before = _now()
    with changed_settings() as changed:
        np.sqrt(np.ones(3))
    assert (changed, _now()) == ([], before)
