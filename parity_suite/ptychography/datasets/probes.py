"""Probes of real optics, each with coma and astigmatism: none equals its own mirror image."""

from __future__ import annotations

import numpy as np

from .dataset import Array
from .recipes import Cone, Defocused, Disk, Modes, Probe

#: Width over which a pupil's rim falls, in samples of the pupil.
_RIM = 0.5


def make_probe(recipe: Probe, size: int) -> Array:
    """The (P, N, N) complex128 modes with power 1 in all, before they are scaled to a dose and rounded."""
    match recipe:
        case Disk():
            modes = _disk(recipe, size)[None]
        case Modes():
            modes = _two_modes(recipe, size)
        case Defocused():
            modes = _focused(recipe, size)[None]
    return np.asarray(modes / np.sqrt(np.sum(np.abs(modes) ** 2)))


def _disk(recipe: Disk, size: int) -> Array:
    y, x = _axes(size)
    x, y = (x - recipe.centre[0]) / recipe.radius, (y - recipe.centre[1]) / recipe.radius
    rim = _soft((1 - np.hypot(x, y)) * recipe.radius / recipe.edge)
    return np.asarray(rim * np.exp(1j * _aberration(recipe, x, y)))


def _focused(recipe: Defocused, size: int) -> Array:
    """The field near a lens's focus: the Fourier transform of its pupil (Goodman, Fourier Optics, 5.2)."""
    y, x = _axes(size)
    reach = recipe.aperture * size / 2
    radius = np.hypot(x, y)
    pupil = _soft((reach - radius) / _RIM)
    if isinstance(recipe, Cone):
        pupil = pupil - _soft((recipe.stop * reach - radius) / _RIM)
    x, y = x / reach, y / reach
    fresnel = 2 * np.pi * recipe.defocus * (x * x + y * y)
    wave = pupil * np.exp(1j * (fresnel + _aberration(recipe, x, y)))
    return np.asarray(np.fft.fftshift(np.fft.ifft2(np.fft.ifftshift(wave))))


def _two_modes(recipe: Modes, size: int) -> Array:
    """The defocused probe and its slope along a slant, made orthogonal (Thibault and Menzel 2013)."""
    first = _focused(recipe, size)
    first = first / np.linalg.norm(first)
    slope_y, slope_x = np.gradient(first)
    second = np.cos(recipe.direction) * slope_x + np.sin(recipe.direction) * slope_y
    second = second - np.vdot(first, second) * first
    second = second / np.linalg.norm(second)
    return np.stack([np.sqrt(1 - recipe.second) * first, np.sqrt(recipe.second) * second])


def _aberration(recipe: Probe, x: Array, y: Array) -> Array:
    """Phase in radian, x and y being 1 at the rim: coma rho^2 (x, y), astigmatism x^2 - y^2 + x y."""
    coma = (x * x + y * y) * (recipe.coma[0] * x + recipe.coma[1] * y)
    return np.asarray(2 * np.pi * (coma + recipe.astigmatism * (x * x - y * y + x * y)))


def _axes(size: int) -> tuple[Array, Array]:
    """Column of y and row of x, pixels from N//2."""
    ramp = np.arange(size, dtype=np.float64) - size // 2
    return ramp[:, None], ramp[None, :]


def _soft(distance: Array) -> Array:
    """1 well inside (``distance`` positive), 0 well outside, half at the edge."""
    return np.asarray(0.5 + 0.5 * np.tanh(distance))
