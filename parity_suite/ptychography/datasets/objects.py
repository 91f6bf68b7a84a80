"""Objects with structure in modulus and phase, none of them equal to a mirror image of itself."""

from __future__ import annotations

import numpy as np

from .dataset import Array
from .recipes import Field, Leaves, Specimen, Star
from .rounding import GRID_BITS, to_grid
from .streams import Stream

#: Pixels over which the edge of a spoke or ring falls: sharper ones would alias under sub-pixel shifts.
_EDGE = 1.0


def make_object(recipe: Specimen, stream: Stream) -> Array:
    """The (H, W) complex128 transmission of a specimen, its parts whole multiples of 2**-20."""
    match recipe:
        case Leaves():
            absorption, delay = _leaves(recipe, stream)
        case Field():
            absorption, delay = _field(recipe, stream)
        case Star():
            absorption, delay = _star(recipe, stream)
    modulus = recipe.modulus[1] - (recipe.modulus[1] - recipe.modulus[0]) * absorption
    phase = recipe.phase[0] + (recipe.phase[1] - recipe.phase[0]) * delay
    return to_grid(modulus * np.exp(1j * phase), 2.0**-GRID_BITS)


def _leaves(recipe: Leaves, stream: Stream) -> tuple[Array, Array]:
    """Absorption and delay in [0, 1]; a later disc hides the earlier ones."""
    height, width = recipe.shape
    smallest, largest = recipe.radii
    draw = stream.uniforms(recipe.count, 5)
    # The inverse of the cumulative distribution of a density r**-3 between the two radii.
    radii = 1 / np.sqrt(smallest**-2 - draw[:, 0] * (smallest**-2 - largest**-2))
    centres = draw[:, 1:3] * (height, width)
    values = np.zeros((2, height, width))
    for radius, (y, x), shade in zip(radii, centres, draw[:, 3:], strict=True):
        top, left = max(int(y - radius), 0), max(int(x - radius), 0)
        window = values[:, top : int(y + radius) + 2, left : int(x + radius) + 2]
        rows, columns = np.ogrid[top : top + window.shape[1], left : left + window.shape[2]]
        inside = (rows - y) ** 2 + (columns - x) ** 2 < radius * radius
        np.copyto(window, shade[:, None, None], where=inside)
    return values[0], values[1]


def _field(recipe: Field, stream: Stream) -> tuple[Array, Array]:
    """Absorption and delay in [0, 1]: two independent fields, squashed by the logistic function."""
    height, width = recipe.shape
    ky, kx = np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width)[None, :]
    spectrum = (kx * kx + ky * ky + recipe.coherence**-2) ** (-recipe.exponent / 2)
    fields = np.fft.ifft2(spectrum * np.fft.fft2(stream.normals(2, height, width))).real
    fields /= np.sqrt(np.mean(fields * fields, axis=(1, 2), keepdims=True))
    squashed = 1 / (1 + np.exp(-2.0 * fields))
    return squashed[0], squashed[1]


def _star(recipe: Star, stream: Stream) -> tuple[Array, Array]:
    """Absorption and delay in [0, 1]; the metal is thicker to one side, as after a slanted etch."""
    height, width = recipe.shape
    x = np.arange(width)[None, :] - width // 2 - recipe.centre[0]
    y = np.arange(height)[:, None] - height // 2 - recipe.centre[1]
    radius, angle = np.hypot(x, y), np.arctan2(y, x)
    start = 2 * np.pi * stream.uniforms(1)[0]
    # It rises all the way and closes after one turn, so the spokes stay apart and are all there.
    uneven = angle + recipe.unevenness * np.sin(angle + start)
    wave = np.sin(recipe.spokes * uneven)
    metal = _soft(wave * radius / recipe.spokes)
    for gap in recipe.rings:
        metal = metal * (1 - _soft(gap / 20 - np.abs(radius - gap)))
    thickness = 0.75 + 0.25 * np.tanh((0.8 * x - 0.6 * y) / (0.5 * max(height, width)))
    return metal, metal * thickness


def _soft(distance: Array) -> Array:
    """1 well inside (``distance`` positive), 0 well outside, half at the edge."""
    return np.asarray(0.5 + 0.5 * np.tanh(distance / _EDGE))
