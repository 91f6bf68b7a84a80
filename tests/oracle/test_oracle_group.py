"""`group` against exact fractions and SciPy's k-d tree; `layout` on numbered images."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy.spatial import cKDTree

from parity_suite.ptychography.oracle import Oracle

Array = npt.NDArray[Any]


def raster() -> Array:
    """5 rows of 6 points in snake order, 8.5 apart in x and 6.25 in y: ties everywhere."""
    rows = [[(8.5 * i, 6.25 * j) for i in range(6)][:: -1 if j % 2 else 1] for j in range(5)]
    return np.array([(x + 100, y - 40) for row in rows for x, y in row])


def square_raster() -> Array:
    return np.array([(4.0 * i, 4.0 * j) for i in range(5) for j in (2, 0, 3, 1)])


def jittered() -> Array:
    return raster() + np.random.default_rng(4).uniform(-2, 2, (30, 2))


def exact_nearest(points: Array, seed: int) -> list[int]:
    """All other points by exact squared distance, then by index."""
    exact = [(Fraction(float(x)), Fraction(float(y))) for x, y in points]
    here_x, here_y = exact[seed]
    keyed = sorted(((x - here_x) ** 2 + (y - here_y) ** 2, i) for i, (x, y) in enumerate(exact))
    return [i for _, i in keyed if i != seed]


@pytest.mark.parametrize("gridsize", [1, 2, 3])
@pytest.mark.parametrize("scan", [raster, square_raster, jittered])
def test_members_are_the_exactly_nearest(oracle: Oracle, scan: Any, gridsize: int) -> None:
    points, channels = scan(), gridsize**2
    expected = [[seed, *exact_nearest(points, seed)[: channels - 1]] for seed in range(len(points))]
    result = oracle.group(points, gridsize)
    assert result["indices"].dtype.kind == "i"
    assert result["indices"].tolist() == expected


def test_rasters_have_ties_that_the_index_breaks() -> None:
    """Guards the inputs above: at the last place of a group, several points are equally far."""
    for points in (raster(), square_raster()):
        far = np.sort(((points[:, None] - points[None]) ** 2).sum(axis=2), axis=1)
        assert (far[:, 3] == far[:, 4]).any()


@pytest.mark.parametrize("scan", [raster, square_raster, jittered])
def test_distances_are_those_of_a_kd_tree(oracle: Oracle, scan: Any) -> None:
    points = scan()
    indices = oracle.group(points, 3)["indices"]
    far = np.linalg.norm(points[indices] - points[:, None], axis=2)
    np.testing.assert_allclose(far, cKDTree(points).query(points, k=9)[0], rtol=1e-13, atol=1e-13)


def test_distances_are_compared_in_float64(oracle: Oracle) -> None:
    """0.3 is nearer to 0.2 than 0.1 is in float64, and further in float32."""
    points = np.array([[0.2, 0.0], [0.1, 0.0], [0.3, 0.0], [9.0, 9.0]])
    assert oracle.group(points, 2)["indices"][0].tolist() == [0, 2, 1, 3]
    assert Oracle(precision="float32").group(points, 2)["indices"][0].tolist() == [0, 2, 1, 3]


@pytest.mark.parametrize("gridsize", [1, 2, 3])
def test_offsets_are_means_and_relatives_point_back(oracle: Oracle, gridsize: int) -> None:
    points, channels = jittered(), gridsize**2
    result = oracle.group(points, gridsize)
    assert result["coords_offsets"].shape == (30, 1, 2, 1)
    assert result["coords_relative"].shape == (30, 1, 2, channels)
    for g, members in enumerate(result["indices"].tolist()):
        for axis in range(2):
            mean = sum(Fraction(float(points[i, axis])) for i in members) / channels
            assert result["coords_offsets"][g, 0, axis, 0] == pytest.approx(float(mean), rel=1e-14)
            relative = [float(mean - Fraction(float(points[i, axis]))) for i in members]
            assert result["coords_relative"][g, 0, axis].tolist() == pytest.approx(relative, abs=1e-12)


def test_draws_pick_from_the_nearest_by_rank(oracle: Oracle) -> None:
    points = raster()
    rng = np.random.default_rng(6)
    draws = np.stack([[rng.permutation(7)[:3] for _ in range(2)] for _ in points])
    indices = oracle.group(points, 2, neighbours=7, draws=draws)["indices"]
    expected = [
        [seed, *(exact_nearest(points, seed)[k] for k in pick)]
        for seed in range(len(points))
        for pick in draws[seed].tolist()
    ]
    assert indices.tolist() == expected


def numbered(batch: int) -> dict[str, Array]:
    """2 x 2 images: pixels 0, 1 over 10, 11, plus 100 for grid column, 1000 for grid row, 10000 for item."""
    pixels = np.array([[0, 1], [10, 11]])
    grid = np.zeros((batch, 2, 2, 2, 2, 1), int)
    channel = np.zeros((batch, 2, 2, 4), int)
    flat = np.zeros((batch * 4, 2, 2, 1), int)
    for b in range(batch):
        for c, name in enumerate((0, 100, 1000, 1100)):
            image = 10000 * b + name + pixels
            grid[b, (0, 0, 1, 1)[c], (0, 1, 0, 1)[c], :, :, 0] = image
            channel[b, :, :, c] = image
            flat[4 * b + c, :, :, 0] = image
    return {"grid": grid, "channel": channel, "flat": flat}


@pytest.mark.parametrize("batch", [0, 1, 3])
@pytest.mark.parametrize("source", ["grid", "channel", "flat"])
@pytest.mark.parametrize("target", ["grid", "channel", "flat"])
def test_layout_of_numbered_images(oracle: Oracle, batch: int, source: str, target: str) -> None:
    images = numbered(batch)
    np.testing.assert_array_equal(oracle.layout(images[source], source, target, 2), images[target], strict=True)


def test_channel_is_row_major_in_the_grid(oracle: Oracle) -> None:
    """Channel c = 3 row + column is an image of that number."""
    channel = np.arange(9).reshape(1, 1, 1, 9) * np.ones((2, 5, 5, 1), int)
    grid = oracle.layout(channel, "channel", "grid", 3)
    assert grid.shape == (2, 3, 3, 5, 5, 1)
    assert grid[0, :, :, 4, 2, 0].tolist() == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]
    assert oracle.layout(grid, "grid", "flat", 3)[:, 0, 0, 0].tolist() == [*range(9), *range(9)]
