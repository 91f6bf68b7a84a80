"""Reassembly for XLA: four weighted shifts of each patch added in place, one patch after the other.

What is faster elsewhere, a scatter of many tiles at once, runs element by element under XLA on a CPU; and windows
updated in place cannot be had outside XLA.
"""

from __future__ import annotations

import tensorflow as tf
from tensorflow.compiler.tf2xla.python import xla

from parity_suite.ptychography.tensorflow.bilinear import sample, split
from parity_suite.ptychography.tensorflow.dtypes import Tensor
from parity_suite.ptychography.tensorflow.reassembly import finish, upper_left


def reassemble(patches: Tensor, positions: Tensor, centre: Tensor, canvas: tuple[int, int]) -> dict[str, Tensor]:
    """As the reassembly outside XLA."""
    groups, channels = tf.shape(patches)[0], int(patches.shape[-1])
    corners = tf.transpose(upper_left(patches, positions, centre, canvas), [0, 2, 1])
    corners = tf.reshape(corners, [groups * channels, 2])
    own = centre.shape.rank > 1
    # No window can be taken of no canvas, not even in a loop that never turns.
    sheets = tf.maximum(groups, 1) if own else 1
    sheet = tf.range(groups * channels) // channels if own else tf.zeros_like(corners[:, 0], tf.int32)

    def add_up(patches: Tensor) -> Tensor:
        def gradient(numerator: Tensor, _: Tensor) -> Tensor:
            # The adjoint of adding a patch to a canvas is cutting it out of one.
            cut = sample(numerator, tf.cast(sheet, tf.int64), corners, patches.shape[1:3])
            return tf.transpose(tf.reshape(cut, [groups, channels, *patches.shape[1:3]]), [0, 2, 3, 1])

        return _add_up(patches, corners, sheet, (sheets, *canvas)), gradient

    numerator, count = tf.custom_gradient(add_up)(patches)
    return finish(numerator[:groups], count[:groups]) if own else finish(numerator[0], count[0])


def _add_up(patches: Tensor, corners: Tensor, sheet: Tensor, shape: tuple[Tensor, int, int]) -> tuple[Tensor, Tensor]:
    n, channels, real = int(patches.shape[1]), int(patches.shape[-1]), patches.dtype.real_dtype
    # A margin takes what lies off the canvas and is cut off at the end.
    margin = n + 1
    columns, fx = split(corners[:, 0], -margin, shape[2])
    rows, fy = split(corners[:, 1], -margin, shape[1])
    starts = tf.stack([sheet, tf.cast(rows, tf.int32) + margin, tf.cast(columns, tf.int32) + margin], 1)
    fractions = tf.cast(tf.stack([fy, fx], 1), real)

    def add(k: Tensor, numerator: Tensor, count: Tensor) -> tuple[Tensor, ...]:
        # A gather, not a slice: of no patches XLA compiles the one and refuses the other.
        at, fraction = tf.gather(starts, k), tf.gather(fractions, k)
        patch = tf.gather(tf.gather(patches, k // channels), k % channels, axis=-1)[None]
        for dy, wy in enumerate((1 - fraction[0], fraction[0])):
            for dx, wx in enumerate((1 - fraction[1], fraction[1])):
                start, weight = tf.add(at, [0, dy, dx]), wy * wx
                numerator = _add_window(numerator, _times(patch, weight), start)
                count = _add_window(count, tf.fill([1, n, n], weight), start)
        return k + 1, numerator, count

    wide = tf.stack([shape[0], shape[1] + 2 * margin, shape[2] + 2 * margin])
    start = (tf.constant(0), tf.zeros(wide, patches.dtype), tf.zeros(wide, real))
    _, numerator, count = tf.while_loop(lambda k, *_: k < tf.shape(corners)[0], add, start)
    inside = (slice(None), slice(margin, margin + shape[1]), slice(margin, margin + shape[2]))
    return numerator[inside], count[inside]


def _add_window(sheets: Tensor, window: Tensor, start: Tensor) -> Tensor:
    # The start of a tf.slice is a constant to XLA, so that every other set of positions would be compiled anew.
    return xla.dynamic_update_slice(sheets, xla.dynamic_slice(sheets, start, window.shape) + window, start)


def _times(patch: Tensor, weight: Tensor) -> Tensor:
    """A product with a real number, at half the work of a complex one."""
    if not patch.dtype.is_complex:
        return patch * weight
    return tf.complex(tf.math.real(patch) * weight, tf.math.imag(patch) * weight)
