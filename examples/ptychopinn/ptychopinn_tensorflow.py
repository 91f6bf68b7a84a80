"""The stages that `ptycho`, PtychoPINN in TensorFlow, has: NumPy arrays in and out, float32 alone."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import SimpleNamespace
from typing import Any, Final

import numpy as np
import tensorflow as tf
from glue import ordered
from glue_tensorflow import configured, stitched
from ptycho import custom_layers, diffsim, model, params, raw_data, tf_helper, train_pinn
from ptycho.probe import set_probe

from parity_suite import Adapter, Capabilities, Convention, Sizes, adapt, conventions

Array = np.ndarray[Any, Any]
#: One probe mode in float32, no empty batch, and even sides where patches are put together; nothing is refused.
CAPABILITIES: Final = Capabilities(
    sizes={
        "P": 1,
        "B": Sizes(at_least=1),
        # Theirs cuts patches one by one, and each group is stitched by a call of its own.
        "extract.B": Sizes(at_least=1, at_most=160),
        "reassemble.B": Sizes(at_least=1, at_most=160),
        "reassemble.N": Sizes(multiple_of=2),
        "probe.N": Sizes(multiple_of=4),
    },
    precisions=("float32",),
    coordinates={"extract": "images", "translate": "images", "reassemble": "images"},
    refuses={},
)


@lru_cache
def illumination(side: int) -> model.ProbeIllumination:
    return model.ProbeIllumination(initial_probe=np.ones((side, side, 1), np.complex64), N=side)


def illuminated(patches: tf.Tensor, probe: tf.Tensor) -> tf.Tensor:
    with configured(**{"probe.mask": False}):
        layer = illumination(probe.shape[0])
        # Theirs is a variable, which has no gradient in what it was made of.
        layer.w = probe[None]
        return layer([patches])[0]


def far_field(psi: tf.Tensor) -> tf.Tensor:
    return custom_layers.PadAndDiffractLayer(h=psi.shape[1], w=psi.shape[2], pad=False)(psi)[1]


def translated(images: tf.Tensor, offsets: tf.Tensor, interpolation: str = "bilinear") -> tf.Tensor:
    return tf_helper.translate(images, offsets, interpolation=interpolation)


def losses(amplitude: tf.Tensor, counts: tf.Tensor, scale: float, patches: tf.Tensor) -> Mapping[str, tf.Tensor]:
    scaled, observed = scale * amplitude, tf.cast(counts, amplitude.dtype)
    return {
        # Keras takes the mean over all pixels.
        "poisson_nll": tf.reduce_mean(model.negloglik(observed, custom_layers.SquareLayer()(scaled))),
        "amplitude_mae": tf.reduce_mean(tf.keras.losses.get("mean_absolute_error")(tf.sqrt(observed), scaled)),
        "total_variation": tf_helper.total_variation(patches),
    }


class TensorFlow(Adapter, framework="tensorflow"):
    capabilities = CAPABILITIES

    illuminate = adapt(illuminated, probe="N M P", psi="B N M (P C)")
    diffract = adapt(far_field, psi="(B P C) N M 1", amplitude="(B C) N M 1")
    translate = adapt(translated, offsets=Convention(dtype="float32", blocks=True))
    loss = adapt(losses, nll_mean="pixels", variation_norm="squared", variation_mean="none")

    def configure(self, stage: str, inputs: Mapping[str, Any]) -> None:
        if stage == "illuminate":
            # A layer makes a variable, which none can do inside a graph.
            illumination(inputs["probe"].shape[-1])

    @classmethod
    def devices(cls) -> tuple[str, ...]:
        return ("cpu",)

    @classmethod
    def describe(cls) -> Mapping[str, str]:
        return {"tensorflow": tf.__version__}

    @conventions(mask_centre="corner", norm_of="masked")
    def probe(self, probe: Array, probe_scale: float, masked: bool) -> Mapping[str, Any]:
        (mode,) = probe[..., None]
        with configured(N=len(mode), probe_scale=probe_scale, **{"probe.mask": masked}):
            set_probe(tf.constant(mode))
            normed = params.get("probe")
            lit = model.ProbeIllumination(initial_probe=normed, N=len(mode))([tf.ones_like(normed)[None]])[1]
        factor = float(np.sum(np.abs(mode)) / np.sum(np.abs(normed)))
        return {"probe": lit.numpy()[0, 0, None, :, :, 0], "factor": factor}

    @conventions(seed="left out", ties="any")
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

    def reassemble(
        self, patches: Array, positions: Array, centre: Array, canvas: tuple[int, int]
    ) -> Mapping[str, Array]:
        if centre.ndim == 1:
            return stitched(patches, positions, centre, canvas)
        each = enumerate(centre[:, 0, :, 0])
        groups = [stitched(patches[i : i + 1], positions[i : i + 1], one, canvas) for i, one in each]
        return {name: np.stack([one[name] for one in groups]) for name in groups[0]}
