"""A canvas of the size of the rule clips nothing; one pixel less does."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parity_suite.ptychography.evaluation.placement import canvas_for
from parity_suite.ptychography.oracle import Oracle

Array = npt.NDArray[Any]

sizes = st.integers(1, 9)
coordinates = st.one_of(
    st.integers(-12, 12).map(float), st.floats(-12, 12, allow_nan=False), st.sampled_from([1e-12, -1e-12, 2.5, -0.5])
)


@st.composite
def scans(draw: st.DrawFn) -> tuple[Array, Array]:
    groups, channels = draw(st.integers(1, 3)), draw(st.sampled_from([1, 4]))
    count = groups * 2 * channels
    values = np.array(draw(st.lists(coordinates, min_size=count, max_size=count)))
    centre = np.array(draw(st.tuples(coordinates, coordinates)))
    return values.reshape(groups, 1, 2, channels), centre


def weight(positions: Array, centre: Array, size: int, canvas: tuple[int, int]) -> float:
    groups, _, _, channels = positions.shape
    ones = np.ones((groups, size, size, channels))
    return float(Oracle().reassemble(ones, positions, centre, canvas)["count"].sum())


@settings(deadline=None, max_examples=150)
@given(scans(), sizes, st.integers(0, 3), st.integers(0, 3))
def test_nothing_is_clipped(scan: tuple[Array, Array], size: int, taller: int, wider: int) -> None:
    """Neither by the canvas of the rule nor by any larger one, whatever its parity."""
    positions, centre = scan
    height, width = canvas_for(positions, centre, size)
    whole = positions.shape[0] * positions.shape[3] * size**2
    found = weight(positions, centre, size, (height + taller, width + wider))
    assert found == pytest.approx(whole, rel=1e-12)


@pytest.mark.parametrize("size", [1, 4, 5])
@pytest.mark.parametrize("offset", [(3.0, 1.0), (-3.0, 1.0), (1.0, 2.25), (0.0, -2.25)])
def test_one_pixel_less_clips(size: int, offset: tuple[float, float]) -> None:
    """With a patch on either side of the centre, either side needs its padding."""
    positions = np.array([[*offset], [-offset[0], -offset[1]]]).reshape(2, 1, 2, 1) + 7.5
    centre = np.array([7.5, 7.5])
    height, width = canvas_for(positions, centre, size)
    assert weight(positions, centre, size, (height, width)) == pytest.approx(2 * size**2, rel=1e-12)
    assert weight(positions, centre, size, (height - 1, width)) < 2 * size**2 - 1e-3
    if offset[0]:
        assert weight(positions, centre, size, (height, width - 1)) < 2 * size**2 - 1e-3


def test_the_axes_are_not_swapped() -> None:
    positions = np.array([[[[10.0], [20.25]]]])
    assert canvas_for(positions, np.array([12.5, 20.0]), 6) == (6 + 2, 6 + 6)


def test_no_position_takes_a_patch() -> None:
    assert canvas_for(np.zeros((0, 1, 2, 4)), np.zeros(2), 5) == (5, 5)


@pytest.mark.parametrize(
    ("field", "arguments"),
    [
        ("positions", (np.zeros((3, 2)), np.zeros(2), 4)),
        ("positions", (np.zeros((3, 1, 4, 2)), np.zeros(2), 4)),
        ("positions", (np.full((1, 1, 2, 1), np.nan), np.zeros(2), 4)),
        ("centre", (np.zeros((1, 1, 2, 1)), np.zeros(3), 4)),
        ("centre", (np.zeros((1, 1, 2, 1)), np.array([0, np.inf]), 4)),
        ("size", (np.zeros((1, 1, 2, 1)), np.zeros(2), 0)),
    ],
)
def test_refusals(field: str, arguments: tuple[Array, Array, int]) -> None:
    with pytest.raises(ValueError, match=f"^{field}: "):
        canvas_for(*arguments)
