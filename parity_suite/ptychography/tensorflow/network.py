"""The reference network of :mod:`parity_suite.ptychography.learning.architecture` for channels that come last."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import pi

import tensorflow as tf

from parity_suite.ptychography.learning.architecture import DAMPING, parameters, width_of
from parity_suite.ptychography.tensorflow.dtypes import Tensor, power


def network(amplitude: Tensor, probe: Tensor, scale: Tensor, weights: Tensor) -> Tensor:
    """Patches ``(B, N, N, C)`` of amplitudes ``(B, N, N, C)`` in sqrt(counts), under modes ``(P, N, N)``."""
    if amplitude.shape[0]:
        return _patches(amplitude, probe, scale, weights)
    # Of an empty batch conv2d gives the shape of its input, whatever the kernel: it is never shown one.
    groups = tf.shape(amplitude)[0]
    shown = tf.pad(amplitude, [[0, tf.cast(groups == 0, tf.int32)], [0, 0], [0, 0], [0, 0]])
    return _patches(shown, probe, scale, weights)[:groups]


def _patches(amplitude: Tensor, probe: Tensor, scale: Tensor, weights: Tensor) -> Tensor:
    w = _by_name(weights, int(amplitude.shape[3]))
    h0 = tf.nn.silu(_convolve(_update(amplitude, probe, scale), w, "encoder0"))
    h1 = tf.nn.silu(_convolve(_pool(h0), w, "encoder1"))
    h2 = tf.nn.silu(_convolve(_pool(h1), w, "encoder2"))
    y1 = tf.nn.silu(_convolve(_up(h2), w, "decoder1") + h1)
    y0 = tf.nn.silu(_convolve(_up(y1), w, "decoder0") + h0)
    modulus, phase = tf.split(_convolve(y0, _heads(w), "heads"), 2, axis=3)
    modulus, phase = 2 * tf.sigmoid(modulus), pi * tf.tanh(phase)
    return tf.complex(modulus * tf.cos(phase), modulus * tf.sin(phase))


def _by_name(weights: Tensor, channels: int) -> Mapping[str, Tensor]:
    """The arrays of a flat vector (W,), kernels as (3, 3, inputs, outputs)."""
    table = parameters(channels, width_of(int(weights.shape[0]), channels))
    parts = tf.split(weights, [one.stop - one.start for one in table])
    shaped = {one.name: tf.reshape(part, one.shape) for one, part in zip(table, parts, strict=True)}
    return {
        name: tf.transpose(value, [2, 3, 1, 0]) if len(value.shape) == 4 else value for name, value in shaped.items()
    }


def _heads(w: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    """Both last convolutions as one, which reads its input once; the bias of the phase is zero."""
    bias = w["modulus.bias"]
    kernels = tf.concat([w["modulus.kernel"], w["phase.kernel"]], axis=3)
    return {"heads.kernel": kernels, "heads.bias": tf.concat([bias, tf.zeros_like(bias)], 0)}


def _update(amplitude: Tensor, probe: Tensor, scale: Tensor) -> Tensor:
    """One projection on the measured moduli, object transparent: real parts first (B, N, N, 2 C).

    All stays as the transform leaves it, zero frequency first: only the amplitudes are rolled to it. The division by
    the scale comes last, so that its gradient needs no transform.
    """
    n, real = int(probe.shape[-1]), probe.dtype.real_dtype
    far = tf.signal.fft2d(probe)
    light = tf.reduce_sum(power(far), axis=0) / n**2
    damped = tf.sqrt(light + DAMPING * tf.reduce_mean(light))
    ratio = tf.roll(tf.transpose(amplitude, [0, 3, 1, 2]), [n // 2, n // 2], [2, 3]) / damped
    # As (B, P, C, N, N).
    modes, lit = tf.expand_dims(far, 1), tf.expand_dims(tf.math.conj(probe), 1)
    waves = tf.signal.ifft2d(tf.cast(tf.expand_dims(ratio, 1), far.dtype) * modes)
    measured = tf.reduce_sum(lit * waves, axis=1)
    mode_power = tf.reduce_sum(power(probe), axis=0)
    mean_power = tf.reduce_mean(mode_power)
    measured = tf.transpose(measured, [0, 2, 3, 1]) / tf.cast(mean_power, probe.dtype)
    # What the object leaves of the probe's own power, the same in every channel, is real.
    plain = tf.expand_dims(mode_power / mean_power, -1)
    scale = tf.cast(scale, real)
    return tf.concat([tf.math.real(measured) / scale - plain, tf.math.imag(measured) / scale], axis=3)


def _convolve(x: Tensor, weights: Mapping[str, Tensor], name: str) -> Tensor:
    # Of a 3 x 3 kernel at stride 1, SAME is one row and column of zeros on each side; with the same ring written out
    # as a list, the gradients miss oneDNN and a step takes a third longer.
    out = tf.nn.conv2d(x, weights[f"{name}.kernel"], strides=1, padding="SAME")
    bias = weights.get(f"{name}.bias")
    return out if bias is None else out + bias


def _pool(x: Tensor) -> Tensor:
    """The mean of 2 x 2 pixels."""
    return tf.nn.avg_pool2d(x, 2, 2, "VALID")


@tf.custom_gradient  # type: ignore[untyped-decorator]
def _up(x: Tensor) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
    """Each pixel 2 x 2 times."""
    rows, columns, channels = x.shape[1:]
    each = tf.reshape(x, [-1, rows, 1, columns, 1, channels])
    wide = tf.broadcast_to(each, tf.stack([tf.shape(x)[0], rows, 2, columns, 2, channels]))
    out = tf.reshape(wide, [-1, 2 * rows, 2 * columns, channels])
    # The sum of 2 x 2 pixels, at the speed of their mean.
    return out, lambda gradient: 4 * _pool(gradient)
