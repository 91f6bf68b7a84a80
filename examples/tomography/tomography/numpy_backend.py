"""Tomography in NumPy, all pixels of an angle at once."""

import numpy as np

from parity_suite import validate_inputs
from tomography.pack import BACKPROJECT, PROJECT


class NumPy:
    def __init__(self, *, device="cpu", precision="float32"):
        self.dtype = np.dtype(precision)

    def project(self, images, angles):
        validate_inputs(PROJECT, {"images": images, "angles": angles})
        n = images.shape[2]
        out = np.zeros((len(images), len(angles), n + 2), self.dtype)
        flat = images.reshape(len(images), n * n)
        for a, angle in enumerate(angles):
            low, share = self._places(angle, n)
            for b in range(len(images)):
                out[b, a] += np.bincount(low, flat[b] * (1 - share), n + 2) + np.bincount(
                    low + 1, flat[b] * share, n + 2
                )
        return out[..., 1:-1]

    def backproject(self, sinogram, angles):
        validate_inputs(BACKPROJECT, {"sinogram": sinogram, "angles": angles})
        n = sinogram.shape[2]
        out = np.zeros((len(sinogram), n * n), self.dtype)
        padded = np.pad(sinogram, ((0, 0), (0, 0), (1, 1)))
        for a, angle in enumerate(angles):
            low, share = self._places(angle, n)
            out += padded[:, a, low] * (1 - share) + padded[:, a, low + 1] * share
        return out.reshape(-1, n, n)

    def _places(self, angle, n):
        """The bin below each pixel, in a detector with a bin more at either end, and the share of the one above."""
        rows, columns = (axis.ravel() for axis in np.mgrid[:n, :n] - n // 2)
        place = columns * np.cos(angle, dtype=float) + rows * np.sin(angle, dtype=float) + n // 2 + 1
        inside = (place > 0) & (place < n + 1)
        place = np.where(inside, place, 0.0)
        low = np.floor(place).astype(int)
        return low, np.where(inside, place - low, 0.0).astype(self.dtype)
