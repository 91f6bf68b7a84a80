"""Other ways in which `ptycho` does a stage, each a backend of that stage alone."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import tensorflow as tf
from glue import checked, window
from ptycho import custom_layers, raw_data, tf_helper
from ptychopinn_tensorflow import SAMPLES, Array, TensorFlow, configured


class _Another:
    """Another of their ways to do a stage."""

    coordinates = SAMPLES

    def __init__(self, *, device: str = "cpu", precision: str = "float32") -> None:
        self.default = TensorFlow(device=device, precision=precision)


class Gather(_Another):
    """The translation that USE_XLA_TRANSLATE=0, or their parameter, chooses."""

    @checked
    def translate(self, images: Array, offsets: Array, interpolation: str | None = None) -> Array:
        with configured(use_xla_translate=False):
            return self.default.translate(images, offsets, interpolation)


class Grouped(_Another):
    """True patches as `generate_grouped_data` makes them: of the centre of a group and the places relative to it."""

    @checked
    def extract(self, object: Array, positions: Array, size: int) -> Array:
        given = {"N": size, "gridsize": round(positions.shape[-1] ** 0.5)}
        return raw_data.get_image_patches(object, *raw_data.get_relative_coords(positions), **given).numpy()


class Trained(_Another):
    """Patches as the layers of their model cut them from a square object, and put a group on a canvas of its own."""

    @checked
    def extract(self, object: Array, positions: Array, size: int) -> Array:
        side = max(object.shape) + (max(object.shape) - size) % 2
        centred = tf.constant(window(object, (side, side))[None, ..., None])
        middle = np.array(object.shape[::-1]).reshape(1, 1, 2, 1) // 2
        given = {"N": size, "gridsize": round(positions.shape[-1] ** 0.5), "dtype": "complex64"}
        offsets = tf.constant(middle - positions)
        flat = custom_layers.ExtractPatchesPositionLayer(**given)([tf.repeat(centred, len(positions), 0), offsets])
        # In the flat layout, whatever its description says.
        return np.moveaxis(flat.numpy().reshape(len(positions), -1, *flat.shape[1:3]), 1, 3)

    @checked
    def reassemble(
        self, patches: Array, positions: Array, centre: Array, canvas: tuple[int, int]
    ) -> Mapping[str, Array]:
        if centre.ndim == 1:
            return self.default.reassemble(patches, positions, centre, canvas)
        side, channels = patches.shape[2:]
        given = {"N": side, "gridsize": round(channels**0.5), "padded_size": max(canvas) + (max(canvas) - side) % 2}
        tiles, offsets = tf.constant(patches), tf.constant((centre - positions).astype(np.float32))
        add = tf_helper.mk_reassemble_position_batched_real(offsets, **given)
        found = {
            "numerator": add(tiles),
            "count": tf_helper.mk_norm(tf.math.real(tiles), add, N=side, gridsize=given["gridsize"]) - 1e-3,
            "canvas": custom_layers.ReassemblePatchesLayer(dtype="complex64", **given)([tiles, offsets]),
        }
        return {name: window(value.numpy()[..., 0], canvas) for name, value in found.items()}
