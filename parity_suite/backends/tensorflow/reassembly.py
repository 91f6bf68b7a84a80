"""Patches added up on a canvas, bilinear, and divided by how often each pixel was seen."""

from __future__ import annotations

import tensorflow as tf

from parity_suite.backends.tensorflow.bilinear import split
from parity_suite.backends.tensorflow.dtypes import Tensor, weigh
from parity_suite.pipeline import COVER_THRESHOLD

#: patches in work at once: their tiles stay in the cache, and memory does not grow with the scan
_BLOCK = 128
#: a row or column that no canvas has; the sum of a few is still an int64
_NOWHERE = -(1 << 40)


def reassemble(patches: Tensor, positions: Tensor, centre: Tensor, canvas: tuple[int, int]) -> dict[str, Tensor]:
    """Patches (B, N, N, C) at positions (B, 1, 2, C): around one centre (2,) or, each group alone, (B, 1, 2, 1)."""
    corners = upper_left(patches, positions, centre, canvas)
    if centre.shape.rank > 1:
        return finish(*_each_alone(patches, corners, canvas))
    return finish(*_together(patches, corners, canvas))


def upper_left(patches: Tensor, positions: Tensor, centre: Tensor, canvas: tuple[int, int]) -> Tensor:
    """Where pixel (0, 0) of each patch lies on its canvas: ``[x, y]`` (B, 2, C) in float64."""
    n = int(patches.shape[1])
    middle = tf.constant([canvas[1] // 2 - n // 2, canvas[0] // 2 - n // 2], tf.float64)
    return (positions - tf.reshape(centre, [-1, 1, 2, 1]))[:, 0] + middle[:, None]


def finish(numerator: Tensor, count: Tensor) -> dict[str, Tensor]:
    """All three results: the canvas is ``numerator / count`` where the sum of weights is large enough, else 0."""
    covered = count >= COVER_THRESHOLD
    divisor = tf.cast(tf.where(covered, count, tf.ones_like(count)), numerator.dtype)
    filled = tf.where(covered, numerator / divisor, tf.zeros_like(numerator))
    return {"numerator": numerator, "count": count, "canvas": filled}


def _each_alone(patches: Tensor, corners: Tensor, canvas: tuple[int, int]) -> tuple[Tensor, Tensor]:
    groups = tf.shape(patches, tf.int64)[0]
    own = tf.range(groups)[:, None, None, None] * (canvas[0] * canvas[1])
    pixels, tiles = _tiles(patches, corners, canvas)
    pixels = tf.where(pixels < 0, pixels, pixels + own)
    numerator = tf.math.unsorted_segment_sum(tiles, pixels, groups * canvas[0] * canvas[1])
    rows, columns = _shadows(corners, patches, canvas)
    count = tf.matmul(rows, columns, transpose_a=True)
    return tf.reshape(numerator, tf.stack([groups, *canvas])), tf.cast(count, patches.dtype.real_dtype)


def _together(patches: Tensor, corners: Tensor, canvas: tuple[int, int]) -> tuple[Tensor, Tensor]:
    groups, step = tf.shape(patches)[0], max(1, _BLOCK // patches.shape[-1])

    def add(first: Tensor, numerator: Tensor, count: Tensor) -> tuple[Tensor, ...]:
        some, at = patches[first : first + step], corners[first : first + step]
        pixels, tiles = _tiles(some, at, canvas)
        rows, columns = (tf.reshape(shadow, [-1, shadow.shape[-1]]) for shadow in _shadows(at, some, canvas))
        numerator += tf.math.unsorted_segment_sum(tiles, pixels, canvas[0] * canvas[1])
        return first + step, numerator, count + tf.matmul(rows, columns, transpose_a=True)

    start = (tf.constant(0), tf.zeros([canvas[0] * canvas[1]], patches.dtype), tf.zeros(canvas, tf.float64))
    # One block at a time: blocks in parallel would each hold their tiles.
    _, numerator, count = tf.while_loop(lambda first, *_: first < groups, add, start, parallel_iterations=1)
    return tf.reshape(numerator, canvas), tf.cast(count, patches.dtype.real_dtype)


def _tiles(patches: Tensor, corners: Tensor, canvas: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Flat canvas pixels, negative off the canvas, and values: patches moved by their fractions, (B, C, n+1, n+1)."""
    n = int(patches.shape[1])
    rows, fy = _line(corners[:, 1], n, canvas[0])
    columns, fx = _line(corners[:, 0], n, canvas[1])
    tiles = tf.transpose(patches, [0, 3, 1, 2])
    for axis, fraction in ((2, fy), (3, fx)):
        weight = tf.cast(fraction, patches.dtype.real_dtype)[..., None, None]
        before, after = ([[0, 0]] * axis + [pad] + [[0, 0]] * (3 - axis) for pad in ([0, 1], [1, 0]))
        tiles = tf.pad(weigh(tiles, 1 - weight), before) + tf.pad(weigh(tiles, weight), after)
    return rows[..., :, None] * canvas[1] + columns[..., None, :], tiles


def _line(starts: Tensor, n: int, extent: int) -> tuple[Tensor, Tensor]:
    first, fraction = split(starts, -n - 2, extent + 1)
    line = first[..., None] + tf.range(n + 1, dtype=tf.int64)
    return tf.where((line >= 0) & (line < extent), line, tf.constant(_NOWHERE, tf.int64)), fraction


def _shadows(corners: Tensor, patches: Tensor, canvas: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """The weight of each patch on each canvas row (B, C, H) and column (B, C, W); their product is its count.

    In float64: products of float32 matrices may be taken in TF32.
    """
    n, real = int(patches.shape[1]), patches.dtype.real_dtype

    def along(starts: Tensor, extent: int) -> Tensor:
        first, fraction = split(starts, -n - 2, extent + 1)
        step = tf.range(extent, dtype=tf.int64) - first[..., None]
        weight = tf.cast(fraction, real)[..., None]
        near = tf.where((step >= 0) & (step < n), 1 - weight, tf.zeros_like(weight))
        far = tf.where((step >= 1) & (step <= n), weight, tf.zeros_like(weight))
        return tf.cast(near + far, tf.float64)

    return along(corners[:, 1], canvas[0]), along(corners[:, 0], canvas[1])
