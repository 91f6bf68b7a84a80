"""Training, bundles and inference of `ptycho_torch`, PtychoPINN in PyTorch, by its public functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
import torch
from glue import added
from ptycho import params
from ptycho_torch import config_bridge, helper, model_manager
from ptycho_torch.config_params import DataConfig, InferenceConfig, ModelConfig, TrainingConfig
from ptycho_torch.model import PtychoPINN_Lightning
from ptycho_torch.workflows.components import load_inference_bundle_torch
from ptychopinn_torch import Array, Torch, first

from parity_suite import Capabilities, Sizes

#: Networks of three sizes, in float32, and a probe that is not trained.
CAPABILITIES: Final = Capabilities(
    sizes={"N": (64, 128, 256), "C": (1, 4), "B": Sizes(at_least=1)},
    precisions=("float32",),
    coordinates={"reassemble": "images"},
    choices={"train": ("fixed probe",)},
    refuses={},
)
#: That of amplitudes which were divided by an intensity scale, as in `ptycho`.
_PROFILE: Final = {"scale_contract_version": "legacy_v1", "measurement_domain": "normalized_amplitude"}


def made(
    side: int, channels: int, object_big: bool = True, train_scale: bool = False, **rates: float
) -> PtychoPINN_Lightning:
    """Their network, and the loss that it is trained on."""
    grid = round(channels**0.5)
    network = ModelConfig(
        C_model=channels,
        C_forward=channels,
        object_big=object_big,
        # The narrowest that they have, a quarter of the work of their default.
        n_filters_scale=1,
        intensity_scale_trainable=train_scale,
        # A factor on the scale that the amplitudes were divided by.
        intensity_scale=1.0,
    )
    data = DataConfig(N=side, C=channels, grid_size=(grid, grid), probe_scale=1.0, **_PROFILE)
    return PtychoPINN_Lightning(network, data, TrainingConfig(device="cpu", **rates), InferenceConfig())


class TorchLearner:
    """Holds one model, the probe that it was trained with, and the scale that amplitudes are divided by."""

    capabilities = CAPABILITIES

    def __init__(self, *, device: str = "cpu", precision: str = "float32") -> None:
        if device != "cpu":
            raise ValueError(f"device: {device} is not asked")
        self.model: PtychoPINN_Lightning | None = None
        self.probe: Array | None = None
        self.scale = 1.0

    def state_outside(self) -> Any:
        return dict(params.cfg)

    def restore_outside(self, state: Any) -> None:
        params.cfg.clear()
        params.cfg.update(state)

    def initial_weights(self, seed: int, channels: int, side: int) -> Array:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return torch.nn.utils.parameters_to_vector(made(side, channels).parameters()).detach().numpy()

    def train(self, **given: Any) -> Mapping[str, Array]:
        settings, counts = given["settings"], given["counts"]
        given_so = {name: settings[name] for name in ("object_big", "train_scale", "learning_rate")}
        rates = {f"adam_{name}": settings[name] for name in ("beta1", "beta2")}
        with torch.random.fork_rng(devices=[]):
            self.model = made(*counts.shape[2:], **given_so, **rates)
        self.probe, self.scale = given["probe"].copy(), given["scale"] or _of_data(given)
        torch.nn.utils.vector_to_parameters(torch.from_numpy(given["weights"].copy()), self.model.parameters())
        optimiser = self.model.configure_optimizers()["optimizer"]
        optimiser.param_groups[0]["eps"] = settings["epsilon"]
        relative = torch.from_numpy((given["centres"] - given["positions"]).astype(np.float32)).permute(0, 3, 1, 2)
        amplitude = first(np.sqrt(counts).astype(np.float32)) / self.scale
        losses = []
        for groups in given["order"]:
            loss = self.model.compute_loss(self._batch(amplitude[groups], relative[groups]))
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            losses.append(loss.item())
        watched = self._batch(amplitude[given["watch"]], relative[given["watch"]])
        return {"losses": np.array(losses, np.float32), "patches": self._trained_patches(*watched)}

    def _batch(self, images: torch.Tensor, relative: torch.Tensor) -> tuple[Mapping[str, torch.Tensor], Any, Any]:
        """As their loaders make it."""
        ones = torch.ones(len(images), 1, 1, 1)
        fields = {
            "images": images,
            "coords_relative": relative,
            "rms_scaling_constant": ones,
            "physics_scaling_constant": self.scale * ones,
            "experiment_id": torch.zeros(len(images), dtype=torch.long),
        }
        return fields, torch.from_numpy(self.probe).expand(*images.shape[:2], *self.probe.shape), ones

    @torch.no_grad()
    def _trained_patches(self, fields: Mapping[str, torch.Tensor], probe: torch.Tensor, ones: torch.Tensor) -> Array:
        given = fields["images"], fields["coords_relative"], probe, ones, ones, fields["experiment_id"]
        _, modulus, phase = self.model(*given)
        return torch.polar(modulus, phase).permute(0, 2, 3, 1).numpy()

    @torch.no_grad()
    def infer(self, amplitude: Array, batch: int | None = None) -> Array:
        if self.model is None:
            raise LookupError("no model is held")
        parts = (first(amplitude.astype(np.float32)) / self.scale).split(batch or len(amplitude))
        patches = [self.model.forward_predict(one, None, None, torch.ones(len(one), 1, 1, 1)) for one in parts]
        return torch.cat(patches).permute(0, 2, 3, 1).numpy()

    def infer_stream(
        self, chunks: Iterable[tuple[Array, Array]], centre: Array, canvas: tuple[int, int], batch: int | None = None
    ) -> Mapping[str, Array]:
        stitch = Torch().reassemble
        return added(stitch(self.infer(one, batch), places, centre, canvas) for one, places in chunks)

    @torch.no_grad()
    def state(self) -> Mapping[str, Any]:
        if self.model is None:
            raise LookupError("no model is held")
        config, scaler = self.model.model_config, self.model.model.forward_model.scaler
        # What this kind of a forward model is made with and does not use.
        unused = ("rect_scaler", *(() if config.intensity_scale_trainable else ("alpha", "beta")))
        named = {name: one.numpy().copy() for name, one in self.model.state_dict().items()}
        named = {name: one for name, one in named.items() if not any(part in name.split(".") for part in unused)}
        probe = {} if self.probe is None else {"probe": self.probe.copy()}
        return {"intensity_scale": float(scaler.inv_scale(self.scale, 1.0)), **probe, **named}

    def save(self, folder: str) -> None:
        if self.model is None:
            raise LookupError("no model is held")
        data, network = self.model.data_config, self.model.model_config
        common = config_bridge.to_model_config(data, network)
        lacking = {"train_data_file": "none.npz", "n_groups": 1, "nphotons": data.nphotons}
        config = config_bridge.to_training_config(common, data, network, self.model.training_config, lacking)
        models = {"autoencoder": {"_sentinel": "autoencoder"}, "diffraction_to_obj": self.model}
        model_manager.save_torch_bundle(models, f"{folder}/wts.h5", config, self.state()["intensity_scale"])

    def load(self, folder: str) -> None:
        models, told = load_inference_bundle_torch(folder, **_PROFILE)
        self.model, self.probe, self.scale = models["diffraction_to_obj"], None, told["intensity_scale"]


def _of_data(inputs: Mapping[str, Any]) -> float:
    """Of the probe under a transparent object."""
    power = torch.from_numpy(np.sqrt(np.sum(np.abs(inputs["probe"]) ** 2, axis=0)))[None, None]
    photons = inputs["counts"].sum() / (len(inputs["counts"]) * inputs["counts"].shape[3])
    return helper.derive_intensity_scale_from_amplitudes(power, photons).item()
