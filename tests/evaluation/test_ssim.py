"""SSIM and MS-SSIM against independent implementations and by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from skimage.metrics import structural_similarity

from parity_suite.ptychography.evaluation.ssim import similarity

Array = npt.NDArray[Any]

#: Wang, Simoncelli & Bovik (2003), section 3.2.
PUBLISHED = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)


def images(shape: tuple[int, int], noise: float = 0.1) -> tuple[Array, Array]:
    y, x = np.mgrid[: shape[0], : shape[1]]
    truth = 0.5 + 0.25 * np.sin(x / 3) + 0.25 * np.cos(y / 17 + x / 29)
    return np.clip(truth + noise * np.random.default_rng(2).normal(size=shape), 0, 1), truth


def everything(shape: tuple[int, ...]) -> Array:
    return np.ones(shape, bool)


@pytest.mark.parametrize(("shape", "noise"), [((176, 176), 0.1), ((192, 256), 0.4), ((180, 204), 0.02)])
def test_against_tensorflow(shape: tuple[int, int], noise: float) -> None:
    tf = pytest.importorskip("tensorflow")
    image, truth = images(shape, noise)
    found = similarity(image, truth, everything(shape))
    batch = [tf.constant(array[None, :, :, None]) for array in (image, truth)]
    assert found.scales == 5 if min(shape) % 16 == 0 else found.scales >= 4
    factors = np.array(PUBLISHED[: found.scales]) / np.sum(PUBLISHED[: found.scales])
    expected = float(tf.image.ssim_multiscale(*batch, 1.0, power_factors=factors.tolist())[0])
    assert found.ms_ssim.value == pytest.approx(expected, abs=2e-6)
    assert found.ssim.value == pytest.approx(float(tf.image.ssim(*batch, 1.0)[0]), abs=2e-6)
    assert found.ms_ssim.value < 0.999


def test_one_scale_is_ssim() -> None:
    """Between 11 and 21 pixels only one scale fits: both are the SSIM of scikit-image, by two ways."""
    image, truth = images((20, 21))
    found = similarity(image, truth, everything(image.shape))
    assert found.scales == 1
    assert found.ms_ssim.value == pytest.approx(found.ssim.value, rel=1e-10)
    options: dict[str, Any] = {"data_range": 1.0, "gaussian_weights": True, "use_sample_covariance": False}
    assert found.ssim.value == pytest.approx(structural_similarity(truth, image, **options), rel=1e-12)


@pytest.mark.parametrize(("side", "scales"), [(10, 0), (11, 1), (21, 1), (22, 2), (44, 3), (88, 4), (175, 4), (176, 5)])
def test_how_many_scales_fit(side: int, scales: int) -> None:
    image, truth = images((side, side + 9))
    found = similarity(image, truth, everything(image.shape))
    assert found.scales == scales
    assert (found.ms_ssim.status == found.ssim.status == "ok") == (scales > 0)
    assert found.ms_ssim.value <= 1 if scales else np.isnan(found.ms_ssim.value)


def test_a_part_is_judged_as_if_it_were_all() -> None:
    """A covered rectangle gives what that rectangle alone gives, whatever surrounds it."""
    image, truth = images((140, 150))
    part = np.s_[17:117, 30:126]
    known = np.zeros(image.shape, bool)
    known[part] = True
    inside = similarity(np.where(known, image, 7), np.where(known, truth, -7), known)
    alone = similarity(image[part], truth[part], everything(image[part].shape))
    assert inside.scales == alone.scales == 4
    assert inside.ssim.value == pytest.approx(alone.ssim.value, rel=1e-12)
    assert inside.ms_ssim.value == pytest.approx(alone.ms_ssim.value, rel=1e-12)


def test_windows_that_see_a_hole_are_left_out() -> None:
    """A damaged disc, declared unknown, does not count; declared known, it does."""
    image, truth = images((96, 96), 0.05)
    y, x = np.mgrid[:96, :96]
    known = (x - 50) ** 2 + (y - 40) ** 2 > 64
    one, other = (similarity(np.where(known, image, value), truth, known) for value in (0.0, 9.0))
    assert one == other
    assert one.ssim.value > 0.5
    seen = similarity(np.where(known, image, 9.0), truth, everything(image.shape))
    assert seen.ssim.value < one.ssim.value - 0.05
    assert seen.ms_ssim.value < one.ms_ssim.value - 0.05


def test_opposite_contrast_is_no_likeness() -> None:
    """A negative structure counts as nothing in a product of powers, not as nan."""
    _, truth = images((96, 96))
    found = similarity(1 - truth, truth, everything(truth.shape))
    assert found.ssim.value < 0
    assert found.ms_ssim.value == 0
