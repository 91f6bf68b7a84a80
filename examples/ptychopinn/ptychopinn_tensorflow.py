"""The stages that `ptycho`, PtychoPINN in TensorFlow, has: NumPy arrays in and out, float32 alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, Final

import numpy as np
import tensorflow as tf
from glue import ordered, window
from ptycho import custom_layers, diffsim, model, params, raw_data, tf_helper, train_pinn
from ptycho.probe import set_probe

from parity_suite import Capabilities, Sizes

Array = np.ndarray[Any, Any]
#: One probe mode in float32, no empty batch, and even sides where patches are put together; nothing is refused.
CAPABILITIES: Final = Capabilities(
    sizes={"P": 1, "B": Sizes(at_least=1), "reassemble.N": Sizes(multiple_of=2)},
    precisions=("float32",),
    coordinates={"extract": "images", "translate": "images", "reassemble": "images"},
    refuses={},
)


@contextmanager
def configured(**values: Any) -> Iterator[None]:
    """Their dictionary of parameters with these values, put back afterwards."""
    before = dict(params.cfg)
    params.cfg.update(values)
    try:
        yield
    finally:
        params.cfg.clear()
        params.cfg.update(before)


class TensorFlow:
    capabilities = CAPABILITIES

    def __init__(self, *, device: str = "cpu", precision: str = "float32") -> None:
        if device != "cpu":
            raise ValueError(f"device: {device} is not asked")

    @classmethod
    def describe(cls) -> Mapping[str, str]:
        return {"tensorflow": tf.__version__}

    def probe(self, probe: Array, probe_scale: float, masked: bool) -> Mapping[str, Any]:
        (mode,) = probe[..., None]
        with configured(N=len(mode), probe_scale=probe_scale, **{"probe.mask": masked}):
            set_probe(tf.constant(mode))
            normed = params.get("probe")
            lit = model.ProbeIllumination(initial_probe=normed, N=len(mode))([tf.ones_like(normed)[None]])[1]
        factor = float(np.sum(np.abs(mode)) / np.sum(np.abs(normed)))
        return {"probe": lit.numpy()[0, 0, None, :, :, 0], "factor": factor}

    def group(self, positions: Array, gridsize: int) -> Mapping[str, Array]:
        (x, y), count = positions.T, len(positions)
        data = raw_data.RawData(x, y, x, y, np.ones((count, 1, 1)), None, None)
        # As many neighbours as they take at least, so that none is left to chance.
        taken = {"K": gridsize**2, "nsamples": count, "sequential_sampling": True, "gridsize": gridsize}
        indices = ordered(data.generate_grouped_data(1, **taken)["nn_indices"].astype(np.int64), positions)
        offsets, relative = raw_data.get_relative_coords(np.moveaxis(positions[indices], 2, 1)[:, None])
        return {"indices": indices, "coords_offsets": offsets, "coords_relative": relative}

    def layout(self, images: Array, source: str, target: str, gridsize: int) -> Array:
        flat = {"grid": tf_helper._fromgrid, "channel": tf_helper._channel_to_flat, "flat": tf.identity}
        wanted = {"grid": tf_helper._togrid, "channel": tf_helper._flat_to_channel, "flat": tf.identity}
        with configured(N=images.shape[-2], gridsize=gridsize):
            return wanted[target](flat[source](tf.constant(images))).numpy()

    def extract(self, object: Array, positions: Array, size: int) -> Array:
        given = {"N": size, "gridsize": round(positions.shape[-1] ** 0.5)}
        return raw_data.get_image_patches(object, positions, np.zeros_like(positions), **given).numpy()

    def illuminate(self, patches: Array, probe: Array) -> Array:
        with configured(**{"probe.mask": False}):
            layer = model.ProbeIllumination(initial_probe=probe[0, ..., None], N=probe.shape[-1])
            return layer([tf.constant(patches)])[0].numpy()[:, None]

    def diffract(self, psi: Array) -> Array:
        batch, _, side, _, channels = psi.shape
        flat = np.moveaxis(psi[:, 0], 3, 1).reshape(-1, side, side, 1)
        amplitude = custom_layers.PadAndDiffractLayer(h=side, w=side, pad=False)(tf.constant(flat))[1]
        return np.moveaxis(amplitude.numpy().reshape(batch, channels, side, side), 1, 3)

    def scale(self, psi: Array | None, nphotons: float, size: int, learned: float | None = None) -> Mapping[str, Any]:
        with configured(N=size, nphotons=float(nphotons), intensity_scale=learned):
            if learned is not None:
                return {"scale": float(model.IntensityScaler_inv()([tf.ones(1)])[0]), "source": "learned"}
            if psi is not None:
                return {"scale": float(diffsim.scale_nphotons(tf.abs(psi[:, 0]))), "source": "data"}
            return {"scale": float(train_pinn.calculate_intensity_scale(SimpleNamespace(X=None))), "source": "closed"}

    def observe(self, amplitude: Array, scale: float, seed: int) -> Array:
        tf.random.set_seed(seed)
        observed = diffsim.observe_amplitude(tf.constant(np.float32(scale) * amplitude))
        return np.rint(observed.numpy().astype(np.float64) ** 2)

    def translate(self, images: Array, offsets: Array, interpolation: str | None = None) -> Array:
        by = tf.constant(offsets.astype(np.float32))
        return tf_helper.translate(tf.constant(images), by, interpolation=interpolation or "bilinear").numpy()

    def reassemble(
        self, patches: Array, positions: Array, centre: Array, canvas: tuple[int, int]
    ) -> Mapping[str, Array]:
        if centre.ndim == 1:
            return self._stitched(patches, positions, centre, canvas)
        groups = [
            self._stitched(patches[i : i + 1], positions[i : i + 1], one[0, :, 0], canvas)
            for i, one in enumerate(centre)
        ]
        return {name: np.stack([one[name] for one in groups]) for name in groups[0]}

    def _stitched(
        self, patches: Array, positions: Array, centre: Array, canvas: tuple[int, int]
    ) -> Mapping[str, Array]:
        """Their centre is the mean of the positions: empty patches at the mirrored ones make it ours."""
        side = patches.shape[1]
        flat = np.moveaxis(patches, 3, 1).reshape(-1, side, side, 1)
        here = np.moveaxis(positions, 3, 1).reshape(-1, 2).astype(np.float64)
        there = np.concatenate([here, 2 * centre - here])[:, None, None]
        with configured(N=side):
            stacks = (np.concatenate([one, np.zeros_like(one)]) for one in (flat, np.ones_like(flat)))
            numerator, count = (tf_helper.shift_and_sum(one, there, M=side).numpy() for one in stacks)
        found = {"numerator": numerator, "count": count.real, "canvas": numerator / (1e-9 + count)}
        return {name: window(value[..., 0], canvas) for name, value in found.items()}

    def loss(self, amplitude: Array, counts: Array, scale: float, patches: Array) -> Mapping[str, float]:
        scaled = tf.constant(np.float32(scale) * amplitude)
        rate = custom_layers.SquareLayer()(scaled)
        observed = tf.constant(counts.astype(np.float32))
        nll = float(tf.reduce_mean(model.negloglik(observed, rate)))
        mae = float(tf.reduce_mean(tf.keras.losses.get("mean_absolute_error")(tf.sqrt(observed), scaled)))
        variation = float(tf_helper.total_variation(tf.constant(patches)))
        # Keras takes the mean over all pixels, and their variation is the sum over the batch.
        named = {"poisson_nll": nll * amplitude[0].size, "amplitude_mae": mae}
        return {**named, "total_variation": variation / len(patches)}
