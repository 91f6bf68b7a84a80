"""Fourier ring correlation against closed forms: a low-pass, noise of known power, a displaced image."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy import ndimage

from parity_suite.ptychography.evaluation.rings import half_bit_threshold, independent_pixels, ring_correlation
from parity_suite.ptychography.evaluation.windows import tapered

Array = npt.NDArray[Any]


def white(seed: int, shape: tuple[int, int] = (128, 128)) -> Array:
    parts = np.random.default_rng(seed).normal(size=(2, *shape))
    return np.asarray(parts[0] + 1j * parts[1])


def everything(image: Array) -> Array:
    return np.ones(image.shape, bool)


@pytest.mark.parametrize("cut", [0.15, 0.3])
@pytest.mark.parametrize("shape", [(128, 128), (96, 160)])
def test_a_low_pass_ends_the_correlation_where_it_cuts(cut: float, shape: tuple[int, int]) -> None:
    """White noise that is kept below a frequency and drawn anew above it."""
    one, other = white(1, shape), white(2, shape)
    y, x = np.fft.fftfreq(shape[0])[:, None], np.fft.fftfreq(shape[1])
    keep = np.hypot(y, x) < cut
    image = np.fft.ifft2(np.where(keep, np.fft.fft2(one), np.fft.fft2(other)))
    found = ring_correlation(image, one, everything(one))
    for resolution in (found.resolution_half_bit, found.resolution_one_seventh):
        assert resolution.value == pytest.approx(1 / cut, rel=0.05)


@pytest.mark.parametrize("snr", [0.25, 1.0, 4.0])
def test_two_noisy_halves(snr: float) -> None:
    """Signal and noise both white: the expected correlation is SNR / (1 + SNR) in every ring."""
    signal = white(1, (256, 256))
    halves = [signal + white(seed, (256, 256)) / np.sqrt(snr) for seed in (2, 3)]
    curve = np.array(ring_correlation(*halves, everything(signal)).correlation)
    assert curve[20:].mean() == pytest.approx(snr / (1 + snr), abs=0.02)


def test_unrelated_noise_scatters_as_the_independent_pixels_say() -> None:
    """The real part of a normalised sum over n independent pixels has the variance 1 / 2n: here within 5 %.

    Without the correction for the window it would be larger by a fifth.
    """
    window, shape = tapered(np.ones((96, 96), bool)), (96, 96)
    rings = np.rint(np.hypot(np.fft.fftfreq(96)[:, None], np.fft.fftfreq(96)) * 96).astype(int)
    alone, pixels = np.bincount(rings.ravel())[1:49], independent_pixels(rings, window)[1:49]
    spread = []
    for seed in range(120):
        curve = ring_correlation(white(seed, shape), white(seed + 1000, shape), np.ones(shape, bool)).correlation
        spread.append((np.array(curve) ** 2 * 2)[5:])
    assert (np.mean(spread, axis=0) * pixels[5:]).mean() == pytest.approx(1, abs=0.05)
    assert (np.mean(spread, axis=0) * alone[5:]).mean() > 1.15
    np.testing.assert_allclose(independent_pixels(rings, np.ones(shape))[1:49], alone, rtol=1e-12)


def test_the_threshold_of_half_a_bit() -> None:
    """Equation 17 of van Heel & Schatz (2005) from its derivation: SNR (sqrt(2) - 1) / 2 in each half."""
    snr = (np.sqrt(2) - 1) / 2
    for n in (1.0, 25.0, 1e6):
        expected = (snr + (2 * np.sqrt(snr) + 1) / np.sqrt(n)) / (snr + 1 + 2 * np.sqrt(snr) / np.sqrt(n))
        assert half_bit_threshold(np.array(n)) == pytest.approx(expected, rel=2e-4)


def test_a_displaced_image_turns_the_sign(truth: Array, covered: Array) -> None:
    """A shift by d multiplies ring f by J0(2 pi f d), negative beyond the first zero; a modulus would hide that."""
    moved = np.roll(truth, 2, axis=1)
    found = ring_correlation(moved, truth, covered)
    assert min(found.correlation) < -0.1
    assert found.resolution_half_bit.value > 2.5


def test_a_blur_of_noise_ends_where_its_transfer_does(truth: Array, covered: Array) -> None:
    """Blurred first and then noisy, the finer rings are lost first: more blur, coarser resolution."""
    noise = 0.05 * white(9, truth.shape)  # type: ignore[arg-type]
    resolutions = []
    for sigma in (0.5, 1.0, 2.0, 4.0):
        real, imaginary = (ndimage.gaussian_filter(part, sigma) for part in (truth.real, truth.imag))
        resolutions.append(ring_correlation(real + 1j * imaginary + noise, truth, covered).resolution_half_bit.value)
    assert resolutions == sorted(resolutions)
    assert resolutions[-1] > 1.5 * resolutions[0]


def test_the_shape_of_the_coverage_is_no_likeness(covered: Array) -> None:
    """Two unrelated images with one ragged mask, both far from zero in the mean: nothing is in common."""
    a, b = (5 + white(seed, covered.shape) for seed in (1, 2))  # type: ignore[arg-type]
    found = ring_correlation(np.where(covered, a, 0), np.where(covered, b, 0), covered)
    assert np.abs(found.correlation[3:]).max() < 0.5
    assert found.resolution_half_bit.status == "blocked_unresolved"


def test_opposite_images_are_unresolved() -> None:
    image = white(1)
    found = ring_correlation(-image, image, everything(image))
    np.testing.assert_allclose(found.correlation, -1, rtol=1e-12)
    assert (found.resolution_half_bit.status, found.resolution_one_seventh.status) == ("blocked_unresolved",) * 2


@pytest.mark.parametrize(("side", "status"), [(15, "blocked_area_small"), (16, "ok")])
def test_the_least_area(side: int, status: str) -> None:
    image, covered = white(1), np.zeros((128, 128), bool)
    covered[40 : 40 + side, 30:80] = True
    found = ring_correlation(image, image, covered)
    assert found.resolution_half_bit.status == status
    assert len(found.frequencies) == (8 if status == "ok" else 0)


def test_a_ring_without_power_is_no_agreement() -> None:
    """An image of zeros has no ring at all: nan in the curve, no resolution."""
    image = white(1)
    found = ring_correlation(0 * image, image, everything(image))
    assert np.isnan(found.correlation).all()
    assert found.resolution_half_bit.status == "blocked_unresolved"
