"""`extract` and `translate` against SciPy's bilinear interpolation, NumPy slices, and planes.

SciPy's mode ``constant`` gives zero as soon as a point leaves the grid; ``grid-constant`` fades from the
border pixel to the zero beyond it, which is what the stages mean by "zero outside".
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy import ndimage

from parity_suite.ptychography.oracle import Oracle

Array = npt.NDArray[Any]

#: [x, y]: each axis and sign alone, whole, fractional, mixed, partly and wholly off an image of 7 x 10.
OFFSETS = [
    (0, 0), (2, 0), (-2, 0), (0, 2), (0, -2), (0.25, 0), (-0.25, 0), (0, 0.25), (0, -0.25),
    (1.75, -2.4), (-3.1, 0.6), (8.5, 0), (0, -5.5), (9.7, 6.2), (30.5, 1), (1, -40.25),
]  # fmt: skip


def positions_of(points: list[tuple[float, float]]) -> Array:
    """[x, y] of one group, a channel each: (1, 1, 2, C)."""
    return np.array(points, float).T[None, None]


@pytest.mark.parametrize("offset", OFFSETS)
@pytest.mark.parametrize("shape", [(7, 10), (8, 9)])
def test_translate_is_scipy_shift(
    oracle: Oracle, waves: Any, offset: tuple[float, float], shape: tuple[int, int]
) -> None:
    images = waves(2, *shape, 1)
    moved = oracle.translate(images, np.array([offset, (-1.3, 0.8)]))
    for image, (x, y), out in zip(images, (offset, (-1.3, 0.8)), moved, strict=True):
        expected = ndimage.shift(image[:, :, 0], (y, x), order=1, mode="grid-constant")
        np.testing.assert_allclose(out[:, :, 0], expected, rtol=0, atol=1e-13)


def test_translate_fades_at_the_border() -> None:
    """A row of 8, 4 moved by 3/4: one quarter of the first pixel stays, three quarters of the last leave."""
    row = np.array([8.0, 4.0]).reshape(1, 1, 2, 1)
    column = row.transpose(0, 2, 1, 3)
    for image, offset in ((row, [0.75, 0.0]), (column, [0.0, 0.75])):
        assert Oracle().translate(image, np.array([offset])).ravel().tolist() == [2.0, 7.0]
        assert Oracle().translate(image, -np.array([offset])).ravel().tolist() == [5.0, 1.0]


def test_translate_by_nothing_changes_nothing(oracle: Oracle, waves: Any) -> None:
    images = waves(3, 6, 5, 1)
    np.testing.assert_array_equal(oracle.translate(images, np.zeros((3, 2))), images)


@pytest.mark.parametrize("size", [4, 5])
def test_extract_at_whole_pixels_is_a_slice(oracle: Oracle, waves: Any, size: int) -> None:
    canvas = waves(13, 17)
    first = size // 2
    points = [(first, first), (9, 4), (5, 7), (17 - size + first, 13 - size + first)]
    patches = oracle.extract(canvas, positions_of([(float(x), float(y)) for x, y in points]), size)
    assert patches.shape == (1, size, size, 4)
    for c, (x, y) in enumerate(points):
        rows, columns = np.ix_(range(y - first, y - first + size), range(x - first, x - first + size))
        np.testing.assert_array_equal(patches[0, :, :, c], canvas[rows, columns])


@pytest.mark.parametrize("size", [4, 5])
def test_extract_off_the_edge_is_a_slice_of_the_padded_canvas(oracle: Oracle, waves: Any, size: int) -> None:
    canvas = waves(8, 11)
    padded = np.pad(canvas, 20)
    points = [(0.0, 3.0), (4.0, -1.0), (10.0, 4.0), (3.0, 8.0), (-15.0, 2.0), (5.0, 22.0)]
    patches = oracle.extract(canvas, positions_of(points), size)
    for c, (x, y) in enumerate(points):
        top, left = 20 + int(y) - size // 2, 20 + int(x) - size // 2
        np.testing.assert_array_equal(patches[0, :, :, c], padded[top : top + size, left : left + size])


@pytest.mark.parametrize("size", [4, 5, 16])
@pytest.mark.parametrize("shape", [(12, 9), (9, 12)])
def test_extract_is_scipy_interpolation(oracle: Oracle, waves: Any, size: int, shape: tuple[int, int]) -> None:
    canvas = waves(*shape)
    points = np.random.default_rng(3).uniform(-6, 18, (5, 2, 3))
    patches = oracle.extract(canvas, points[:, None], size)
    pixel = np.arange(size) - size // 2
    for b in range(5):
        for c in range(3):
            x, y = points[b, :, c]
            grid = np.meshgrid(y + pixel, x + pixel, indexing="ij")
            expected = ndimage.map_coordinates(canvas, grid, order=1, mode="grid-constant")
            np.testing.assert_allclose(patches[b, :, :, c], expected, rtol=0, atol=1e-13)


def test_extract_fades_at_the_border(oracle: Oracle) -> None:
    """Only the corner pixel 16 reaches in, 1/4 of it along x and 3/4 along y."""
    canvas = np.array([[16.0, 0.0], [0.0, 0.0]])
    patch = oracle.extract(canvas, positions_of([(-0.75, -0.25)]), 2)[0, :, :, 0]
    np.testing.assert_array_equal(patch, [[0, 0], [0, 16 * 0.25 * 0.75]])


@pytest.mark.parametrize("size", [4, 5])
def test_extract_of_a_plane_is_exact_between_pixels(oracle: Oracle, size: int) -> None:
    rows, columns = np.mgrid[:20, :24]
    canvas = 3.0 * columns - 5.0 * rows + 1j * (2.0 * columns + 7.0 * rows)
    x, y = 9.3, 11.85
    pixel = np.arange(size) - size // 2
    column, row = x + pixel[None, :], y + pixel[:, None]
    expected = 3 * column - 5 * row + 1j * (2 * column + 7 * row)
    patch = oracle.extract(canvas, positions_of([(x, y)]), size)[0, :, :, 0]
    np.testing.assert_allclose(patch, expected, rtol=1e-13)
