"""`reassemble` against padded tiles moved by SciPy, and against the object that its patches were cut from."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy import ndimage

from parity_suite.ptychography.oracle import Oracle

Array = npt.NDArray[Any]


def placed(tile: Array, offset: Array, canvas: tuple[int, int]) -> Array:
    """The canvas with this tile alone, its pixel N//2 moved by SciPy to (H//2, W//2) + offset."""
    n, margin = len(tile), 40
    frame = np.zeros((canvas[0] + 2 * margin, canvas[1] + 2 * margin), tile.dtype)
    top, left = margin + canvas[0] // 2 - n // 2, margin + canvas[1] // 2 - n // 2
    frame[top : top + n, left : left + n] = tile
    moved = ndimage.shift(frame, offset[::-1], order=1, mode="grid-constant")
    return np.asarray(moved[margin : margin + canvas[0], margin : margin + canvas[1]])


@pytest.mark.parametrize("n", [4, 5])
@pytest.mark.parametrize("canvas", [(14, 19), (15, 12)])
def test_one_centre_is_the_sum_of_moved_tiles(oracle: Oracle, waves: Any, n: int, canvas: tuple[int, int]) -> None:
    patches, centre = waves(3, n, n, 4), np.array([30.25, -12.5])
    offsets = np.random.default_rng(8).uniform(-9, 9, (3, 1, 2, 4))
    offsets[0, 0, :, 0] = [1, -2]
    result = oracle.reassemble(patches, offsets + centre[:, None], centre, canvas)
    pairs = [(patches[b, :, :, c], offsets[b, 0, :, c]) for b in range(3) for c in range(4)]
    numerator = sum(placed(tile, offset, canvas) for tile, offset in pairs)
    count = sum(placed(np.ones((n, n)), offset, canvas) for _, offset in pairs)
    np.testing.assert_allclose(result["numerator"], numerator, rtol=0, atol=1e-12)
    np.testing.assert_allclose(result["count"], count, rtol=0, atol=1e-12)


@pytest.mark.parametrize("canvas", [(14, 19), (15, 12)])
def test_own_centres_give_every_group_its_canvas(oracle: Oracle, waves: Any, canvas: tuple[int, int]) -> None:
    patches, centres = waves(2, 5, 5, 4), np.array([[40.5, 7.0], [-3.0, 100.25]])[:, None, :, None]
    offsets = np.random.default_rng(9).uniform(-4, 4, (2, 1, 2, 4))
    result = oracle.reassemble(patches, centres + offsets, centres, canvas)
    assert result["canvas"].shape == (2, *canvas)
    for b in range(2):
        numerator = sum(placed(patches[b, :, :, c], offsets[b, 0, :, c], canvas) for c in range(4))
        np.testing.assert_allclose(result["numerator"][b], numerator, rtol=0, atol=1e-12)


def test_threshold_tells_covered_from_uncovered(oracle: Oracle) -> None:
    """Moved right by 1/1024 the tile has that weight one column further: too little; 1/512 is enough."""
    tile = np.full((1, 2, 2, 1), 7 + 2j)
    for weight, value in ((1 / 1024, 0), (1 / 512, 7 + 2j)):
        at = np.array([weight, 0.0]).reshape(1, 1, 2, 1)
        result = oracle.reassemble(tile, at, np.zeros(2), (4, 6))
        assert result["count"][1, 4] == weight
        assert result["numerator"][1, 4] == weight * (7 + 2j)
        assert result["canvas"][1, 4] == value
        assert result["canvas"][1, 3] == 7 + 2j


@pytest.mark.parametrize("n", [8, 9])
@pytest.mark.parametrize("shape", [(20, 27), (21, 24)])
def test_true_patches_give_the_object_back(oracle: Oracle, waves: Any, n: int, shape: tuple[int, int]) -> None:
    """Whole-pixel cuts, set back around the canvas centre, are the object wherever a patch has been."""
    obj = waves(*shape)
    points = np.array([[6, 5], [10, 6], [7, 11], [13, 12], [17, 9], [15, 14], [9, 8], [12, 5]], float)
    positions = np.moveaxis(points.reshape(2, 4, 2), 1, 2)[:, None]
    centre = np.array([shape[1] // 2, shape[0] // 2], float)
    result = oracle.reassemble(oracle.extract(obj, positions, n), positions, centre, shape)
    lit = np.zeros(shape, int)
    for x, y in points.astype(int):
        lit[y - n // 2 : y - n // 2 + n, x - n // 2 : x - n // 2 + n] += 1
    np.testing.assert_array_equal(result["count"], lit)
    assert 0.3 < (lit > 0).mean() < 0.8
    np.testing.assert_allclose(result["canvas"], np.where(lit > 0, obj, 0), rtol=1e-14)


def test_moving_the_centre_moves_the_canvas_the_other_way(oracle: Oracle, waves: Any) -> None:
    patches, positions = waves(1, 4, 4, 1), np.array([3.0, -1.0]).reshape(1, 1, 2, 1)
    here = oracle.reassemble(patches, positions, np.array([3.0, -1.0]), (12, 15))["canvas"]
    there = oracle.reassemble(patches, positions, np.array([1.0, -2.0]), (12, 15))["canvas"]
    np.testing.assert_array_equal(here[4:8, 5:9], patches[0, :, :, 0])
    np.testing.assert_array_equal(there[5:9, 7:11], patches[0, :, :, 0])
