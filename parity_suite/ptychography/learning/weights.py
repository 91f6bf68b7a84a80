"""The flat vector of weights: the first one, and the arrays that it holds by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from parity_suite.ptychography.learning.architecture import WIDTH, parameters, size, width_of

Array = npt.NDArray[Any]


def initial_weights(seed: int, channels: int, width: int = WIDTH) -> Array:
    """(W,) float64 from NumPy's PCG64: kernels He normal in the order of the vector, biases zero."""
    draw = np.random.Generator(np.random.PCG64(seed))
    out = np.zeros(size(channels, width))
    for parameter in parameters(channels, width):
        if parameter.spread:
            out[parameter.place] = parameter.spread * draw.standard_normal(parameter.stop - parameter.start)
    return out


def by_name(weights: Array, channels: int) -> dict[str, Array]:
    """The arrays of a flat vector (W,), kernels as (outputs, inputs, 3, 3)."""
    table = parameters(channels, width_of(len(weights), channels))
    return {one.name: weights[one.place].reshape(one.shape) for one in table}


def flat(arrays: Mapping[str, Array], channels: int, width: int) -> Array:
    """The flat vector (W,) of arrays by name; the inverse of :func:`by_name`."""
    return np.concatenate([np.ravel(arrays[one.name]) for one in parameters(channels, width)])
