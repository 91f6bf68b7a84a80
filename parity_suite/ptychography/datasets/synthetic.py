"""From a recipe to a dataset: object, probe, scan, far field and photon noise, the same bytes everywhere.

Object, probe, positions and amplitudes are each rounded to their grid before the next step sees them, so
that the last bit of an exponential or an FFT goes no further. What is left unrounded (the rate, the square
root of whole counts, the division by the scale) are operations that IEEE 754 fixes to the last bit.
"""

from __future__ import annotations

import math

import numpy as np

from .dataset import Array, Dataset
from .objects import make_object
from .poisson import poisson_counts
from .probes import make_probe
from .recipes import Recipe
from .rounding import to_full_scale_grid
from .scans import make_positions, require_inside
from .streams import Stream


def synthesise(recipe: Recipe) -> Dataset:
    """The dataset of a recipe, the same bytes everywhere. RecipeError where patches leave the canvas."""
    amplitude, probe, canvas, positions = noiseless(recipe)
    scale = 1.0 if recipe.domain == "counts" else math.sqrt(recipe.nphotons) / (recipe.size / 2)
    rate = (scale * amplitude) ** 2
    counts = poisson_counts(rate, Stream(recipe.seed, "counts").uniforms(*rate.shape))
    return Dataset(
        name=recipe.name,
        domain=recipe.domain,
        diff3d=np.sqrt(counts.astype(np.float64)) / scale,
        probe=probe,
        object=canvas,
        positions=positions,
        nphotons=recipe.nphotons,
        gridsize=recipe.gridsize,
    )


def noiseless(recipe: Recipe) -> tuple[Array, Array, Array, Array]:
    """Amplitudes (M, N, N) without photon noise, probe (P, N, N), object (H, W) and positions (M, 2)."""
    canvas = make_object(recipe.object, Stream(recipe.seed, "object"))
    positions = make_positions(recipe.scan, Stream(recipe.seed, "scan"))
    require_inside(positions, recipe.size, recipe.object.shape)
    patches = _patches(canvas, positions, recipe.size)
    probe = _scaled(make_probe(recipe.probe, recipe.size), patches, _power(recipe))
    return _far_field(probe, patches), probe, canvas, positions


def _power(recipe: Recipe) -> float:
    """What mean sum A^2 is to be: the dose in counts, or (N/2)^2."""
    return recipe.nphotons if recipe.domain == "counts" else (recipe.size / 2) ** 2


def _patches(canvas: Array, positions: Array, size: int) -> Array:
    """(M, N, N): row i of a patch is canvas row y - N//2 + i, between rows by bilinear interpolation."""
    patches = np.empty((len(positions), size, size), np.complex128)
    for patch, (x, y) in zip(patches, positions - size // 2, strict=True):
        left, top = math.floor(x), math.floor(y)
        fx, fy = x - left, y - top
        window = canvas[top : top + size + 1, left : left + size + 1]
        rows = (1 - fy) * window[:-1] + fy * window[1:]
        patch[:] = (1 - fx) * rows[:, :-1] + fx * rows[:, 1:]
    return patches


def _scaled(probe: Array, patches: Array, power: float) -> Array:
    """The probe times the factor that makes mean sum |psi|^2, by Parseval mean sum A^2, equal ``power``."""
    light = np.sum(np.abs(probe) ** 2, axis=0)
    mean = float(np.sum(light * np.abs(patches) ** 2)) / len(patches)
    return to_full_scale_grid(probe * math.sqrt(power / mean))


def _far_field(probe: Array, patches: Array) -> Array:
    """A = sqrt(fftshift(sum over modes |FFT2(P O)|^2 / N^2)), rounded to 2**-20 of its full scale."""
    size = patches.shape[-1]
    intensity = np.zeros(patches.shape)
    for mode in probe:
        wave = np.fft.fft2(mode * patches)
        intensity += wave.real**2 + wave.imag**2
    return to_full_scale_grid(np.fft.fftshift(np.sqrt(intensity), axes=(-2, -1)) / size)
