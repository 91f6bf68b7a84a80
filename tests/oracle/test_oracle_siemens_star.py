"""The oracle on measured diffraction: the residuals that the data set states, right model and wrong ones.

The residual is sum((A - measured)^2) / sum(measured^2) with the probe and object that come with the data.
Tolerances are half a unit of the last digit stated, or the one stated.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from parity_suite.ptychography.oracle import Oracle

Array = npt.NDArray[Any]
SIZE = 128
HERE = Path(__file__).resolve()
FILE = Path("siemens_star", "siemens_star_128.npz")


@pytest.fixture(scope="module")
def star() -> dict[str, Array]:
    folder = Path(os.environ.get("PARITY_DATA") or HERE.parents[3] / "shared" / "data")
    if not (folder / FILE).is_file():
        pytest.skip(f"no measured data: {FILE} is neither under PARITY_DATA nor in ../shared/data")
    with np.load(folder / FILE) as data:
        return dict(data)


@pytest.fixture(scope="module")
def positions(star: dict[str, Array]) -> Array:
    return np.stack([star["xcoords"], star["ycoords"]], axis=1)[:, None, :, None]


@pytest.fixture(scope="module")
def cut(star: dict[str, Array], positions: Array) -> Array:
    return Oracle().extract(star["objectGuess"], np.round(positions), SIZE)


def exit_waves(star: dict[str, Array], patches: Array) -> Array:
    return Oracle().illuminate(patches, star["probeGuess"][None])


def residual(star: dict[str, Array], patches: Array, measured: Array | None = None) -> float:
    measured = (star["diff3d"] if measured is None else measured).astype(np.float64)
    amplitude = Oracle().diffract(exit_waves(star, patches))[..., 0]
    return float(((amplitude - measured) ** 2).sum() / (measured**2).sum())


def test_rounded_patches_are_the_slices_described(star: dict[str, Array], positions: Array, cut: Array) -> None:
    """Rows round(y) - 64 .. + 63 and columns round(x) - 64 .. + 63."""
    assert cut.shape == (321, SIZE, SIZE, 1)
    for patch, (x, y) in zip(cut[::20], np.round(positions[::20, 0, :, 0]).astype(int), strict=True):
        np.testing.assert_array_equal(patch[:, :, 0], star["objectGuess"][y - 64 : y + 64, x - 64 : x + 64])


def test_rounded_positions(star: dict[str, Array], cut: Array) -> None:
    assert residual(star, cut) == pytest.approx(0.012778, abs=1e-5)


@pytest.mark.parametrize(
    ("right", "down", "stated", "within"),
    [
        pytest.param(None, None, 0.012621, 1e-5, id="sub-pixel"),
        pytest.param(0, 1, 0.015642, 5e-7, id="one row too far"),
        pytest.param(1, 0, 0.015810, 5e-7, id="one column too far"),
    ],
)
def test_other_positions(
    star: dict[str, Array],
    positions: Array,
    right: int | None,
    down: int | None,
    stated: float,
    within: float,
) -> None:
    moved = positions if right is None else np.round(positions) + np.array([right, down])[None, None, :, None]
    patches = Oracle().extract(star["objectGuess"], moved, SIZE)
    assert residual(star, patches) == pytest.approx(stated, abs=within)


@pytest.mark.parametrize(
    ("wrong", "stated"),
    [
        pytest.param(lambda o: o[:, ::-1], 0.1023, id="flipped up-down"),
        pytest.param(lambda o: o[:, :, ::-1], 0.1062, id="flipped left-right"),
        pytest.param(lambda o: o.swapaxes(1, 2), 0.1037, id="transposed"),
        pytest.param(np.conj, 0.1609, id="object conjugated"),
        pytest.param(np.ones_like, 0.0656, id="object of ones"),
    ],
)
def test_wrong_patches(star: dict[str, Array], cut: Array, wrong: Callable[[Array], Array], stated: float) -> None:
    assert residual(star, wrong(cut)) == pytest.approx(stated, abs=5e-5)


def test_patterns_rolled_by_one_frame(star: dict[str, Array], cut: Array) -> None:
    """Each patch against the pattern of the next one."""
    assert residual(star, cut, np.roll(star["diff3d"], -1, axis=0)) == pytest.approx(0.1067, abs=5e-5)


def photons(star: dict[str, Array]) -> float:
    """Mean photons of a pattern."""
    return float((star["diff3d"].astype(np.float64) ** 2).sum() / len(star["diff3d"]))


def test_scale_from_the_data(star: dict[str, Array], cut: Array) -> None:
    result = Oracle().scale(exit_waves(star, cut), photons(star), SIZE)
    assert result["source"] == "data"
    assert result["scale"] == pytest.approx(1.00433, abs=5e-6)


def test_closed_form_does_not_hold_for_counts(star: dict[str, Array], cut: Array) -> None:
    closed = Oracle().scale(None, photons(star), SIZE)["scale"]
    assert closed == pytest.approx(10.612, abs=5e-4)
    assert closed > 10 * Oracle().scale(exit_waves(star, cut), photons(star), SIZE)["scale"]


def test_disk_mask_spoils_the_residual(star: dict[str, Array], cut: Array) -> None:
    masked = Oracle().probe(star["probeGuess"][None], 1.0, True)
    restored = {**star, "probeGuess": masked["probe"][0] * masked["factor"]}
    assert residual(restored, cut) == pytest.approx(0.13, abs=5e-3)


def test_true_patches_stitch_to_the_object(star: dict[str, Array], positions: Array, cut: Array) -> None:
    obj = star["objectGuess"]
    centre = np.array([obj.shape[1] // 2, obj.shape[0] // 2], float)
    stitched = Oracle().reassemble(cut[::40], np.round(positions[::40]), centre, obj.shape)
    covered = stitched["count"] > 0
    assert 0.2 < covered.mean() < 0.8
    np.testing.assert_allclose(stitched["canvas"][covered], obj[covered], rtol=1e-12)
    assert not stitched["canvas"][~covered].any()
