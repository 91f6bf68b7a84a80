"""Right ways to write the stages that add up: losses and statistics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from right_base import Right
from scipy.special import xlogy


class TwoPasses(Right):
    """Mean and variance as the pipeline says them, in float64, summed as NumPy sums along strided axes."""

    def stats(self, patches: Any) -> Mapping[str, Any]:
        size = np.abs(patches.astype(np.complex128))
        mean = size.mean(axis=(1, 2))
        spread = ((size - mean[:, None, None, :]) ** 2).mean(axis=(1, 2))
        found = {"mean": mean, "std": np.sqrt(spread), "var_zero_mean": spread}
        found |= {"minimum": size.min(axis=(1, 2)), "maximum": size.max(axis=(1, 2))}
        return {name: value.astype(self.real) for name, value in found.items()}


class PixelByPixel(Right):
    """Statistics pixel by pixel after Welford, in float64."""

    def stats(self, patches: Any) -> Mapping[str, Any]:
        size = np.abs(patches.astype(np.complex128))
        size = size.reshape(len(size), size.shape[1] * size.shape[2], size.shape[3])
        mean, squares = np.zeros_like(size[:, 0]), np.zeros_like(size[:, 0])
        for k in range(size.shape[1]):
            step = size[:, k] - mean
            mean += step / (k + 1)
            squares += step * (size[:, k] - mean)
        spread = squares / size.shape[1]
        found = {"mean": mean, "std": np.sqrt(spread), "var_zero_mean": spread}
        found |= {"minimum": np.amin(size, axis=1), "maximum": np.amax(size, axis=1)}
        return {name: value.astype(self.real) for name, value in found.items()}


class OwnStatistics(Right):
    """NumPy's own mean, std and var of each patch, in float64."""

    def stats(self, patches: Any) -> Mapping[str, Any]:
        size = np.moveaxis(np.hypot(patches.real, patches.imag, dtype=np.float64), 3, 1)
        size = size.reshape(*size.shape[:2], size.shape[2] * size.shape[3])
        names = {"mean": "mean", "std": "std", "minimum": "min", "maximum": "max", "var_zero_mean": "var"}
        return {name: getattr(size, method)(axis=2).astype(self.real) for name, method in names.items()}


class ShiftedMoments(Right):
    """First and second moments about the first pixel of each patch, in float64."""

    def stats(self, patches: Any) -> Mapping[str, Any]:
        size = np.abs(patches.astype(np.complex128))
        first = size[:, :1, :1]
        away = (size - first).reshape(len(size), size.shape[1] * size.shape[2], size.shape[3])
        shift = away.mean(axis=1)
        spread = (away**2).mean(axis=1) - shift**2
        found = {"mean": first[:, 0, 0] + shift, "std": np.sqrt(spread), "var_zero_mean": spread}
        found |= {"minimum": first[:, 0, 0] + away.min(axis=1), "maximum": first[:, 0, 0] + away.max(axis=1)}
        return {name: value.astype(self.real) for name, value in found.items()}


class LossesInBlocks(Right):
    """Sums along strided axes in the precision of the backend, and means of the means of patterns."""

    def loss(self, amplitude: Any, counts: Any, scale: float, patches: Any) -> Mapping[str, Any]:
        a, o, n = self.cast(amplitude), self.cast(patches), counts.astype(self.real)
        root = self.real.type(scale) * a
        rate = np.maximum(root * root, self.real.type(1e-6))
        terms = rate - n * np.log(rate)
        rows, columns = np.abs(o[:, 1:] - o[:, :-1]), np.abs(o[:, :, 1:] - o[:, :, :-1])
        return {
            "poisson_nll": terms.sum(axis=(1, 2, 3)).mean(),
            "amplitude_mae": np.abs(root - np.sqrt(n)).mean(axis=(1, 2)).mean(),
            "total_variation": rows.sum(axis=(1, 2, 3)).mean() + columns.sum(axis=(1, 2, 3)).mean(),
        }


class LossesTermByTerm(Right):
    """Rates and logarithms summed apart, in float64; differences as moduli of parts; rounded once at the end."""

    def loss(self, amplitude: Any, counts: Any, scale: float, patches: Any) -> Mapping[str, Any]:
        a = float(scale) * amplitude.astype(np.float64)
        rate = np.clip(a**2, 1e-6, None)
        batch = len(a)
        steps = [np.diff(patches.astype(np.complex128), axis=axis) for axis in (1, 2)]
        found = {
            "poisson_nll": (rate.sum() - xlogy(counts, rate).sum()) / batch,
            "amplitude_mae": np.abs(a - np.sqrt(counts)).sum() / a.size,
            "total_variation": sum(np.hypot(one.real, one.imag).sum() for one in steps) / batch,
        }
        return {name: self.real.type(value) for name, value in found.items()}


class LossesByProducts(Right):
    """Sums as inner products with ones and with each other, of flat arrays in float64, from the last to the first."""

    def loss(self, amplitude: Any, counts: Any, scale: float, patches: Any) -> Mapping[str, Any]:
        a, n = (one.astype(np.float64).ravel()[::-1] for one in (amplitude, counts))
        root, one = scale * a, np.ones(a.size)
        rate = np.where(root * root > 1e-6, root * root, 1e-6)
        o = patches.astype(np.complex128)
        steps = [np.abs(np.diff(o, axis=axis)).ravel() for axis in (1, 2)]
        batch = len(amplitude)
        return {
            "poisson_nll": (rate @ one - n @ (np.log2(rate) * np.log(2))) / batch,
            "amplitude_mae": np.abs(root - n**0.5) @ one / a.size,
            "total_variation": sum(step @ np.ones(step.size) for step in steps) / batch,
        }
