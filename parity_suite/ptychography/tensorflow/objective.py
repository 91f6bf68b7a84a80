"""What training minimises: from counts through the network and back to the amplitudes that they should have had."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from parity_suite.ptychography.tensorflow import reassembly
from parity_suite.ptychography.tensorflow.bilinear import sample
from parity_suite.ptychography.tensorflow.diffraction import diffract
from parity_suite.ptychography.tensorflow.dtypes import Tensor, double
from parity_suite.ptychography.tensorflow.dtypes import power as power_of
from parity_suite.ptychography.tensorflow.losses import poisson_nll
from parity_suite.ptychography.tensorflow.network import network
from parity_suite.ptychography.tensorflow.probes import illuminate

Reassembly = Callable[[Tensor, Tensor, Tensor, tuple[int, int]], dict[str, Tensor]]


def objective(
    counts: Tensor,
    positions: Tensor,
    centres: Tensor,
    probe: Tensor,
    scale: Tensor,
    weights: Tensor,
    canvas: tuple[int, int],
    object_big: bool,
    power: Tensor = None,
    *,
    reassemble: Reassembly = reassembly.reassemble,
) -> dict[str, Any]:
    """Amplitudes ``(B, N, N, C)`` and Poisson NLL of counts ``(B, N, N, C)``; with ``power``, the probe held to it."""
    if power is not None:
        probe = with_power(probe, power)
    patches = guess(counts, probe, scale, weights)
    if object_big:
        canvases = reassemble(patches, positions, centres, canvas)["canvas"]
        patches = _cut(canvases, reassembly.upper_left(patches, positions, centres, canvas), int(probe.shape[-1]))
    amplitude = diffract(illuminate(patches, probe))
    return {"amplitude": amplitude, "poisson_nll": poisson_nll(amplitude, counts, double(scale))}


def guess(counts: Tensor, probe: Tensor, scale: Tensor, weights: Tensor) -> Tensor:
    """The network's patches ``(B, N, N, C)`` of counts, in the precision of the weights."""
    return network(tf.cast(tf.sqrt(counts), weights.dtype), probe, scale, weights)


def with_power(probe: Tensor, power: Tensor) -> Tensor:
    """Modes ``(P, N, N)`` scaled to ``sum |P|^2 = power``."""
    factor = tf.sqrt(double(power) / tf.reduce_sum(double(power_of(probe))))
    return probe * tf.cast(factor, probe.dtype)


def _cut(canvases: Tensor, corners: Tensor, size: int) -> Tensor:
    """Patches ``(B, size, size, C)`` of canvases ``(B, H, W)`` from the corners ``[x, y]`` (B, 2, C) on."""
    groups, channels = tf.shape(corners, tf.int64)[0], int(corners.shape[2])
    items = tf.repeat(tf.range(groups), channels)
    corners = tf.reshape(tf.transpose(corners, [0, 2, 1]), [-1, 2])
    patches = sample(canvases, items, corners, (size, size))
    return tf.transpose(tf.reshape(patches, [-1, channels, size, size]), [0, 2, 3, 1])
