"""Patches added up on a canvas, bilinear, and divided by how often each pixel was seen."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import tensorflow as tf

from parity_suite.ptychography.pipeline import COVER_THRESHOLD
from parity_suite.ptychography.tensorflow.bilinear import split
from parity_suite.ptychography.tensorflow.dtypes import Tensor, weigh

#: patches in work at once: their tiles stay in the cache, and memory does not grow with the scan
_BLOCK = 128
#: a row or column that no canvas has; the sum of a few is still an int64
_NOWHERE = -(1 << 40)
#: one line of zeros before or after (0, 1) an axis of (B, C, rows, columns)
_PADDINGS = {(axis, end): np.eye(8, dtype=np.int32)[2 * axis + end].reshape(4, 2) for axis in (2, 3) for end in (0, 1)}


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
    rows, columns = _lines(patches, corners, canvas)
    pixels = _pixels(rows, columns, canvas)
    pixels = tf.where(pixels < 0, pixels, pixels + own)
    numerator = tf.math.unsorted_segment_sum(_tiles(patches, rows, columns), pixels, groups * canvas[0] * canvas[1])
    count = tf.matmul(rows.shadow(canvas[0]), columns.shadow(canvas[1]), transpose_a=True)
    return tf.reshape(numerator, tf.stack([groups, *canvas])), tf.cast(count, patches.dtype.real_dtype)


def _together(patches: Tensor, corners: Tensor, canvas: tuple[int, int]) -> tuple[Tensor, Tensor]:
    groups, step = tf.shape(patches)[0], max(1, _BLOCK // patches.shape[-1])

    def add(first: Tensor, numerator: Tensor, count: Tensor) -> tuple[Tensor, ...]:
        block = slice(first, first + step)
        more, seen = _block(patches[block], corners[block], canvas)
        return first + step, numerator + more, count + seen

    if (patches.shape[0] or step + 1) <= step:
        numerator, count = _block(patches, corners, canvas)
    else:
        start = (tf.constant(0), tf.zeros([canvas[0] * canvas[1]], patches.dtype), tf.zeros(canvas, tf.float64))
        # One block at a time: blocks in parallel would each hold their tiles.
        _, numerator, count = tf.while_loop(lambda first, *_: first < groups, add, start, parallel_iterations=1)
    return tf.reshape(numerator, canvas), tf.cast(count, patches.dtype.real_dtype)


def _block(patches: Tensor, corners: Tensor, canvas: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Sums of some patches, flat, and their weights (H, W) in float64."""
    rows, columns = _lines(patches, corners, canvas)
    pixels = _pixels(rows, columns, canvas)
    numerator = tf.math.unsorted_segment_sum(_tiles(patches, rows, columns), pixels, canvas[0] * canvas[1])
    over_rows = tf.reshape(rows.shadow(canvas[0]), [-1, canvas[0]])
    over_columns = tf.reshape(columns.shadow(canvas[1]), [-1, canvas[1]])
    return numerator, tf.matmul(over_rows, over_columns, transpose_a=True)


@dataclass(frozen=True, eq=False)
class _Lines:
    """The canvas rows, or the columns, that patches of ``n`` pixels touch when they are moved by a fraction."""

    n: int
    #: the one of each patch's first pixel (B, C, 1), int64
    first: Tensor
    #: what of each pixel falls on the next one (B, C, 1), in the precision of the patches
    far: Tensor

    def indices(self, extent: int) -> Tensor:
        """Those of all ``n + 1`` pixels (B, C, n+1); of one that no canvas has, ``_NOWHERE``."""
        lines = self.first + tf.range(self.n + 1, dtype=tf.int64)
        return tf.where((lines >= 0) & (lines < extent), lines, tf.constant(_NOWHERE, tf.int64))

    def shadow(self, extent: int) -> Tensor:
        """The weight of each patch on each of them (B, C, extent); of rows and columns the product is its count.

        In float64: products of float32 matrices may be taken in TF32.
        """
        step = tf.range(extent, dtype=tf.int64) - self.first
        none = tf.zeros_like(self.far)
        near = tf.where((step >= 0) & (step < self.n), 1 - self.far, none)
        far = tf.where((step >= 1) & (step <= self.n), self.far, none)
        return tf.cast(near + far, tf.float64)


def _lines(patches: Tensor, corners: Tensor, canvas: tuple[int, int]) -> tuple[_Lines, _Lines]:
    """Rows and columns."""
    n = int(patches.shape[1])
    beyond = tf.constant([[canvas[1] + 1.0], [canvas[0] + 1.0]], tf.float64)
    first, fraction = (tf.expand_dims(part, -1) for part in split(corners, -n - 2, beyond))
    far = tf.cast(fraction, patches.dtype.real_dtype)
    columns, rows = map(partial(_Lines, n), tf.unstack(first, 2, axis=1), tf.unstack(far, 2, axis=1))
    return rows, columns


def _pixels(rows: _Lines, columns: _Lines, canvas: tuple[int, int]) -> Tensor:
    """Flat canvas pixels (B, C, n+1, n+1), negative off the canvas."""
    return tf.expand_dims(rows.indices(canvas[0]) * canvas[1], -1) + tf.expand_dims(columns.indices(canvas[1]), -2)


def _tiles(patches: Tensor, rows: _Lines, columns: _Lines) -> Tensor:
    """Patches moved by their fractions (B, C, n+1, n+1)."""
    tiles = tf.transpose(patches, [0, 3, 1, 2])
    for axis, lines in ((2, rows), (3, columns)):
        far = tf.expand_dims(lines.far, -1)
        stays, moves = weigh(tiles, 1 - far), weigh(tiles, far)
        tiles = tf.pad(stays, _PADDINGS[axis, 1]) + tf.pad(moves, _PADDINGS[axis, 0])
    return tiles
