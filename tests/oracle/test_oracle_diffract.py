"""`diffract` against the Fourier transform as a matrix, and waves whose transform is known in closed form."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from parity_suite.ptychography.oracle import Oracle

Array = npt.NDArray[Any]
SIZES = (4, 15, 16, 63)


def centred_dft(n: int) -> Array:
    """Row ``k`` is the frequency ``k - n // 2``: no shift is left to do. Phases are kept within a turn."""
    turns = np.array([[(k - n // 2) * j % n for j in range(n)] for k in range(n)])
    return np.asarray(np.exp(-2j * np.pi * turns / n))


def only(wave: Array) -> Array:
    """One wave (N, N) as a batch of one group, one mode and one channel."""
    return wave[None, None, :, :, None]


def axes(n: int) -> tuple[Array, Array]:
    """Row and column numbers, as a column and a row."""
    return np.arange(n)[:, None], np.arange(n)[None, :]


@pytest.mark.parametrize("n", SIZES)
def test_is_the_dft_matrix_on_both_sides(oracle: Oracle, waves: Any, n: int) -> None:
    psi = waves(2, 3, n, n, 4)
    matrix = centred_dft(n)
    amplitude = oracle.diffract(psi)
    assert amplitude.shape == (2, n, n, 4)
    for b in range(2):
        for c in range(4):
            modes = [matrix @ psi[b, p, :, :, c] @ matrix.T / n for p in range(3)]
            intensity = sum(mode.real**2 + mode.imag**2 for mode in modes)
            allowed = 1e-12 * np.max(intensity)
            np.testing.assert_allclose(amplitude[b, :, :, c] ** 2, intensity, rtol=0, atol=allowed)


@pytest.mark.parametrize("n", SIZES)
def test_off_centre_delta_is_flat(oracle: Oracle, n: int) -> None:
    wave = np.zeros((n, n), complex)
    wave[1, 3] = 3 - 4j
    np.testing.assert_allclose(oracle.diffract(only(wave)), 5 / n, rtol=1e-13)


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize(("right", "down"), [(0, 0), (1, 0), (0, 1), (-1, 0), (0, -1), (1, -2)])
def test_plane_wave_lands_on_its_pixel(oracle: Oracle, n: int, right: int, down: int) -> None:
    rows, columns = axes(n)
    wave = 2 * np.exp(2j * np.pi * (right * columns + down * rows) / n)
    expected = np.zeros((n, n))
    expected[n // 2 + down, n // 2 + right] = 2 * n
    np.testing.assert_allclose(oracle.diffract(only(wave))[0, :, :, 0], expected, rtol=0, atol=1e-11 * n)


def dirichlet(width: int, n: int) -> Array:
    """|sum over ``width`` pixels of exp(-2 pi i k x / n)| for the centred frequencies k."""
    half = np.pi * (np.arange(n) - n // 2) / n
    at_zero = half == 0
    return np.where(at_zero, width, np.abs(np.sin(width * half) / np.where(at_zero, 1, np.sin(half))))


@pytest.mark.parametrize("n", [15, 16, 63])
def test_rectangle_gives_dirichlet_kernels(oracle: Oracle, n: int) -> None:
    wave = np.zeros((n, n))
    wave[2:5, 4:11] = 1
    expected = np.outer(dirichlet(3, n), dirichlet(7, n)) / n
    np.testing.assert_allclose(oracle.diffract(only(wave))[0, :, :, 0], expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("n", [63, 64])
def test_gaussian_gives_a_gaussian_where_its_tilt_points(oracle: Oracle, n: int) -> None:
    """exp(-pi x^2 / w^2) transforms to w exp(-pi w^2 f^2); the widths make aliasing round-off."""
    tall, wide, right, down = 7.0, 9.0, 5, -3
    rows, columns = axes(n)
    envelope = np.exp(-np.pi * (((rows - 31) / tall) ** 2 + ((columns - 30) / wide) ** 2))
    tilt = np.exp(2j * np.pi * (right * columns + down * rows) / n)
    u, v = (columns - n // 2 - right) / n, (rows - n // 2 - down) / n
    expected = tall * wide / n * np.exp(-np.pi * ((tall * v) ** 2 + (wide * u) ** 2))
    np.testing.assert_allclose(
        oracle.diffract(only(envelope * tilt))[0, :, :, 0], expected, rtol=0, atol=1e-10 * expected.max()
    )


def test_modes_add_in_intensity(oracle: Oracle) -> None:
    """Two plane waves in two modes keep their own pixels; equal ones add as 3^2 + 4^2, not as 3 + 4."""
    n = 15
    rows, columns = axes(n)
    one = np.exp(2j * np.pi * (2 * columns + 0 * rows) / n)
    other = np.exp(2j * np.pi * (0 * columns + 4 * rows) / n)
    apart = oracle.diffract(np.stack([3 * one, 4 * other])[None, ..., None])[0, :, :, 0]
    assert apart[7, 9] == pytest.approx(3 * n)
    assert apart[11, 7] == pytest.approx(4 * n)
    together = oracle.diffract(np.stack([3 * one, -4 * one])[None, ..., None])[0, :, :, 0]
    assert together[7, 9] == pytest.approx(5 * n)


@pytest.mark.parametrize("n", SIZES)
def test_energy_is_kept_for_each_group_and_channel(oracle: Oracle, waves: Any, n: int) -> None:
    psi = waves(2, 2, n, n, 4, seed=5)
    energy = (oracle.diffract(psi) ** 2).sum(axis=(1, 2))
    np.testing.assert_allclose(energy, (psi.real**2 + psi.imag**2).sum(axis=(1, 2, 3)), rtol=1e-13)
