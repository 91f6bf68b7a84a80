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

from parity_suite import Adapter, Capabilities, Sizes, adapt, conventions

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


def illuminated(patches: torch.Tensor, probe: torch.Tensor) -> torch.Tensor:
    with patches.device:
        layer = model.ProbeIllumination(ModelConfig(), DataConfig(N=patches.shape[-1]))
    return layer(patches, probe)[0]


def patches_at(object: torch.Tensor, positions: torch.Tensor, size: int) -> torch.Tensor:
    flat = datagen.get_image_patches(object, *positions.flatten(0, 1).T, DataConfig(N=size))
    return flat.unflatten(0, positions.shape[:2])


def moved(images: torch.Tensor, offsets: torch.Tensor) -> torch.Tensor:
    return helper.Translation(images, offsets)


def far_field(psi: torch.Tensor) -> torch.Tensor:
    return helper.pad_and_diffract(psi, pad=False)[0]


def losses(amplitude: torch.Tensor, counts: torch.Tensor, scale: float, patches: torch.Tensor) -> Any:
    predicted, observed = scale * amplitude, counts.sqrt().to(amplitude.dtype)
    return {
        "poisson_nll": model.PoissonLoss()(predicted, observed).mean(),
        "amplitude_mae": model.MAELoss()(predicted, observed).mean(),
        "total_variation": model.TotalVariationLoss()(patches).mean(),
    }


def on_canvas(
    patches: torch.Tensor, positions: torch.Tensor, centre: torch.Tensor, canvas: tuple[int, int]
) -> Mapping[str, torch.Tensor]:
    """Groups (B, C, N, N) on the canvas of each, or all on one where there is one centre."""
    middle = torch.tensor(canvas[::-1], device=patches.device) // 2
    places = (positions - centre.reshape(-1, 1, 2) + middle).to(patches.real.dtype)
    if centre.ndim == 1:
        return stitched(patches.flatten(0, 1), places.flatten(0, 1), canvas)
    parts = [stitched(*group, canvas) for group in zip(patches, places, strict=True)]
    return {name: torch.stack([part[name] for part in parts]) for name in parts[0]}


def stitched(patches: torch.Tensor, places: torch.Tensor, canvas: tuple[int, int]) -> Mapping[str, torch.Tensor]:
    """Theirs leaves out a patch that is not wholly on the canvas, and so has a wider one, as they make it."""
    side, here = patches.shape[-1], patches.device
    room = tuple(size + 2 * (side + 2) for size in canvas)
    numerator, count = (torch.zeros(room, dtype=one.dtype, device=here) for one in (patches, places))
    add = reassembly.VectorizedWeightedAccumulator(room, here).accumulate_batch
    add(numerator, count, patches, places + side + 2, torch.ones(side, side, device=here), side, uniform_weighting=True)
    found = {"numerator": numerator, "count": count, "canvas": numerator / (count + 1e-12)}
    return {name: value[side + 2 : -side - 2, side + 2 : -side - 2] for name, value in found.items()}


class Torch(Adapter, framework="torch"):
    capabilities = CAPABILITIES

    extract = adapt(patches_at, positions="B C xy", patches="B C N M")
    illuminate = adapt(illuminated, patches="B C N M", probe="1 1 P N M", psi="B C P N M")
    diffract = adapt(far_field, psi="B C P N M", amplitude="B C N M")
    translate = adapt(moved, images="B H W", offsets="B 1 xy", **{"returned images": "B 1 H W"})
    reassemble = adapt(on_canvas, patches="B C N M", positions="B C xy")
    loss = adapt(losses, amplitude="B C N M", counts="B C N M", patches="B C N M", log_factorial=True)

    @classmethod
    def devices(cls) -> tuple[str, ...]:
        return ("cpu",)

    @classmethod
    def describe(cls) -> Mapping[str, str]:
        return {"torch": torch.__version__}

    @conventions(mask_centre="corner", mask_softness=1.0)
    def probe(self, probe: Array, probe_scale: float, masked: bool) -> Mapping[str, Any]:
        normed, inverse = helper.normalize_probe_like_tf(probe, probe_scale, probe_mask=masked)
        mask = probe_mask.resolve_probe_mask_np(probe.shape[-1], probe_mask=masked)
        return {"probe": mask * normed, "factor": 1 / inverse}

    @conventions(ties="any")
    def group(self, positions: Array, gridsize: int) -> Mapping[str, Array]:
        (x, y), count = positions.T, gridsize**2
        config = DataConfig(C=count, K=count - 1, n_subsample=1)
        every = np.arange(len(x))
        found, _ = patch_generator.group_coords(x, y, x, y, patch_generator.get_neighbor_indices, every, config)
        indices = ordered(found.astype(np.int64), positions)
        offsets, relative = patch_generator.get_relative_coords(positions[indices][:, :, None])
        named = {"coords_offsets": offsets, "coords_relative": relative}
        return {"indices": indices, **{name: np.transpose(one, (0, 2, 3, 1)) for name, one in named.items()}}

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
