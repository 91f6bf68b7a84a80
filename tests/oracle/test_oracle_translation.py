"""`translate` by whole pixels and in blocks, against SciPy's nearest neighbour and by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import ndimage

from parity_suite.ptychography.oracle import Oracle

#: [x, y] away from ties: each axis and sign alone, just off a half, over the border, and gone.
OFFSETS = [
    (0.0, 0.0), (0.3, 0.0), (-0.3, 0.0), (0.0, 0.7), (0.0, -0.7), (0.499, -0.499), (0.501, -0.501),
    (1.75, -2.4), (-3.1, 2.6), (8.4, 0.0), (9.4, -6.4), (30.2, 1.0), (1.0, -40.3),
]  # fmt: skip


@pytest.mark.parametrize("shape", [(7, 10), (8, 9)])
@pytest.mark.parametrize("offset", OFFSETS)
def test_nearest_is_scipy_shift_away_from_ties(
    oracle: Oracle, waves: Any, offset: tuple[float, float], shape: tuple[int, int]
) -> None:
    images = waves(2, *shape, 1)
    moved = oracle.translate(images, np.array([offset, (-1.3, 0.8)]), "nearest")
    for image, (x, y), out in zip(images, (offset, (-1.3, 0.8)), moved, strict=True):
        expected = ndimage.shift(image[:, :, 0], (y, x), order=0, mode="grid-constant")
        np.testing.assert_array_equal(out[:, :, 0], expected)


@pytest.mark.parametrize(
    ("offset", "left"),
    [
        (0.5, [0, 1, 2, 3, 4]),
        (-0.5, [1, 2, 3, 4, 5]),
        (1.5, [0, 0, 1, 2, 3]),
        (-1.5, [2, 3, 4, 5, 0]),
        (2.5, [0, 0, 0, 1, 2]),
        (-2.5, [3, 4, 5, 0, 0]),
    ],
)
def test_a_tie_goes_right_and_down(offset: float, left: list[int]) -> None:
    """Half a pixel between two: floor(offset + 1/2), whatever the sign and whether the next whole one is even."""
    row = np.arange(1.0, 6.0).reshape(1, 1, 5, 1)
    column = row.transpose(0, 2, 1, 3)
    assert Oracle().translate(row, np.array([[offset, 0.0]]), "nearest").ravel().tolist() == left
    assert Oracle().translate(column, np.array([[0.0, offset]]), "nearest").ravel().tolist() == left


def test_the_greatest_number_below_a_half_is_no_tie() -> None:
    """Adding 1/2 to it gives 1 in float64."""
    row = np.array([3.0, 4.0]).reshape(1, 1, 2, 1)
    below = np.nextafter(0.5, 0)
    assert below + 0.5 == 1.0
    assert Oracle().translate(row, np.array([[below, 0.0]]), "nearest").ravel().tolist() == [3.0, 4.0]


def test_bilinear_by_name_is_the_default(oracle: Oracle, waves: Any) -> None:
    images, offsets = waves(3, 6, 9, 1), np.array([(0.3, -1.6), (2.5, 0.5), (-0.75, 0.2)])
    named = oracle.translate(images, offsets, "bilinear")
    np.testing.assert_array_equal(named, oracle.translate(images, offsets))
    assert not np.array_equal(named, oracle.translate(images, offsets, "nearest"))


def test_an_offset_moves_the_block_of_images_that_follows_it() -> None:
    """Two offsets for six rows: the first three move right by one, the last three left by two."""
    rows = np.arange(1.0, 25.0).reshape(6, 1, 4, 1)
    wanted = [
        [0, 1, 2, 3], [0, 5, 6, 7], [0, 9, 10, 11],
        [15, 16, 0, 0], [19, 20, 0, 0], [23, 24, 0, 0],
    ]  # fmt: skip
    for offsets in ([(1.0, 0.0), (-2.0, 0.0)], [(0.75, 0.0), (-1.625, 0.0)]):
        moved = Oracle().translate(rows, np.array(offsets), "nearest")
        assert moved[:, 0, :, 0].tolist() == wanted
    assert Oracle().translate(rows, np.array([(1.0, 0.0), (-2.0, 0.0)]))[:, 0, :, 0].tolist() == wanted


def test_one_offset_moves_all_and_one_each_moves_each(oracle: Oracle, waves: Any) -> None:
    images, offsets = waves(4, 5, 7, 1), np.array([(0.3, -1.6), (2.5, 0.5), (-0.75, 0.2), (1.1, 1.2)])
    each = oracle.translate(images, offsets)
    for i, offset in enumerate(offsets):
        np.testing.assert_array_equal(oracle.translate(images, offset[None])[i], each[i])
