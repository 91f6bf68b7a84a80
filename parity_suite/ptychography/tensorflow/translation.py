"""Images moved by sub-pixel offsets, in each of the ways that TensorFlow has for it, and the switch between them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final, NamedTuple

import tensorflow as tf

from parity_suite.ptychography.tensorflow.bilinear import sample
from parity_suite.ptychography.tensorflow.dtypes import Tensor

#: The field's own switch: whether XLA translates, whatever else is compiled.
SWITCH: Final = "USE_XLA_TRANSLATE"
SWITCHES: Final[Mapping[str, Mapping[str, str]]] = {SWITCH: {"0": "gather_eager", "1": "gather_xla"}}

#: Pixels that XLA is given at a time, in blocks of one size for each shape of an image.
_BLOCK_PIXELS: Final = 2**19


class Way(NamedTuple):
    """A kernel of images (Q, H, W) and offsets (Q, 2), and the mode it runs in."""

    move: Callable[[Tensor, Tensor], Tensor]
    mode: str


def chosen_by_environment(mode: str) -> str:
    """The implementation that ``USE_XLA_TRANSLATE`` chooses for a backend in this mode, or the mode's own.

    ``ValueError`` for a value that says neither yes nor no.
    """
    said = os.environ.get(SWITCH, "").strip().lower()
    if said in ("1", "true", "yes", "on"):
        return "gather_xla"
    if said in ("0", "false", "no", "off"):
        return "gather_graph" if mode == "xla" else f"gather_{mode}"
    if said:
        raise ValueError(f"{SWITCH}: {said!r} says neither yes nor no")
    return f"gather_{mode}"


def translate(
    images: Tensor, offsets: Tensor, interpolation: str | None = None, *, move: Callable[[Tensor, Tensor], Tensor]
) -> Tensor:
    """Images ``(B, H, W, 1)`` moved by offsets ``(B / C, 2)``: +x to the right, +y down."""
    return move(images[..., 0], one_each(offsets, tf.shape(images)[0], interpolation))[..., None]


def one_each(offsets: Tensor, count: Tensor, interpolation: str | None) -> Tensor:
    """An offset for each of ``count`` images, whole where the nearest pixel is wanted."""
    if interpolation == "nearest":
        whole = tf.floor(offsets)
        offsets = whole + tf.cast(offsets - whole >= 0.5, offsets.dtype)
    groups = tf.shape(offsets)[0]
    return tf.repeat(offsets, count // tf.maximum(groups, 1), axis=0)


def by_gather(images: Tensor, offsets: Tensor) -> Tensor:
    """By reading the four neighbours of every place."""
    items = tf.range(tf.shape(images, tf.int64)[0])
    return sample(images, items, -offsets, (images.shape[1], images.shape[2]))


def by_projective_transform(images: Tensor, offsets: Tensor) -> Tensor:
    """By ``ImageProjectiveTransformV3``, whose kernels compute in float32 whatever the dtype of the images.

    It has no gradient with respect to the transform, hence none with respect to offsets.
    """
    height, width = images.shape[1:3]
    reach = tf.constant([width + 1.0, height + 1.0], tf.float64)
    x, y = tf.unstack(tf.cast(tf.clip_by_value(offsets, -reach, reach), tf.float32), axis=1)
    zero, one = tf.zeros_like(x), tf.ones_like(x)
    parts = (
        tf.stack([tf.math.real(images), tf.math.imag(images)], axis=-1)
        if images.dtype.is_complex
        else images[..., None]
    )
    moved = tf.raw_ops.ImageProjectiveTransformV3(
        images=parts,
        transforms=tf.stack([one, zero, -x, zero, one, -y, zero, zero], axis=1),
        output_shape=tf.constant([height, width]),
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="CONSTANT",
    )
    return tf.complex(moved[..., 0], moved[..., 1]) if images.dtype.is_complex else moved[..., 0]


def in_blocks(
    run: Callable[[Mapping[str, Tensor]], Tensor], tensors: Mapping[str, Tensor], interpolation: str | None
) -> Tensor:
    """``run`` on blocks of one size, the last one filled up with zeros, so that no number of images is compiled anew.

    ``tensors`` are images, offsets, and whatever else has an item for each image; so has the result.
    """
    images = tensors["images"]
    count, height, width = images.shape[:3]
    each = {**tensors, "offsets": one_each(tensors["offsets"], tf.constant(count), interpolation)}
    size = max(1, _BLOCK_PIXELS // (height * width))
    # Of no images there is one block too: the shape of an item of the result is the program's to say.
    parts = [
        {n: _filled(t[start : start + size], size) for n, t in each.items()} for start in range(0, max(1, count), size)
    ]
    return tf.concat([run(part) for part in parts], axis=0)[:count]


def _filled(part: Tensor, size: int) -> Tensor:
    missing = size - part.shape[0]
    return tf.pad(part, [[0, missing], *[[0, 0]] * (part.shape.rank - 1)]) if missing else part


@cache
def why_not_projective() -> str:
    """Empty where this build of TensorFlow has a kernel for it, else what it said."""
    try:
        with tf.device("/CPU:0"):
            by_projective_transform(tf.zeros([1, 2, 2]), tf.zeros([1, 2], tf.float64))
    except (tf.errors.OpError, AttributeError) as error:
        return f"ImageProjectiveTransformV3: {type(error).__name__}: {' '.join(str(error).split())[:160]}"
    return ""


WAYS: Final[Mapping[str, Way]] = {
    "gather_eager": Way(by_gather, "eager"),
    "projective": Way(by_projective_transform, "eager"),
    "gather_graph": Way(by_gather, "graph"),
    "gather_xla": Way(by_gather, "xla"),
}


def kernel(name: str) -> Callable[..., Any]:
    """The kernel of an implementation, to be run in its mode."""
    return lambda images, offsets, interpolation=None: translate(images, offsets, interpolation, move=WAYS[name].move)
