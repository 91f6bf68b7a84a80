"""The stages that `ptycho`, PtychoPINN in TensorFlow, has: NumPy arrays in and out, float32 alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, Final

import numpy as np
import tensorflow as tf
from glue import checked, ordered, window
from ptycho import custom_layers, diffsim, model, params, raw_data, tf_helper, train_pinn
from ptycho.probe import set_probe

Array = np.ndarray[Any, Any]
#: All compute in float32 where they sample.
SAMPLES: Final = {"extract": "images", "translate": "images", "reassemble": "images"}


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


def one_mode(modes: Array) -> Array:
    """The only mode (..., N, N, C) of (..., P, N, N, C); their probe has no more."""
    if modes.shape[1] == 1:
        return modes[:, 0]
    raise NotImplementedError("one probe mode is all there is")


class TensorFlow:
    coordinates = SAMPLES

    def __init__(self, *, device: str = "cpu", precision: str = "float32") -> None:
        if (device, precision) != ("cpu", "float32"):
            raise ValueError(f"precision: {precision} on {device} is not to be had")

    @classmethod
    def describe(cls) -> Mapping[str, str]:
        return {"tensorflow": tf.__version__}

    @checked
    def probe(self, probe: Array, probe_scale: float, masked: bool) -> Mapping[str, Any]:
        (mode,) = one_mode(probe[None, ..., None])
        with configured(N=len(mode), probe_scale=probe_scale, **{"probe.mask": masked}):
            set_probe(tf.constant(mode))
            normed = params.get("probe")
            lit = model.ProbeIllumination(initial_probe=normed, N=len(mode))([tf.ones_like(normed)[None]])[1]
        factor = float(np.sum(np.abs(mode)) / np.sum(np.abs(normed)))
        return {"probe": lit.numpy()[0, 0, None, :, :, 0], "factor": factor}

    @checked
    def group(self, positions: Array, gridsize: int) -> Mapping[str, Array]:
        (x, y), count = positions.T, len(positions)
        data = raw_data.RawData(x, y, x, y, np.ones((count, 1, 1)), None, None)
        # As many neighbours as they take at least, so that none is left to chance.
        taken = {"K": gridsize**2, "nsamples": count, "sequential_sampling": True, "gridsize": gridsize}
        indices = ordered(data.generate_grouped_data(1, **taken)["nn_indices"].astype(np.int64), positions)
        offsets, relative = raw_data.get_relative_coords(np.moveaxis(positions[indices], 2, 1)[:, None])
        return {"indices": indices, "coords_offsets": offsets, "coords_relative": relative}

    @checked
    def layout(self, images: Array, source: str, target: str, gridsize: int) -> Array:
        flat = {"grid": tf_helper._fromgrid, "channel": tf_helper._channel_to_flat, "flat": tf.identity}
        wanted = {"grid": tf_helper._togrid, "channel": tf_helper._flat_to_channel, "flat": tf.identity}
        with configured(N=images.shape[-2], gridsize=gridsize):
            return wanted[target](flat[source](tf.constant(images))).numpy()

    @checked
    def extract(self, object: Array, positions: Array, size: int) -> Array:
        given = {"N": size, "gridsize": round(positions.shape[-1] ** 0.5)}
        return raw_data.get_image_patches(object, positions, np.zeros_like(positions), **given).numpy()

    @checked
    def illuminate(self, patches: Array, probe: Array) -> Array:
        with configured(**{"probe.mask": False}):
            layers = [model.ProbeIllumination(initial_probe=one[..., None], N=len(one)) for one in probe]
            return np.stack([layer([tf.constant(patches)])[0].numpy() for layer in layers], axis=1)

    @checked
    def diffract(self, psi: Array) -> Array:
        wave = one_mode(psi)
        batch, side, _, channels = wave.shape
        flat = np.moveaxis(wave, 3, 1).reshape(-1, side, side, 1)
        amplitude = custom_layers.PadAndDiffractLayer(h=side, w=side, pad=False)(tf.constant(flat))[1]
        return np.moveaxis(amplitude.numpy().reshape(batch, channels, side, side), 1, 3)

    @checked
    def scale(self, psi: Array | None, nphotons: float, size: int, learned: float | None = None) -> Mapping[str, Any]:
        with configured(N=size, nphotons=float(nphotons), intensity_scale=learned):
            if learned is not None:
                return {"scale": float(model.IntensityScaler_inv()([tf.ones(1)])[0]), "source": "learned"}
            if psi is not None:
                modulus = tf.constant(np.sqrt(np.sum(np.abs(psi) ** 2, axis=1)))
                return {"scale": float(diffsim.scale_nphotons(modulus)), "source": "data"}
            return {"scale": float(train_pinn.calculate_intensity_scale(SimpleNamespace(X=None))), "source": "closed"}

    @checked
    def observe(self, amplitude: Array, scale: float, seed: int) -> Array:
        tf.random.set_seed(seed)
        observed = diffsim.observe_amplitude(tf.constant(np.float32(scale) * amplitude))
        return np.rint(observed.numpy().astype(np.float64) ** 2)

    @checked
    def translate(self, images: Array, offsets: Array, interpolation: str | None = None) -> Array:
        by = tf.constant(offsets.astype(np.float32))
        return tf_helper.translate(tf.constant(images), by, interpolation=interpolation or "bilinear").numpy()

    @checked
    def reassemble(
        self, patches: Array, positions: Array, centre: Array, canvas: tuple[int, int]
    ) -> Mapping[str, Array]:
        if centre.ndim == 1:
            return self._stitched(patches, positions, centre, canvas)
        groups = [
            self._stitched(patches[i : i + 1], positions[i : i + 1], one[0, :, 0], canvas)
            for i, one in enumerate(centre)
        ]
        none = self._stitched(patches[:0], positions[:0], np.zeros(2), canvas)
        return {name: np.stack([none[name], *(one[name] for one in groups)])[1:] for name in none}

    def _stitched(
        self, patches: Array, positions: Array, centre: Array, canvas: tuple[int, int]
    ) -> Mapping[str, Array]:
        """Their centre is the mean of the positions: empty patches at the mirrored ones make it ours."""
        side = patches.shape[1]
        flat = np.moveaxis(patches, 3, 1).reshape(-1, side, side, 1)
        if not len(flat):
            none = np.zeros(canvas, patches.dtype)
            return {"numerator": none, "count": none.real, "canvas": none}
        here = np.moveaxis(positions, 3, 1).reshape(-1, 2).astype(np.float64)
        there = np.concatenate([here, 2 * centre - here])[:, None, None]
        with configured(N=side):
            stacks = (np.concatenate([one, np.zeros_like(one)]) for one in (flat, np.ones_like(flat)))
            numerator, count = (tf_helper.shift_and_sum(one, there, M=side).numpy() for one in stacks)
        found = {"numerator": numerator, "count": count.real, "canvas": numerator / (1e-9 + count)}
        return {name: window(value[..., 0], canvas) for name, value in found.items()}

    @checked
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
