"""Small inputs of stages that hypothesis draws, and shrinks to the smallest on which a backend is wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from parity_suite.ptychography.world import rough

_SIDES = st.integers(1, 17)
_OFFSET = st.one_of(
    st.integers(-20, 20).map(float),
    st.integers(-20 * 1024, 20 * 1024).map(lambda k: k / 1024),
    st.sampled_from([0.0, 0.5, -0.5, 1e6, -1e6, 1e12]),
)


@st.composite
def translate(draw: st.DrawFn) -> dict[str, Any]:
    batch, height, width = draw(st.integers(0, 4)), draw(_SIDES), draw(_SIDES)
    images = _noise(draw, (batch, height, width, 1))
    offsets = [draw(st.tuples(_OFFSET, _OFFSET)) for _ in range(batch)]
    return {"images": images, "offsets": np.array(offsets, np.float64).reshape(-1, 2)}


@st.composite
def extract(draw: st.DrawFn) -> dict[str, Any]:
    shape = draw(_SIDES), draw(_SIDES)
    return {"object": _noise(draw, shape), "positions": _positions(draw), "size": draw(_SIDES)}


@st.composite
def reassemble(draw: st.DrawFn) -> dict[str, Any]:
    positions, n = _positions(draw), draw(_SIDES)
    batch, channels = len(positions), positions.shape[3]
    return {
        "patches": _noise(draw, (batch, n, n, channels)),
        "positions": positions,
        "centre": np.array(draw(st.tuples(_NEAR, _NEAR))),
        "canvas": (draw(st.integers(1, 25)), draw(st.integers(1, 25))),
        "batch": draw(st.sampled_from([None, 1, 2])),
    }


@st.composite
def diffract(draw: st.DrawFn) -> dict[str, Any]:
    n = draw(_SIDES)
    shape = (draw(st.integers(0, 3)), draw(st.integers(1, 3)), n, n, draw(st.sampled_from([1, 4])))
    return {"psi": _noise(draw, shape)}


@st.composite
def group(draw: st.DrawFn) -> dict[str, Any]:
    """Points on a coarse grid, so that equal distances are the rule."""
    gridsize = draw(st.integers(1, 3))
    count = draw(st.integers(gridsize**2, 14))
    lattice = st.integers(0, 4)
    points = draw(st.lists(st.tuples(lattice, lattice), min_size=count, max_size=count))
    spacing = draw(st.sampled_from([1.0, 0.1, 37.3]))
    positions = np.array(points, np.float64) * spacing
    return {"positions": positions, "gridsize": gridsize, "neighbours": None, "draws": None}


_NEAR = st.integers(-12 * 1024, 24 * 1024).map(lambda k: k / 1024)


def _positions(draw: st.DrawFn) -> Any:
    batch, channels = draw(st.integers(0, 3)), draw(st.sampled_from([1, 4]))
    values = [draw(st.one_of(_NEAR, _OFFSET)) for _ in range(batch * 2 * channels)]
    return np.array(values, np.float64).reshape(batch, 1, 2, channels)


def _noise(draw: st.DrawFn, shape: tuple[int, ...]) -> Any:
    return rough(np.random.Generator(np.random.PCG64(draw(st.integers(0, 2**16)))), shape)
