"""The stages that `ptycho_torch`, PtychoPINN in PyTorch, has: NumPy arrays in and out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import torch
from glue import ordered
from ptycho_torch import helper, model, patch_generator, probe_mask, reassembly
from ptycho_torch.config_params import DataConfig, ModelConfig
from ptycho_torch.datagen import datagen
from ptycho_torch.patch_stats_instrumentation import PatchStatsLogger

from parity_suite import Capabilities, Sizes, conventions

Array = np.ndarray[Any, Any]
#: Their translation multiplies by a float32 constant whatever the precision, and there is no scale in closed form.
CAPABILITIES: Final = Capabilities(
    sizes={"B": Sizes(at_least=1)},
    coordinates={"extract": "float32", "translate": "float32", "reassemble": "images"},
    choices={"scale": ("learned", "data")},
    refuses={},
)


def first(array: Array) -> torch.Tensor:
    """Channels first: (B, N, N, C) as (B, C, N, N)."""
    return torch.from_numpy(np.moveaxis(array, -1, 1).copy())


class Torch:
    capabilities = CAPABILITIES

    def __init__(self, *, device: str = "cpu", precision: str = "float32") -> None:
        if device != "cpu":
            raise ValueError(f"device: {device} is not asked")
        self.real, self.complex = (
            (torch.float32, torch.complex64) if precision == "float32" else (torch.float64, torch.complex128)
        )

    @classmethod
    def describe(cls) -> Mapping[str, str]:
        return {"torch": torch.__version__}

    def probe(self, probe: Array, probe_scale: float, masked: bool) -> Mapping[str, Any]:
        normed, inverse = helper.normalize_probe_like_tf(probe, probe_scale, probe_mask=masked)
        mask = probe_mask.resolve_probe_mask_np(probe.shape[-1], probe_mask=masked)
        return {"probe": mask * normed, "factor": 1 / inverse}

    def group(self, positions: Array, gridsize: int) -> Mapping[str, Array]:
        (x, y), count = positions.T, gridsize**2
        config = DataConfig(C=count, K=count - 1, n_subsample=1)
        every = np.arange(len(x))
        found, _ = patch_generator.group_coords(x, y, x, y, patch_generator.get_neighbor_indices, every, config)
        indices = ordered(found.astype(np.int64), positions)
        offsets, relative = patch_generator.get_relative_coords(positions[indices][:, :, None])
        named = {"coords_offsets": offsets, "coords_relative": relative}
        return {"indices": indices, **{name: np.transpose(one, (0, 2, 3, 1)) for name, one in named.items()}}

    def extract(self, object: Array, positions: Array, size: int) -> Array:
        batch, _, _, channels = positions.shape
        x, y = torch.from_numpy(np.moveaxis(positions[:, 0], 1, 0).reshape(2, -1).copy())
        patches = datagen.get_image_patches(torch.from_numpy(object.copy()), x, y, DataConfig(N=size))
        return np.moveaxis(patches.numpy().reshape(batch, channels, size, size), 1, 3)

    def illuminate(self, patches: Array, probe: Array) -> Array:
        layer = model.ProbeIllumination(ModelConfig(), DataConfig(N=patches.shape[1]))
        waves, _ = layer(first(patches), torch.from_numpy(probe.copy())[None, None])
        return waves.numpy().transpose(0, 2, 3, 4, 1)

    def diffract(self, psi: Array) -> Array:
        amplitude, _ = helper.pad_and_diffract(torch.from_numpy(psi.transpose(0, 4, 1, 2, 3).copy()), pad=False)
        return amplitude.numpy().transpose(0, 2, 3, 1)

    def scale(self, psi: Array | None, nphotons: float, size: int, learned: float | None = None) -> Mapping[str, Any]:
        if learned is not None:
            scaler = model.IntensityScalerModule(ModelConfig(intensity_scale_trainable=True, intensity_scale=learned))
            return {"scale": scaler.scale(torch.ones(()), torch.tensor(float(size))).item(), "source": "learned"}
        power = np.sqrt(np.sum(np.abs(psi) ** 2, axis=1))
        return {"scale": helper.derive_intensity_scale_from_amplitudes(first(power), nphotons).item(), "source": "data"}

    def observe(self, amplitude: Array, scale: float, seed: int) -> Array:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            rate = (scale * torch.from_numpy(amplitude.copy())) ** 2
            return helper.poisson_scale(rate).double().numpy()

    def translate(self, images: Array, offsets: Array) -> Array:
        each = np.repeat(offsets, len(images) // len(offsets), axis=0).astype(images.real.dtype)
        moved = helper.Translation(torch.from_numpy(images[..., 0].copy()), torch.from_numpy(each)[:, None])
        return moved.numpy().transpose(0, 2, 3, 1)

    def reassemble(
        self, patches: Array, positions: Array, centre: Array, canvas: tuple[int, int]
    ) -> Mapping[str, Array]:
        middle = np.array(canvas[::-1]).reshape(1, 1, 2, 1) // 2
        each = (positions - centre.reshape(-1, 1, 2, 1) + middle).astype(positions.dtype)
        places = torch.from_numpy(each[:, 0]).transpose(1, 2)
        if centre.ndim == 1:
            return self._stitched(first(patches).flatten(0, 1), places.flatten(0, 1), canvas)
        parts = [self._stitched(*group, canvas) for group in zip(first(patches), places, strict=True)]
        return {name: np.stack([part[name] for part in parts]) for name in parts[0]}

    def _stitched(self, patches: torch.Tensor, places: torch.Tensor, canvas: tuple[int, int]) -> Mapping[str, Array]:
        side = patches.shape[-1]
        numerator, count = torch.zeros(canvas, dtype=self.complex), torch.zeros(canvas, dtype=self.real)
        add = reassembly.VectorizedWeightedAccumulator(canvas, torch.device("cpu")).accumulate_batch
        add(numerator, count, patches, places, torch.ones(side, side), side, uniform_weighting=True)
        found = {"numerator": numerator, "count": count, "canvas": numerator / (count + 1e-12)}
        return {name: value.numpy() for name, value in found.items()}

    def loss(self, amplitude: Array, counts: Array, scale: float, patches: Array) -> Mapping[str, float]:
        predicted = scale * torch.from_numpy(amplitude.copy())
        observed = torch.from_numpy(np.sqrt(counts)).to(self.real)
        nll = model.PoissonLoss()(predicted, observed).mean().item()
        return {
            # Theirs has the log n! that ours leaves out.
            "poisson_nll": nll - torch.lgamma(torch.from_numpy(counts) + 1).sum().item() / len(counts),
            "amplitude_mae": model.MAELoss()(predicted, observed).mean().item(),
            "total_variation": model.TotalVariationLoss()(first(patches)).mean().item(),
        }

    @conventions(std_ddof=1)
    def stats(self, patches: Array) -> Mapping[str, Array]:
        logger = PatchStatsLogger(enabled=True)
        for patch in first(patches).flatten(0, 1):
            logger.log_batch(patch[None, None])
        found = {"mean": "mean", "std": "std", "minimum": "min", "maximum": "max"}
        shape = patches.shape[0], patches.shape[3]
        each = {ours: [one["per_patch"][0][theirs] for one in logger.stats] for ours, theirs in found.items()}
        each["var_zero_mean"] = [one["var_zero_mean"] for one in logger.stats]
        kind = patches.real.dtype
        return {name: np.asarray(value, kind).reshape(shape) for name, value in each.items()}
