"""Other ways in which `ptycho` does a stage: implementations of it beside the default one."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np
import tensorflow as tf
from glue import window
from glue_tensorflow import configured
from ptycho import custom_layers, raw_data
from ptychopinn_tensorflow import CAPABILITIES, Array, TensorFlow


class Routes(TensorFlow):
    implementations: ClassVar = {"gather": "translate", "grouped": "extract", "trained": ("extract", "reassemble")}
    capabilities_trained = replace(
        CAPABILITIES, choices={"reassemble": ("own centres",)}, outputs={"reassemble": ("canvas",)}
    )

    def translate_gather(self, images: Array, offsets: Array, interpolation: str | None = None) -> Array:
        """The translation that USE_XLA_TRANSLATE=0, or their parameter, chooses."""
        with configured(use_xla_translate=False):
            return self.translate(images, offsets, interpolation)

    def extract_grouped(self, object: Array, positions: Array, size: int) -> Array:
        """True patches as `generate_grouped_data` makes them: of the centre of a group and places relative to it."""
        given = {"N": size, "gridsize": round(positions.shape[-1] ** 0.5)}
        return raw_data.get_image_patches(object, *raw_data.get_relative_coords(positions), **given).numpy()

    def extract_trained(self, object: Array, positions: Array, size: int) -> Array:
        """Patches as a layer of their model cuts them from a square object."""
        side = max(object.shape) + (max(object.shape) - size) % 2
        centred = tf.constant(window(object, (side, side))[None, ..., None])
        middle = np.array(object.shape[::-1]).reshape(1, 1, 2, 1) // 2
        given = {"N": size, "gridsize": round(positions.shape[-1] ** 0.5), "dtype": "complex64"}
        offsets = tf.constant(middle - positions)
        flat = custom_layers.ExtractPatchesPositionLayer(**given)([tf.repeat(centred, len(positions), 0), offsets])
        # In the flat layout, whatever its description says.
        return np.moveaxis(flat.numpy().reshape(len(positions), positions.shape[-1], *flat.shape[1:3]), 1, 3)

    def reassemble_trained(self, patches: Array, positions: Array, centre: Array, canvas: tuple[int, int]) -> Array:
        """A group on a canvas of its own, as a layer of their model puts it."""
        side, channels = patches.shape[2:]
        given = {"N": side, "gridsize": round(channels**0.5), "padded_size": max(canvas) + (max(canvas) - side) % 2}
        layer = custom_layers.ReassemblePatchesLayer(dtype="complex64", **given)
        whole = layer([tf.constant(patches), tf.constant((centre - positions).astype(np.float32))])
        return window(whole.numpy()[..., 0], canvas)
