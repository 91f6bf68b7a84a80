"""Poisson counts from counter-based uniform numbers: the same code on every device and in every mode.

TensorFlow's own ``stateless_poisson`` has a CPU kernel alone, none for CUDA and none for XLA.
"""

from __future__ import annotations

import tensorflow as tf

from parity_suite.ptychography.tensorflow.dtypes import Tensor, double

#: from here on the rejection method is valid
_LARGE = 10.0
#: beyond it a count of rate 10 has a probability below 1e-60
_LAST = 100


def observe(amplitude: Tensor, scale: Tensor, seed: Tensor) -> Tensor:
    """Independent whole counts in float64, of rate ``(scale * amplitude)^2``."""
    rate = tf.square(scale * double(amplitude))
    large = rate >= _LARGE
    few = _by_inversion(tf.where(large, tf.zeros_like(rate), rate), seed)
    many = _by_rejection(tf.maximum(rate, _LARGE), large, seed)
    return tf.where(large, many, few)


def _uniform(rate: Tensor, seed: Tensor, stream: Tensor) -> Tensor:
    """Numbers in [0, 1), one for each rate; streams are independent of each other."""
    key = tf.stack([seed, tf.cast(stream, tf.int64)])
    return tf.random.stateless_uniform(tf.shape(rate), key, dtype=tf.float64, alg="philox")


def _by_inversion(rate: Tensor, seed: Tensor) -> Tensor:
    """Counts up the distribution function until it passes a uniform number."""
    level = _uniform(rate, seed, tf.constant(0))

    def above(step: Tensor, count: Tensor, term: Tensor, total: Tensor) -> Tensor:
        return tf.logical_and(step < _LAST, tf.reduce_any(level >= total))

    def climb(step: Tensor, count: Tensor, term: Tensor, total: Tensor) -> tuple[Tensor, ...]:
        term *= rate / double(step + 1)
        return step + 1, count + double(level >= total), term, total + term

    first = tf.exp(-rate)
    return tf.while_loop(above, climb, (tf.constant(0), tf.zeros_like(rate), first, first))[1]


def _by_rejection(rate: Tensor, wanted: Tensor, seed: Tensor) -> Tensor:
    """Algorithm PTRS of W. Hoermann, Insurance: Mathematics and Economics 12, 39-45 (1993), for rates from 10.

    Where none is wanted the result means nothing.
    """
    b = 0.931 + 2.53 * tf.sqrt(rate)
    a = -0.059 + 0.02483 * b
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
    sure = 0.9277 - 3.6224 / (b - 2)

    def open_(turn: Tensor, count: Tensor, done: Tensor) -> Tensor:
        return tf.logical_not(tf.reduce_all(done))

    def draw(turn: Tensor, count: Tensor, done: Tensor) -> tuple[Tensor, ...]:
        u = _uniform(rate, seed, 2 * turn + 1) - 0.5
        v = _uniform(rate, seed, 2 * turn + 2)
        edge = 0.5 - tf.abs(u)
        k = tf.floor((2 * a / edge + b) * u + rate + 0.43)
        possible = (k >= 0) & ((edge >= 0.013) | (v <= edge))
        density = k * tf.math.log(rate) - rate - tf.math.lgamma(tf.maximum(k, 0.0) + 1)
        under = tf.math.log(v * inverse_alpha / (a / tf.square(edge) + b)) <= density
        accepted = ((edge >= 0.07) & (v <= sure)) | (possible & under)
        return turn + 1, tf.where(done, count, k), done | accepted

    start = (tf.constant(0), tf.zeros_like(rate), tf.logical_not(wanted))
    return tf.while_loop(open_, draw, start)[1]
