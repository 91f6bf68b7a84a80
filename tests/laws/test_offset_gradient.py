"""The formula for the gradient of a shift by its offset, against central differences of the oracle."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from parity_suite.ptychography.adjoints import gradient_of, offset_slopes
from parity_suite.ptychography.oracle import Oracle

STEP = 1e-3
#: [x, y] between pixels: of each sign, next to a whole one, in over the border, and gone in one axis.
OFFSETS = np.array([(0.3, -1.6), (-2.25, 0.7), (0.01, 3.98), (-6.5, 4.4), (0.4, 30.5)])


def _noise(*shape: int, seed: int = 4, real: bool = False) -> Any:
    parts = np.random.default_rng(seed).normal(size=(2, *shape))
    return parts[0] if real else parts[0] + 1j * parts[1]


def _moved_by_difference(images: Any, offsets: Any, axis: int) -> Any:
    """``d out / d offset`` along one axis."""
    step = np.zeros(2)
    step[axis] = STEP
    up, down = (Oracle().translate(images, offsets + sign * step) for sign in (1, -1))
    return (up - down) / (2 * STEP)


@pytest.mark.parametrize("real", [False, True], ids=["complex", "real"])
def test_slopes_are_those_of_each_pixel(real: bool) -> None:
    images = _noise(len(OFFSETS), 5, 8, 1, real=real)
    slopes = offset_slopes({"images": images, "offsets": OFFSETS})
    assert slopes.shape == (*images.shape, 2)
    for axis in (0, 1):
        want = _moved_by_difference(images, OFFSETS, axis)
        np.testing.assert_allclose(slopes[..., axis], want, rtol=0, atol=1e-11)
        assert np.abs(want[:3]).max() > 1
    assert not slopes[4].any(), "what has left the image has no slope"


@pytest.mark.parametrize("real", [False, True], ids=["complex", "real"])
@pytest.mark.parametrize("channels", [1, 2, 9])
def test_the_gradient_of_an_offset_is_summed_over_its_block(channels: int, real: bool) -> None:
    count = len(OFFSETS)
    images = _noise(count * channels, 5, 8, 1, real=real)
    cotangent = _noise(count * channels, 5, 8, 1, seed=9, real=real)
    got = gradient_of("translate", "images", "offsets", {"images": images, "offsets": OFFSETS}, cotangent)
    assert got.shape == OFFSETS.shape
    for group in range(count):
        mine = slice(group * channels, (group + 1) * channels)
        for axis in (0, 1):
            change = _moved_by_difference(images[mine], OFFSETS[group : group + 1], axis)
            want = np.sum(np.real(np.conj(cotangent[mine]) * change))
            assert got[group, axis] == pytest.approx(want, abs=1e-10)
    assert np.abs(got[:3]).min() > 1e-4
    assert np.isrealobj(got)


def test_float32_offsets_are_taken_in_float64() -> None:
    images, offsets = _noise(len(OFFSETS), 5, 8, 1), OFFSETS.astype(np.float32)
    got = offset_slopes({"images": images, "offsets": offsets})
    np.testing.assert_array_equal(got, offset_slopes({"images": images, "offsets": offsets.astype(np.float64)}))
    assert got.dtype == np.complex128


def test_no_images_have_no_slopes() -> None:
    inputs = {"images": _noise(0, 5, 8, 1), "offsets": np.zeros((0, 2))}
    assert offset_slopes(inputs).shape == (0, 5, 8, 1, 2)
    got = gradient_of("translate", "images", "offsets", inputs, inputs["images"])
    assert got.shape == (0, 2)
