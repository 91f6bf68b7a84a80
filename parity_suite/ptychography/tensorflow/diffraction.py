"""Far-field amplitudes of exit waves."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from parity_suite.ptychography.tensorflow.dtypes import Tensor, power


def diffract(psi: Tensor) -> Tensor:
    """Amplitudes ``(B, N, N, C)`` of waves ``(B, P, N, N, C)``: incoherent sum over modes, zero frequency at N//2."""
    n = int(psi.shape[2])
    waves = tf.transpose(tf.cast(psi, _complex(psi.dtype)), [0, 1, 4, 2, 3])
    intensity = tf.reduce_sum(power(tf.signal.fft2d(waves)), axis=1) / n**2
    centred = tf.roll(intensity, [n // 2, n // 2], [2, 3])
    return tf.transpose(tf.custom_gradient(_root)(centred), [0, 2, 3, 1])


def _complex(dtype: tf.DType) -> tf.DType:
    return tf.complex64 if dtype in (tf.complex64, tf.float32) else tf.complex128


def _root(intensity: Tensor) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
    """The square root and its gradient, 0 where the intensity is 0 and the slope has no end."""
    root = tf.sqrt(intensity)
    return root, lambda gradient: tf.math.divide_no_nan(gradient / 2, root)
