"""The losses of training, reduced in float64: counts of 1e8 leave float32 no digits."""

from __future__ import annotations

import tensorflow as tf

from parity_suite.ptychography.pipeline import RATE_FLOOR
from parity_suite.ptychography.tensorflow.dtypes import Tensor, double


def loss(amplitude: Tensor, counts: Tensor, scale: Tensor, patches: Tensor) -> dict[str, Tensor]:
    """Poisson NLL and total variation, mean over the batch; mean absolute error of the amplitude."""
    batch = tf.cast(tf.shape(amplitude)[0], tf.float64)
    edges = _total(patches[:, 1:] - patches[:, :-1]) + _total(patches[:, :, 1:] - patches[:, :, :-1])
    return {
        "poisson_nll": poisson_nll(amplitude, counts, scale),
        "amplitude_mae": tf.reduce_mean(tf.abs(scale * double(amplitude) - tf.sqrt(counts))),
        "total_variation": edges / batch,
    }


def poisson_nll(amplitude: Tensor, counts: Tensor, scale: Tensor) -> Tensor:
    """``rate - counts log(rate)`` of rates ``(scale A)^2``, summed over pixels and channels, mean over the batch."""
    rate = tf.maximum(tf.square(scale * double(amplitude)), RATE_FLOOR)
    return tf.reduce_sum(rate - counts * tf.math.log(rate)) / tf.cast(tf.shape(amplitude)[0], tf.float64)


def _total(differences: Tensor) -> Tensor:
    return tf.reduce_sum(double(tf.abs(differences)))
