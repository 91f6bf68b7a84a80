"""A 4 x 4 example worked by hand: every expected number stands here, none is computed by array code."""

from __future__ import annotations

import math

import numpy as np
import pytest

from parity_suite.ptychography.oracle import Oracle

OBJECT = np.array(
    [
        [1, 2, 3, 4j],
        [5, 6j, 7, 8],
        [9, 10, 11j, 12],
        [13j, 14, 15, 16],
    ]
)
#: [x, y] of the channels: inside; half a pixel right; a quarter over the lower edge; off the upper left.
POSITIONS = np.array([[[[1.0, 2.5, 1.0, 0.0], [1.0, 1.0, 3.25, 0.0]]]])

PATCHES = [
    [[1, 2], [5, 6j]],
    [[2.5, 1.5 + 2j], [3.5 + 3j, 7.5]],
    [[6.75 + 3.25j, 11], [9.75j, 10.5]],
    [[0, 0], [0, 1]],
]


def test_extract(oracle: Oracle) -> None:
    patches = oracle.extract(OBJECT, POSITIONS, 2)
    assert [patches[0, :, :, c].tolist() for c in range(4)] == PATCHES


def test_illuminate(oracle: Oracle) -> None:
    patch = np.array([[1, 2], [5, 6j]]).reshape(1, 2, 2, 1)
    psi = oracle.illuminate(patch, np.array([[[1, 1j], [2, -1]], [[0, 3], [-1j, 1]]]))
    assert psi.shape == (1, 2, 2, 2, 1)
    assert psi[0, 0, :, :, 0].tolist() == [[1, 2j], [10, -6j]]
    assert psi[0, 1, :, :, 0].tolist() == [[0, 6], [-5j, 6j]]


def test_diffract_two_by_two(oracle: Oracle) -> None:
    """Sums and differences. First mode [[1, 2i], [10, -6i]]: 11 - 4i, 11 + 4i over -9 + 8i, -9 - 8i.

    Second [[0, 6], [-5i, 6i]]: 6 + i, -6 - 11i over 6 - i, -6 + 11i. Squares of moduli 137, 137, 145, 145 and
    37, 157, 37, 157, added, over 4, zero frequency at pixel (1, 1).
    """
    psi = np.array([[[1, 2j], [10, -6j]], [[0, 6], [-5j, 6j]]]).reshape(1, 2, 2, 2, 1)
    intensity = oracle.diffract(psi)[0, :, :, 0] ** 2
    rows = [[(145 + 157) / 4, (145 + 37) / 4], [(137 + 157) / 4, (137 + 37) / 4]]
    assert intensity.tolist() == [pytest.approx(row, rel=1e-14) for row in rows]


def test_diffract_four_by_four(oracle: Oracle) -> None:
    """F(k, l) = 2 + i (-i)^l + (1 + i) (-i)^k for row and column frequencies k, l = -2, -1, 0, 1.

    At k = 0: 1 + i added to 2 - i, 1, 2 + i, 3 for the four l, so 9, 5, 13, 17.
    """
    psi = np.zeros((1, 1, 4, 4, 1), complex)
    psi[0, 0, 0, :2, 0] = [2, 1j]
    psi[0, 0, 1, 0, 0] = 1 + 1j
    rows = [[5, 1, 1, 5], [1, 1, 5, 5], [9, 5, 13, 17], [13, 5, 9, 17]]
    intensity = 16 * oracle.diffract(psi)[0, :, :, 0] ** 2
    assert intensity.tolist() == [pytest.approx(row, rel=1e-13) for row in rows]


def test_group(oracle: Oracle) -> None:
    """A 2 x 2 raster, 2 apart in x and 3 in y: no ties, mean (2, 2.5)."""
    result = oracle.group(np.array([[1.0, 1.0], [3.0, 1.0], [1.0, 4.0], [3.0, 4.0]]), 2)
    assert result["indices"].tolist() == [[0, 1, 2, 3], [1, 0, 3, 2], [2, 3, 0, 1], [3, 2, 1, 0]]
    assert result["coords_offsets"].tolist() == [[[[2.0], [2.5]]]] * 4
    assert result["coords_relative"][1].tolist() == [[[-1.0, 1.0, -1.0, 1.0], [1.5, 1.5, -1.5, -1.5]]]


def test_probe(oracle: Oracle) -> None:
    """|p| = 5 at (0, 0) and 2, 4, 1 within one pixel of (2, 2): mean 12/16, masked 7/16."""
    p = np.zeros((1, 4, 4), complex)
    p[0, 0, 0], p[0, 2, 2], p[0, 1, 2], p[0, 2, 3] = 3 + 4j, 2, -4, 1j
    bare = oracle.probe(p, 2.0, False)
    assert bare["factor"] == pytest.approx(1.5, rel=1e-15)
    np.testing.assert_allclose(bare["probe"] * 1.5, p, rtol=1e-15)
    disk = oracle.probe(p, 2.0, True)
    assert disk["factor"] == pytest.approx(0.875, rel=1e-15)
    p[0, 0, 0] = 0
    np.testing.assert_allclose(disk["probe"] * 0.875, p, rtol=1e-15)


def test_scale(oracle: Oracle) -> None:
    """sum |psi|^2 is 1 + 4 + 4 = 9 and 16 + 25 = 41 over modes and pixels, mean 25."""
    psi = np.zeros((2, 2, 2, 2, 1), complex)
    psi[0, 0, :, 0, 0] = [1, 2j]
    psi[0, 1, 1, 1, 0] = -2
    psi[1, 1, :, 1, 0] = [4j, 3 + 4j]
    assert oracle.scale(psi, 400.0, 2) == {"scale": pytest.approx(4.0, rel=1e-15), "source": "data"}
    assert oracle.scale(None, 400.0, 8) == {"scale": 5.0, "source": "closed"}
    assert oracle.scale(psi, 400.0, 2, learned=9.882118) == {"scale": 9.882118, "source": "learned"}


def test_translate(oracle: Oracle) -> None:
    """Right by 1/2, up by 1: the lower row moves up, each pixel half into its right neighbour."""
    image = np.array([[1, 2, 4], [8, 16j, 32]]).reshape(1, 2, 3, 1)
    moved = oracle.translate(image, np.array([[0.5, -1.0]]))[0, :, :, 0]
    assert moved.tolist() == [[4, 4 + 8j, 16 + 8j], [0, 0, 0]]


def test_reassemble_with_overlap(oracle: Oracle) -> None:
    """N = 2: the first tile covers rows and columns 1, 2; the second starts at column 2.5 and leaves."""
    tiles = np.array([[[1, 2], [3, 4]], [[10j, 20j], [30j, 40j]]])
    patches = np.moveaxis(tiles, 0, 2)[None]
    positions = np.array([[[[2.0, 3.5], [2.0, 2.0]]]])
    result = oracle.reassemble(patches, positions, np.array([2.0, 2.0]), (4, 4))
    nothing = [0, 0, 0, 0]
    assert result["numerator"].tolist() == [nothing, [0, 1, 2 + 5j, 15j], [0, 3, 4 + 15j, 35j], nothing]
    assert result["count"].tolist() == [nothing, [0, 1, 1.5, 1], [0, 1, 1.5, 1], nothing]
    canvas = [[0, 1, 4 / 3 + 10j / 3, 15j], [0, 3, 8 / 3 + 10j, 35j]]
    assert result["canvas"][1:3].tolist() == [pytest.approx(row, rel=1e-14) for row in canvas]
    assert result["canvas"][[0, 3]].tolist() == [nothing, nothing]


def test_reassemble_on_an_odd_canvas(oracle: Oracle) -> None:
    """3 x 5, centre pixel (1, 2); the tile lies 1 right and 1/4 down of its own centre."""
    patches = np.array([[1, 2], [3, 4]]).reshape(1, 2, 2, 1)
    positions = np.array([5.0, 7.0]).reshape(1, 1, 2, 1)
    centre = np.array([4.0, 6.75]).reshape(1, 1, 2, 1)
    result = oracle.reassemble(patches, positions, centre, (3, 5))
    assert result["numerator"][0].tolist() == [[0, 0, 0.75, 1.5, 0], [0, 0, 2.5, 3.5, 0], [0, 0, 0.75, 1, 0]]
    assert result["count"][0].tolist() == [[0, 0, 0.75, 0.75, 0], [0, 0, 1, 1, 0], [0, 0, 0.25, 0.25, 0]]
    assert result["canvas"][0].tolist() == [[0, 0, 1, 2, 0], [0, 0, 2.5, 3.5, 0], [0, 0, 3, 4, 0]]


def test_loss(oracle: Oracle) -> None:
    """Scale 2, two items of 2 x 2; the zero amplitude is held at a rate of 1e-6."""
    amplitude = np.array([[[1, 2], [0, 3]], [[1, 1], [1, 1]]], float)[..., None]
    counts = np.array([[[4, 9], [1, 36]], [[0, 4], [1, 9]]], float)[..., None]
    patches = np.array([[[0, 3], [4j, 1]], [[2, 2j], [2, 5]]])[..., None]
    loss = oracle.loss(amplitude, counts, 2.0, patches)
    first = 4 - 4 * math.log(4) + 16 - 9 * math.log(16) + 1e-6 - math.log(1e-6) + 36 - 36 * math.log(36)
    second = 16 - 14 * math.log(4)
    assert loss["poisson_nll"] == pytest.approx((first + second) / 2, rel=1e-14)
    assert loss["amplitude_mae"] == (0 + 1 + 1 + 0 + 2 + 0 + 1 + 1) / 8
    down, across = (4 + 2) + (0 + math.hypot(5, 2)), (3 + math.hypot(1, 4)) + (math.hypot(2, 2) + 3)
    assert loss["total_variation"] == pytest.approx((down + across) / 2, rel=1e-14)


def test_stats(oracle: Oracle) -> None:
    """Moduli 3, 4, 5, 0: mean 3, squared deviations 0, 1, 4, 9 over 4. 1, 1, 1, 5: mean 2, 12 over 4."""
    patches = np.moveaxis(np.array([[[3, 4j], [-5, 0]], [[1, -1], [1j, 3 - 4j]]]), 0, 2)[None]
    stats = oracle.stats(patches)
    expected = {
        "mean": [3, 2],
        "var_zero_mean": [3.5, 3],
        "std": [math.sqrt(3.5), math.sqrt(3)],
        "minimum": [0, 1],
        "maximum": [5, 5],
    }
    assert {name: value.tolist() for name, value in stats.items()} == {
        name: [pytest.approx(values, rel=1e-14)] for name, values in expected.items()
    }
