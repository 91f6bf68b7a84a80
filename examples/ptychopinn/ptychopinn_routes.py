"""Other ways in which `ptycho` does a stage, each a backend of that stage alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import tensorflow as tf
from glue import window
from glue_tensorflow import configured
from ptycho import custom_layers, raw_data
from ptychopinn_tensorflow import CAPABILITIES, Array, TensorFlow


class _Another:
    """Another of their ways to do a stage."""

    capabilities = CAPABILITIES

    def __init__(self, *, device: str = "cpu", precision: str = "float32") -> None:
        self.default = TensorFlow(device=device, precision=precision)


class Gather(_Another):
    """The translation that USE_XLA_TRANSLATE=0, or their parameter, chooses."""

    def translate(self, images: Array, offsets: Array, interpolation: str | None = None) -> Array:
        with configured(use_xla_translate=False):
            return self.default.translate(images, offsets, interpolation)


class Grouped(_Another):
    """True patches as `generate_grouped_data` makes them: of the centre of a group and the places relative to it."""

    def extract(self, object: Array, positions: Array, size: int) -> Array:
        given = {"N": size, "gridsize": round(positions.shape[-1] ** 0.5)}
        return raw_data.get_image_patches(object, *raw_data.get_relative_coords(positions), **given).numpy()


class Trained(_Another):
    """Patches as the layers of their model cut them from a square object, and put a group on a canvas of its own."""

    capabilities = replace(CAPABILITIES, choices={"reassemble": ("own centres",)}, outputs={"reassemble": ("canvas",)})

    def extract(self, object: Array, positions: Array, size: int) -> Array:
        side = max(object.shape) + (max(object.shape) - size) % 2
        centred = tf.constant(window(object, (side, side))[None, ..., None])
        middle = np.array(object.shape[::-1]).reshape(1, 1, 2, 1) // 2
        given = {"N": size, "gridsize": round(positions.shape[-1] ** 0.5), "dtype": "complex64"}
        offsets = tf.constant(middle - positions)
        flat = custom_layers.ExtractPatchesPositionLayer(**given)([tf.repeat(centred, len(positions), 0), offsets])
        # In the flat layout, whatever its description says.
        return np.moveaxis(flat.numpy().reshape(len(positions), positions.shape[-1], *flat.shape[1:3]), 1, 3)

    def reassemble(self, patches: Array, positions: Array, centre: Array, canvas: tuple[int, int]) -> Array:
        side, channels = patches.shape[2:]
        given = {"N": side, "gridsize": round(channels**0.5), "padded_size": max(canvas) + (max(canvas) - side) % 2}
        layer = custom_layers.ReassemblePatchesLayer(dtype="complex64", **given)
        whole = layer([tf.constant(patches), tf.constant((centre - positions).astype(np.float32))])
        return window(whole.numpy()[..., 0], canvas)
