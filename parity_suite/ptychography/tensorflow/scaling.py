"""The factor between normalised amplitudes and counts."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from parity_suite.ptychography.tensorflow.dtypes import Tensor, double, power


def scale(nphotons: Tensor, size: int, psi: Tensor = None, learned: Tensor = None) -> dict[str, Any]:
    """The learned value, else from waves ``(B, P, N, N, C)``, else in closed form; and which it was."""
    if learned is not None:
        return {"scale": learned, "source": "learned"}
    if psi is not None:
        mean_power = tf.reduce_mean(tf.reduce_sum(double(power(psi)), axis=[1, 2, 3]))
        return {"scale": tf.sqrt(nphotons / mean_power), "source": "data"}
    return {"scale": tf.sqrt(nphotons) / (size / 2), "source": "closed"}
