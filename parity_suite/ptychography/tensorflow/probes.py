"""The probe made ready for use, and the exit waves it leaves behind an object."""

from __future__ import annotations

import tensorflow as tf

from parity_suite.ptychography.tensorflow.dtypes import Tensor, double, multiply, weigh


def probe(probe: Tensor, probe_scale: Tensor, masked: bool) -> dict[str, Tensor]:
    """Modes ``(P, N, N)`` divided by ``probe_scale * mean |probe|``, behind a disk of radius N/4 if ``masked``."""
    if masked:
        probe = weigh(probe, _disk(int(probe.shape[-1])))
    factor = probe_scale * tf.reduce_mean(double(tf.abs(probe)))
    return {"probe": probe / tf.cast(factor, probe.dtype), "factor": factor}


def illuminate(patches: Tensor, probe: Tensor) -> Tensor:
    """Exit waves ``(B, P, N, N, C)`` of patches ``(B, N, N, C)`` under modes ``(P, N, N)``."""
    return multiply(patches[:, None], probe[None, ..., None])


def _disk(n: int) -> Tensor:
    squares = tf.square(tf.range(n) - n // 2)
    # 16 r^2 <= n^2 rather than r <= n/4: whole numbers decide the rim alike on every device.
    return 16 * (squares[:, None] + squares[None, :]) <= n * n
