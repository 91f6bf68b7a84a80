"""Rounding to a stated grid, so that the last bits in which machines differ never reach a stored value."""

from __future__ import annotations

import math

import numpy as np

from .dataset import Array

#: A grid step is full scale / 2**GRID_BITS.
GRID_BITS = 20


def full_scale(values: Array) -> float:
    """The smallest power of two that no real or imaginary part exceeds (1 for an array of zeros)."""
    peak = max(float(np.max(np.abs(values.real))), float(np.max(np.abs(values.imag))))
    return math.ldexp(1.0, math.ceil(math.log2(peak))) if peak > 0 else 1.0


def to_grid(values: Array, step: float) -> Array:
    """``values`` rounded to whole multiples of ``step``, a power of two: its division and product are exact.

    Complex values are rounded part by part. Negative zeros become zeros: a zero's sign is a last bit too.
    """
    if np.iscomplexobj(values):
        rounded = np.empty(values.shape, np.complex128)
        rounded.real, rounded.imag = to_grid(values.real, step), to_grid(values.imag, step)
        return rounded
    return np.asarray(np.rint(values / step) * step + 0.0)


def to_full_scale_grid(values: Array) -> Array:
    """``values`` rounded to 2**-20 of their full scale."""
    return to_grid(values, full_scale(values) / 2**GRID_BITS)
