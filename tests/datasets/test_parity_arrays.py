"""The fixture that gives synthetic data as NumPy arrays or as framework tensors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from parity_suite.backends.exceptions import NotProvided, Unavailable
from parity_suite.ptychography.datasets import RecipeError, load_synthetic

TORCH = "parity_suite.ptychography.torch:Torch"


def test_numpy_arrays_are_the_datasets_own_and_may_be_written_to(parity_arrays: Any) -> None:
    found = parity_arrays("leaves64")
    dataset = load_synthetic("leaves64")
    assert set(found) == {"diff3d", "probe", "object", "positions"}
    for name, value in found.items():
        assert np.array_equal(value, getattr(dataset, name))
        value[...] = 0
    assert dataset.probe.any()


def test_tensors_are_on_the_device_in_the_precision(parity_arrays: Any) -> None:
    import torch

    found = parity_arrays("modes64", device="cpu", backend=TORCH)
    assert found["probe"].dtype is torch.complex64
    assert found["diff3d"].dtype is torch.float32
    assert found["positions"].dtype is torch.float64
    assert found["object"].device.type == "cpu"
    assert found["probe"].shape == (2, 64, 64)
    wide = parity_arrays("modes64", backend=TORCH, precision="float64")
    assert np.array_equal(wide["object"].numpy(), load_synthetic("modes64").object)


def test_an_unknown_recipe_is_refused_by_name(parity_arrays: Any) -> None:
    with pytest.raises(RecipeError, match="leaves65"):
        parity_arrays("leaves65")


def test_a_device_that_is_not_there_is_unavailable(parity_arrays: Any) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("this machine has a CUDA device")
    with pytest.raises(Unavailable, match=r"(?i)cuda"):
        parity_arrays("leaves64", device="cuda", backend=TORCH)["probe"]


def test_a_backend_without_put_says_so(parity_arrays: Any) -> None:
    with pytest.raises(NotProvided, match="put"):
        parity_arrays("leaves64", backend="parity_suite.ptychography.oracle:Oracle")
