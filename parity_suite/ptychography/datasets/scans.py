"""Scan positions."""

from __future__ import annotations

import math

import numpy as np

from .dataset import Array
from .recipes import Jittered, Raster, RecipeError, Scan, Spiral
from .rounding import to_grid
from .streams import Stream

#: Pixels of the canvas left free around the patches: room for the shifts a test adds.
MARGIN = 4


def make_positions(recipe: Scan, stream: Stream) -> Array:
    """(M, 2) float64 [x, y] in canvas pixels, in the order of the scan, multiples of 2**-fraction_bits."""
    match recipe:
        case Spiral():
            offsets = _spiral(recipe)
        case Jittered():
            raster = _raster(recipe)
            offsets = raster + recipe.jitter * (2 * stream.uniforms(*raster.shape) - 1)
        case Raster():
            offsets = _raster(recipe)
    return to_grid(offsets + np.asarray(recipe.origin, np.float64), 2.0**-recipe.fraction_bits)


def require_inside(positions: Array, size: int, shape: tuple[int, int]) -> None:
    """RecipeError unless every patch lies on the canvas of ``shape`` with the margin around it."""
    lowest = positions.min(axis=0) - size // 2
    highest = np.asarray(shape[::-1]) - (np.ceil(positions.max(axis=0)) - size // 2 + size)
    spare = float(min(lowest.min(), highest.min()))
    if spare < MARGIN:
        raise RecipeError(f"scan: patches come within {spare:g} pixels of the canvas's border, {MARGIN} are wanted")


def _raster(recipe: Raster) -> Array:
    columns, rows = recipe.points
    y, x = np.mgrid[:rows, :columns].astype(np.float64)
    x, y = (x - (columns - 1) / 2) * recipe.step[0], (y - (rows - 1) / 2) * recipe.step[1]
    return np.stack([x.ravel(), y.ravel()], axis=1)


def _spiral(recipe: Spiral) -> Array:
    """Fermat's spiral in Vogel's form (Huang et al., Optics Express 22 (2014) 12634)."""
    step = np.arange(recipe.count)
    radius, angle = recipe.spacing * np.sqrt(step), step * (math.pi * (3 - math.sqrt(5)))
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
