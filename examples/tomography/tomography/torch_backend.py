"""Tomography in PyTorch: one matrix for each angle."""

import torch

from parity_suite import validate_inputs
from tomography.pack import BACKPROJECT, PROJECT


class Torch:
    def __init__(self, *, device="cpu", precision="float32"):
        self.device, self.dtype = device, getattr(torch, precision)

    def project(self, images, angles):
        validate_inputs(PROJECT, {"images": images, "angles": angles})
        return torch.einsum("atp,bp->bat", self._matrix(angles, images.shape[2]), self._put(images).flatten(1)).numpy()

    def backproject(self, sinogram, angles):
        validate_inputs(BACKPROJECT, {"sinogram": sinogram, "angles": angles})
        n = sinogram.shape[2]
        return torch.einsum("atp,bat->bp", self._matrix(angles, n), self._put(sinogram)).reshape(-1, n, n).numpy()

    def _put(self, array):
        return torch.tensor(array, dtype=self.dtype, device=self.device)

    def _matrix(self, angles, n):
        """The share of each pixel in each bin, (A, N, N * N)."""
        angles = torch.tensor(angles, dtype=torch.float64)[:, None, None]
        rows, columns = torch.meshgrid(torch.arange(n) - n // 2, torch.arange(n) - n // 2, indexing="ij")
        place = columns.flatten() * torch.cos(angles) + rows.flatten() * torch.sin(angles) + n // 2
        bins = torch.arange(n, dtype=torch.float64)[:, None]
        return (1 - (place - bins).abs()).clamp(min=0).to(self.dtype)
