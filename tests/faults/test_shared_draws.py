"""Faults that draw from one stream what should come from two: equal counts where rates are, and each right alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from parity_suite.faults import FAULTS, faulty
from parity_suite.ptychography.oracle import Oracle

SHARING = ["counts_shared_by_rows", "counts_shared_by_channels", "counts_shared_by_halves", "seeds_overlap"]


def drawn(name: str, amplitude: Any, seed: int = 5) -> Any:
    return faulty(Oracle, FAULTS[name])().observe(amplitude, 1.0, seed)


def flat(batch: int, side: int, channels: int) -> Any:
    return np.full((batch, side, side, channels), 10.0, np.float32)


@pytest.mark.parametrize("side", [1, 2, 5, 6])
def test_even_and_odd_rows(side: int) -> None:
    counts = drawn("counts_shared_by_rows", flat(2, side, 3))
    np.testing.assert_array_equal(counts[:, 1::2], counts[:, : side - side % 2 : 2])
    assert len(np.unique(counts[:, ::2].reshape(-1, side * 3), axis=0)) == 2 * ((side + 1) // 2)


def test_channels() -> None:
    counts = drawn("counts_shared_by_channels", flat(2, 5, 3))
    np.testing.assert_array_equal(counts, np.repeat(counts[..., :1], 3, axis=3))
    assert not np.array_equal(counts[0], counts[1])


@pytest.mark.parametrize("batch", range(6))
def test_halves_of_a_batch(batch: int) -> None:
    counts = drawn("counts_shared_by_halves", flat(batch, 5, 1))
    half = (batch + 1) // 2
    np.testing.assert_array_equal(counts[half:], counts[: batch - half])
    assert len(np.unique(counts.reshape(batch, 25), axis=0)) == half


def test_seeds_eight_apart() -> None:
    five, six, thirteen = (drawn("seed_of_three_bits", flat(1, 5, 1), seed) for seed in (5, 6, 13))
    np.testing.assert_array_equal(five, thirteen)
    assert not np.array_equal(five, six)


def test_neighbouring_seeds() -> None:
    one, two = (drawn("seeds_overlap", flat(4, 5, 1), seed) for seed in (5, 6))
    np.testing.assert_array_equal(one[1:], two[:-1])
    assert not np.array_equal(one, two)


@pytest.mark.parametrize("name", SHARING)
def test_each_count_alone_has_its_own_rate(name: str) -> None:
    rate = np.random.default_rng(0).uniform(1.0, 1e6, (5, 7, 7, 3))
    z = (drawn(name, np.sqrt(rate).astype(np.float32)) - rate) / np.sqrt(rate)
    # 735 numbers, each beyond 6 once in 5e8 times; a count of another rate is off by hundreds.
    assert np.abs(z).max() < 6
