"""Groups of neighbouring scan positions."""

from __future__ import annotations

import tensorflow as tf

from parity_suite.ptychography.tensorflow.dtypes import Tensor

#: distances held at once
_BLOCK = 1 << 21


def group(positions: Tensor, gridsize: int, neighbours: int | None = None, draws: Tensor = None) -> dict[str, Tensor]:
    """Groups (G, C) of positions (M, 2), the seed first; with ``draws`` (M, R, C-1), R groups a seed."""
    channels = gridsize**2
    seeds = tf.range(tf.shape(positions, tf.int64)[0])
    if draws is not None:
        nearest = tf.gather(_nearest(positions, seeds, neighbours or 0), draws, batch_dims=1)
        repeated = tf.broadcast_to(seeds[:, None, None], tf.shape(nearest[..., :1], tf.int64))
        indices = tf.reshape(tf.concat([repeated, nearest], 2), [tf.size(repeated), channels])
    elif channels > 1:
        indices = tf.concat([seeds[:, None], _nearest(positions, seeds, channels - 1)], 1)
    else:
        indices = seeds[:, None]
    grouped = tf.transpose(tf.gather(positions, indices), [0, 2, 1])[:, None]
    offsets = tf.reduce_mean(grouped, axis=3, keepdims=True)
    return {"indices": indices, "coords_offsets": offsets, "coords_relative": offsets - grouped}


def _nearest(positions: Tensor, seeds: Tensor, count: int) -> Tensor:
    """Of each seed the ``count`` nearest others (M, count), by squared distance, then by index."""
    points = tf.size(seeds)
    rows = tf.maximum(1, tf.minimum(points, _BLOCK // points))
    blocks = (points + rows - 1) // rows
    # Every block is full, for XLA: what runs over the end repeats the last seed and is cut off again.
    padded = tf.minimum(tf.range(blocks * rows), points - 1)

    def of_block(block: Tensor) -> Tensor:
        here = tf.gather(positions, block)
        squares = [tf.square(here[:, axis, None] - positions[None, :, axis]) for axis in (0, 1)]
        # A compiler that fuses a product into the sum (FMA) rounds dx^2 + dy^2 and dy^2 + dx^2 differently, and
        # so breaks the ties of a raster; it cannot fuse across a maximum.
        distance = tf.maximum(squares[0], 0.0) + tf.maximum(squares[1], 0.0)
        itself = block[:, None] == tf.range(points)[None, :]
        distance = tf.where(itself, tf.constant(float("inf"), tf.float64), distance)
        # Of equal values top_k names the one with the lower index first.
        return tf.cast(tf.math.top_k(-distance, count).indices, tf.int64)

    found = tf.map_fn(of_block, tf.reshape(padded, [blocks, rows]), parallel_iterations=1, fn_output_signature=tf.int64)
    return tf.reshape(found, [blocks * rows, count])[:points]
