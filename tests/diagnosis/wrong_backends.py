"""Plain NumPy backends that are wrong in ways that are in no gallery, as people make them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import torch
from measure_diagnosis import Reference
from scipy.ndimage import map_coordinates
from torch.nn.functional import grid_sample

Array = Any


class Sampled(Reference):
    """Translates by sampling where each pixel comes from."""

    outside: ClassVar[str] = "grid-constant"

    def places(self, along: Array, offset: float, side: int) -> Array:
        """Where in an image the pixels along one axis come from."""
        return along - offset

    def translate(self, images: Array, offsets: Array, interpolation: str | None = None) -> Array:
        right = super().translate(images, offsets, interpolation)
        if interpolation == "nearest" or not len(images):
            return right
        out = np.zeros(images.shape, images.dtype)
        height, width = images.shape[1:3]
        for k, (x, y) in enumerate(np.repeat(offsets, len(images) // len(offsets), axis=0)):
            rows = self.places(np.arange(height), y, height)
            columns = self.places(np.arange(width), x, width)
            grid = np.meshgrid(rows, columns, indexing="ij")
            for c in range(images.shape[3]):
                out[k, :, :, c] = map_coordinates(images[k, :, :, c], grid, order=1, mode=self.outside)
        return out


class MixedCorners(Sampled):
    """Normalises places for aligned corners, and samples for corners that are not."""

    def places(self, along: Array, offset: float, side: int) -> Array:
        return (along - offset) * side / max(side - 1, 1) - 0.5


class CubicForLinear(Reference):
    """Samples with the bicubic kernel of PyTorch."""

    def translate(self, images: Array, offsets: Array, interpolation: str | None = None) -> Array:
        right = super().translate(images, offsets, interpolation)
        if interpolation == "nearest" or not len(images):
            return right
        height, width = images.shape[1:3]
        out = np.zeros(images.shape, images.dtype)
        for k, (x, y) in enumerate(np.repeat(offsets, len(images) // len(offsets), axis=0)):
            # Corners are not aligned: pixel i lies at (2 i + 1) / N - 1.
            columns = torch.tensor((2 * (np.arange(width) - x) + 1) / width - 1)
            rows = torch.tensor((2 * (np.arange(height) - y) + 1) / height - 1)
            grid = torch.stack(torch.meshgrid(columns, rows, indexing="xy"), -1)[None].double()
            parts = [
                torch.tensor(part.astype(np.float64))[None, None]
                for part in (images[k, :, :, 0].real, images[k, :, :, 0].imag)
            ]
            real, imag = (grid_sample(part, grid, "bicubic", "zeros", align_corners=False)[0, 0] for part in parts)
            out[k, :, :, 0] = (real + 1j * imag).numpy() if np.iscomplexobj(images) else real.numpy()
        return out


class WrapsAround(Sampled):
    """Lets what leaves at one side come in at the other."""

    outside = "grid-wrap"


class Reflects(Sampled):
    """Mirrors an image outside it."""

    outside = "reflect"


class Replicates(Sampled):
    """Repeats the border of an image outside it."""

    outside = "nearest"


class InThirtySeconds(Reference):
    """Keeps offsets in thirty-seconds of a pixel."""

    def translate(self, images: Array, offsets: Array, interpolation: str | None = None) -> Array:
        kept = np.round(offsets * 32) / 32
        return super().translate(images, kept.astype(offsets.dtype), interpolation)


class LosesLastRow(Reference):
    """Leaves the last row of a moved image blank."""

    def translate(self, images: Array, offsets: Array, interpolation: str | None = None) -> Array:
        out = np.array(super().translate(images, offsets, interpolation))
        out[:, -1:] = 0
        return out


class OnePixelOff(Reference):
    """Has the zero frequency one pixel beside its place."""

    def diffract(self, psi: Array) -> Array:
        return np.roll(super().diffract(psi), (1, 1), (1, 2))


class UnshiftedOddly(Reference):
    """Shifts back where it should shift, which is another thing where a side is odd."""

    def diffract(self, psi: Array) -> Array:
        right = np.fft.ifftshift(super().diffract(psi), (1, 2))
        return np.fft.ifftshift(right, (1, 2))


class UncoveredIsUnset(Reference):
    """Divides where something lies, and sets nothing elsewhere."""

    def reassemble(self, patches: Array, positions: Array, centre: Array, canvas: Any) -> Mapping[str, Any]:
        got = dict(super().reassemble(patches, positions, centre, canvas))
        left = np.random.default_rng().normal(size=got["canvas"].shape).astype(got["canvas"].dtype)
        got["canvas"] = np.where(got["count"] >= 1e-3, got["canvas"], left)
        return got


class CountPlusSomething(Reference):
    """Divides by the count and a little more, against zeros."""

    def reassemble(self, patches: Array, positions: Array, centre: Array, canvas: Any) -> Mapping[str, Any]:
        got = dict(super().reassemble(patches, positions, centre, canvas))
        got["canvas"] = got["canvas"] * got["count"] / (got["count"] + 0.02)
        return got


class SwapsAndRounds(Reference):
    """Makes two mistakes in one function."""

    def translate(self, images: Array, offsets: Array, interpolation: str | None = None) -> Array:
        return super().translate(images, np.rint(offsets[:, ::-1]).astype(offsets.dtype), interpolation)


class MaskOffCentre(Reference):
    """Masks the probe about the middle between pixels."""

    def probe(self, probe: Array, probe_scale: float, masked: bool) -> Mapping[str, Any]:
        n = probe.shape[-1]
        rows, columns = np.mgrid[:n, :n] - (n - 1) / 2
        mask = (rows**2 + columns**2 <= (n / 4) ** 2) if masked else np.ones((n, n))
        lit = np.where(mask, probe, 0)
        return super().probe(lit.astype(probe.dtype), probe_scale, False)


class SoftMask(Reference):
    """Lets the mask of the probe fall off over one pixel."""

    def probe(self, probe: Array, probe_scale: float, masked: bool) -> Mapping[str, Any]:
        n = probe.shape[-1]
        radius = np.hypot(*(np.mgrid[:n, :n] - n // 2))
        mask = np.clip(n / 4 + 0.5 - radius, 0, 1) if masked else 1.0
        lit = probe * mask if np.isfinite(probe).all() else probe
        return super().probe(lit.astype(probe.dtype), probe_scale, False)


class SeedPointLeftOut(Reference):
    """Groups the neighbours of a seed point without it."""

    def group(self, positions: Array, gridsize: int, neighbours: int | None = None, draws: Array | None = None) -> Any:
        right = dict(super().group(positions, gridsize, neighbours, draws))
        channels = gridsize**2
        if draws is not None or len(positions) <= channels:
            return right
        apart = np.sum((positions[:, None] - positions[None]) ** 2, axis=2, dtype=np.float64)
        np.fill_diagonal(apart, np.inf)
        indices = np.argsort(apart, axis=1, kind="stable")[:, :channels]
        grouped = np.moveaxis(positions[indices], 2, 1)[:, None]
        offsets = grouped.mean(axis=3, keepdims=True)
        return {"indices": indices, "coords_offsets": offsets, "coords_relative": -(grouped - offsets)}


class RootTwice(Reference):
    """Takes the root of an amplitude once more."""

    def diffract(self, psi: Array) -> Array:
        return np.sqrt(super().diffract(psi))


class InverseTransform(Reference):
    """Transforms the other way."""

    def diffract(self, psi: Array) -> Array:
        return super().diffract(np.conj(psi))


class MadeForOneBatch(Reference):
    """Keeps the batch size of its first call, as a traced graph does, and divides by it."""

    _batch = 0

    def loss(self, amplitude: Array, counts: Array, scale: float, patches: Array) -> Mapping[str, Any]:
        got = dict(super().loss(amplitude, counts, scale, patches))
        self._batch = self._batch or len(amplitude)
        return {
            name: value * len(amplitude) / self._batch if name != "amplitude_mae" else value
            for name, value in got.items()
        }


class ChannelsReshaped(Reference):
    """Brings channels to their axis by a reshape."""

    def extract(self, object: Array, positions: Array, size: int) -> Array:
        right = super().extract(object, positions, size)
        return np.ascontiguousarray(np.moveaxis(right, 3, 1)).reshape(right.shape)


class InBfloat16(Reference):
    """Takes waves for bfloat16."""

    def diffract(self, psi: Array) -> Array:
        parts = [torch.tensor(part).bfloat16().double().numpy() for part in (psi.real, psi.imag)]
        return super().diffract((parts[0] + 1j * parts[1]).astype(psi.dtype))


class SumsForMean(Reference):
    """Adds up what is to be averaged over the batch."""

    def loss(self, amplitude: Array, counts: Array, scale: float, patches: Array) -> Mapping[str, Any]:
        got = dict(super().loss(amplitude, counts, scale, patches))
        return {**got, "poisson_nll": got["poisson_nll"] * len(amplitude)}


class ShiftedProbe(Reference):
    """Has the probe one row too low."""

    def illuminate(self, patches: Array, probe: Array) -> Array:
        return super().illuminate(patches, np.roll(probe, 1, axis=1))


class ForgetsY(Reference):
    """Moves images along x alone."""

    def translate(self, images: Array, offsets: Array, interpolation: str | None = None) -> Array:
        return super().translate(images, offsets * np.array([1, 0], offsets.dtype), interpolation)
