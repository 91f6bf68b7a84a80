"""What the tests of every way to translate share: images and offsets without symmetry, and what must come of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from parity_suite.ptychography.oracle import Oracle

Array = npt.NDArray[Any]

#: Rows and columns: neither square nor a power of two, a power of two, one pixel, one column, one row.
SHAPES = [(13, 22), (16, 8), (1, 1), (7, 1), (1, 9)]
#: [x, y]: between pixels in each direction, whole, a tie, to the border; and over it, far, and beyond float32.
OFFSETS = [
    (1.25, -2.625), (-0.3, 0.7), (3.0, -2.0), (-0.5, 1.5), (0.4, 6.9),
    (-25.5, 0.0), (0.25, 1e12), (-1e12, 3e5), (1e300, -0.5), (0.5, -1e300),
]  # fmt: skip
#: [x, y] of whole pixels within 11 x 21, and by how many each must move where the nearest pixel is asked for.
TIES = {
    (0.5, 0.0): (1, 0),
    (-0.5, 1.0): (0, 1),
    (1.5, -1.5): (2, -1),
    (2.5, -2.5): (3, -2),
    (0.49, 0.51): (0, 1),
    (-3.51, 2.0): (-4, 2),
    (2.0, 1e12): (2, 99),
    (-1e12, -0.5): (-99, 0),
}


def images(count: int, height: int, width: int, *, real: bool = False, precision: str = "float64") -> Array:
    """Noise (B, H, W, 1)."""
    parts = np.random.default_rng([7, count, height, width]).normal(size=(2, count, height, width, 1))
    dtype = precision if real else np.result_type(precision, np.complex64)
    return np.asarray(parts[0] if real else parts[0] + 1j * parts[1]).astype(dtype)


def between_pixels(count: int, seed: int = 3) -> Array:
    """Offsets (B, 2) off the whole pixels, where a bilinear shift has a gradient."""
    bits = np.random.default_rng(seed)
    return np.asarray(bits.integers(-4, 4, (count, 2)) + bits.uniform(0.1, 0.9, (count, 2)))


def oracle(given: Array, offsets: Array) -> Array:
    """The oracle's answer with an offset for each image."""
    return Oracle().translate(given, np.repeat(offsets, len(given) // max(1, len(offsets)), axis=0))


def by_slices(image: Array, x: int, y: int) -> Array:
    """One image (H, W, 1) moved right by x and down by y, by slicing a wide frame of zeros."""
    height, width = image.shape[:2]
    room = 100
    frame = np.pad(image, ((room, room), (room, room), (0, 0)))
    return np.asarray(frame[room - y : room - y + height, room - x : room - x + width])


def distance(got: Array, want: Array) -> float:
    """``||got - want|| / ||want||``, infinite for another shape or another dtype of float."""
    if got.shape != want.shape or np.iscomplexobj(got) is not np.iscomplexobj(want):
        return float("inf")
    return float(np.linalg.norm((got - want).ravel()) / (np.linalg.norm(want.ravel()) or 1))


def slopes_by_difference(given: Array, offsets: Array, cotangent: Array) -> Array:
    """The gradient of ``Re sum(conj(cotangent) out)`` by each offset, from central differences of the oracle."""
    step, out = 1e-3, np.zeros(offsets.shape)
    for place in np.ndindex(*offsets.shape):
        up, down = offsets.copy(), offsets.copy()
        up[place] += step
        down[place] -= step
        change = oracle(given, up) - oracle(given, down)
        out[place] = np.real(np.vdot(cotangent, change)) / (2 * step)
    return out


def batches_of(
    shapes: Sequence[tuple[int, int]], counts: Sequence[int], real: bool = False
) -> list[tuple[Array, Array]]:
    """Calls of a translation in float32: every count of images in every shape, each with offsets of its own."""
    return [
        (images(count, *shape, real=real, precision="float32"), between_pixels(count, seed=count))
        for count in counts
        for shape in shapes
    ]
