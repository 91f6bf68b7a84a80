"""The first weights: the same bytes on every machine, and the same arrays by name and in one vector."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from parity_suite.ptychography.learning.architecture import parameters, size
from parity_suite.ptychography.learning.weights import by_name, flat, initial_weights


@pytest.mark.parametrize(
    ("seed", "channels", "digest"),
    [
        (0, 1, "252ed4878c946334090340e02700be6cf732930d9bf1c3082986870936014bda"),
        (18, 4, "0134e493329fb8df1568df939ecf7730be528b117a45c5995877a31ac1771890"),
    ],
)
def test_a_seed_gives_the_same_bytes_everywhere(seed: int, channels: int, digest: str) -> None:
    weights = initial_weights(seed, channels)
    assert weights.dtype == np.float64
    assert hashlib.sha256(weights.astype("<f8").tobytes()).hexdigest() == digest


def test_kernels_have_their_spread_and_biases_are_zero() -> None:
    arrays = by_name(initial_weights(3, 4), 4)
    for one in parameters(4):
        values = arrays[one.name]
        if one.name.endswith("bias"):
            assert not values.any()
        else:
            # The standard deviation of n draws is off by 1 / sqrt(2 n); four of these.
            assert np.std(values) == pytest.approx(one.spread, rel=4 / np.sqrt(2 * values.size))


@pytest.mark.parametrize(("channels", "width"), [(1, 8), (4, 8), (9, 3)])
def test_by_name_and_flat_undo_each_other(channels: int, width: int) -> None:
    weights = np.arange(size(channels, width), dtype=np.float32)
    arrays = by_name(weights, channels)
    assert [(name, array.shape) for name, array in arrays.items()] == [
        (one.name, one.shape) for one in parameters(channels, width)
    ]
    back = flat(dict(reversed(arrays.items())), channels, width)
    assert back.dtype == np.float32
    assert np.array_equal(back, weights)


def test_arrays_that_lack_one_are_no_vector() -> None:
    arrays = by_name(initial_weights(0, 4), 4)
    del arrays["decoder0.bias"]
    with pytest.raises(KeyError, match=r"decoder0\.bias"):
        flat(arrays, 4, 8)
