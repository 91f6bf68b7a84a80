"""Training, bundles and inference of `ptycho`, PtychoPINN in TensorFlow, by its public functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

import numpy as np
import tensorflow as tf
from glue import added
from glue_tensorflow import stitched
from ptycho import diffsim, model, params
from ptycho.model_manager import ModelManager

from parity_suite import Capabilities, Sizes

Array = np.ndarray[Any, Any]
#: Networks of three sizes in float32, for one probe mode.
CAPABILITIES: Final = Capabilities(
    sizes={"N": (64, 128, 256), "C": (1, 4), "P": 1, "B": Sizes(at_least=1)},
    precisions=("float32",),
    coordinates={"reassemble": "images"},
    refuses={},
)
_MODELS: Final = ("autoencoder", "diffraction_to_obj")


@lru_cache(maxsize=4)
def _first_weights(seed: int, channels: int, side: int) -> Array:
    tf.keras.utils.set_random_seed(seed)
    made, _ = model.create_compiled_model(round(channels**0.5), side)
    return np.concatenate([one.ravel() for one in made.get_weights()])


class Learner:
    """Holds one model; what it was made with stands in their table before each call."""

    capabilities = CAPABILITIES

    def __init__(self, *, device: str = "cpu", precision: str = "float32") -> None:
        if device != "cpu":
            raise ValueError(f"device: {device} is not asked")
        self.parameters: dict[str, Any] = {}
        self.models: Mapping[str, tf.keras.Model] = {}

    def configure(self, stage: str, inputs: Mapping[str, Any]) -> None:
        if stage == "train":
            side, channels = inputs["counts"].shape[2:]
            given, settings = inputs["scale"], inputs["settings"]
            self.parameters = {
                "N": side,
                "gridsize": round(channels**0.5),
                # The narrowest that they have, a quarter of the work of their default.
                "n_filters_scale": 1,
                "probe": inputs["probe"][0, ..., None],
                "probe.mask": False,
                "nphotons": float(inputs["counts"].sum() / (len(inputs["counts"]) * channels)),
                "object.big": settings["object_big"],
                "probe.trainable": settings["train_probe"],
                "intensity_scale.trainable": settings["train_scale"],
                "intensity_scale": given or _of_data(inputs),
            }
        if stage == "initial_weights":
            side = inputs["side"]
            probe = np.ones((side, side, 1), np.complex64)
            self.parameters = {"N": side, "n_filters_scale": 1, "intensity_scale": 1.0, "probe": probe}
        if stage in ("train", "load"):
            # As in a process of its own: that the first scale of one stays is told of the stage `scale`.
            model._lazy_cache.pop("log_scale", None)
        params.cfg.update(self.parameters)

    def state_outside(self) -> Any:
        # The variable of the first scale of a process is among what they cache.
        return dict(params.cfg), dict(model._lazy_cache)

    def restore_outside(self, state: Any) -> None:
        for known, before in zip((params.cfg, model._lazy_cache), state, strict=True):
            known.clear()
            known.update(before)

    def initial_weights(self, seed: int, channels: int, side: int) -> Array:
        return _first_weights(seed, channels, side)

    def train(self, **given: Any) -> Mapping[str, Array]:
        settings, amplitude = given["settings"], np.sqrt(given["counts"]).astype(np.float32)
        made, whole = model.create_compiled_model()
        self.models = dict(zip(_MODELS, (made, whole), strict=True))
        ends = np.cumsum([one.size for one in made.get_weights()])[:-1]
        parts = zip(np.split(given["weights"], ends), made.get_weights(), strict=True)
        made.set_weights([one.reshape(like.shape) for one, like in parts])
        made.optimizer.learning_rate = settings["learning_rate"]
        made.optimizer.beta_1, made.optimizer.beta_2 = settings["beta1"], settings["beta2"]
        made.optimizer.epsilon = settings["epsilon"]
        relative = (given["centres"] - given["positions"]).astype(np.float32)
        losses = [self._step(made, amplitude[groups], relative[groups]) for groups in given["order"]]
        return {"losses": np.array(losses, np.float32), "patches": self.infer(amplitude[given["watch"]])}

    def _step(self, made: tf.keras.Model, amplitude: Array, relative: Array) -> float:
        """As their ``prepare_inputs`` and ``prepare_outputs`` feed it; the object is not looked at."""
        nothing = np.zeros((*amplitude.shape[:3], 1), np.complex64)
        return float(made.train_on_batch([amplitude, relative], [nothing, amplitude, amplitude**2])[0])

    def infer(self, amplitude: Array, batch: int | None = None) -> Array:
        """The patches of each group, before they are put together."""
        if not self.models:
            raise LookupError("no model is held")
        made = self.models["autoencoder"]
        network = tf.keras.Model(made.inputs[0], made.get_layer("obj").output)
        size = batch or len(amplitude)
        parts = [network(tf.constant(amplitude[k : k + size])).numpy() for k in range(0, len(amplitude), size)]
        return np.concatenate(parts)

    def infer_stream(
        self, chunks: Iterable[tuple[Array, Array]], centre: Array, canvas: tuple[int, int], batch: int | None = None
    ) -> Mapping[str, Array]:
        return added(stitched(self.infer(one, batch), places, centre, canvas) for one, places in chunks)

    def state(self) -> Mapping[str, Any]:
        if not self.models:
            raise LookupError("no model is held")
        made = self.models["autoencoder"]
        scale = float(tf.exp(made.get_layer("intensity_scaler_inv").w))
        probe = made.get_layer("probe_illumination").w.numpy()
        return {"intensity_scale": scale, "probe": probe, **{one.path: one.numpy() for one in made.weights}}

    def save(self, folder: str) -> None:
        scale = self.state()["intensity_scale"]
        ModelManager.save_multiple_models(dict(self.models), f"{folder}/wts.h5", {}, scale)

    def load(self, folder: str) -> None:
        models = ModelManager.load_multiple_models(f"{folder}/wts.h5", list(_MODELS))
        self.models, self.parameters = models, dict(params.cfg)


def _of_data(inputs: Mapping[str, Any]) -> float:
    """What ``scale_nphotons`` makes of the probe under a transparent object."""
    channels = inputs["counts"].shape[3]
    params.cfg["nphotons"] = float(inputs["counts"].sum() / (len(inputs["counts"]) * channels))
    return float(diffsim.scale_nphotons(tf.abs(tf.constant(inputs["probe"][..., None]))))
