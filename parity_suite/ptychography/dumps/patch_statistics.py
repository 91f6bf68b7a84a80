"""Statistics of |x| per patch, per batch and over a whole run, all of the population (divided by n).

``var_zero_mean`` is mean((|x| - mean_patch |x|)^2): of one patch it is the square of ``std``, of a batch or a run it is
the mean over the patches, and smaller than the square of ``std`` where patches differ in brightness.
A statistic over pixels of which one is not finite is itself not finite; ``non_finite`` counts such pixels.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from parity_suite.ptychography.dumps.moments import Array, Moments

DEFINITION: Final = (
    "of |x|, population (divided by n); var_zero_mean = mean((|x| - mean_patch |x|)^2); "
    "null where a pixel is not finite or there is none; non_finite counts pixels"
)


class PatchStatistics:
    """Every patch goes into the statistics of the run; at most ``limit`` batches and patches are listed one by one."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.batches = 0
        self.patches = 0
        #: one entry a listed batch, one a listed patch
        self.per_batch: list[dict[str, Any]] = []
        self.per_patch: list[dict[str, Any]] = []
        self._pixels = Moments(1)
        self._variances = Moments(1)
        self._non_finite = 0
        self._spoilt = 0
        self._first_spoilt: dict[str, int] | None = None
        self._quietest: dict[str, Any] | None = None
        self._loudest: dict[str, Any] | None = None

    def add(self, patches: Array) -> None:
        """Takes in ``patches (B, N, N, C)`` complex."""
        groups, rows, columns, channels = patches.shape
        # Each patch contiguous: only then does NumPy sum it pairwise.
        with np.errstate(over="ignore", invalid="ignore"):
            x = np.ascontiguousarray(np.moveaxis(np.abs(patches.astype(np.complex128)), 3, 1))
        x = x.reshape(groups * channels, rows * columns)
        each = _of_patches(x)
        self._add_to_run(x, each, channels)
        if len(self.per_batch) < self._limit:
            self.per_batch.append({"batch": self.batches, "groups": groups, "channels": channels, **_of_batch(x, each)})
        for k in range(min(len(x), self._limit - len(self.per_patch))):
            self.per_patch.append(self._entry(each, k, channels))
        self.batches += 1
        self.patches += len(x)

    def _add_to_run(self, x: Array, each: dict[str, Array], channels: int) -> None:
        self._pixels.add(x.reshape(-1, 1))
        self._variances.add(each["var_zero_mean"][:, None])
        self._non_finite += int(each["non_finite"].sum())
        (spoilt,) = np.nonzero(each["non_finite"])
        self._spoilt += len(spoilt)
        if len(spoilt) and self._first_spoilt is None:
            self._first_spoilt = self._place(int(spoilt[0]), channels)
        (sound,) = np.nonzero(np.isfinite(each["var_zero_mean"]))
        if len(sound):
            variance = each["var_zero_mean"][sound]
            low, high = sound[np.argmin(variance)], sound[np.argmax(variance)]
            if self._quietest is None or variance.min() < self._quietest["var_zero_mean"]:
                self._quietest = self._entry(each, int(low), channels)
            if self._loudest is None or variance.max() > self._loudest["var_zero_mean"]:
                self._loudest = self._entry(each, int(high), channels)

    def _entry(self, each: dict[str, Array], k: int, channels: int) -> dict[str, Any]:
        return {**self._place(k, channels), **{name: values[k] for name, values in each.items()}}

    def _place(self, k: int, channels: int) -> dict[str, int]:
        return {"batch": self.batches, "group": k // channels, "channel": k % channels}

    def summary(self) -> dict[str, Any]:
        """Everything, as nested plain values; what is not finite is left so."""
        pixels = self._pixels
        return {
            "definition": DEFINITION,
            "batches": {"seen": self.batches, "recorded": len(self.per_batch)},
            "patches": {
                "seen": self.patches,
                "recorded": len(self.per_patch),
                "not_finite": self._spoilt,
                "first_not_finite": self._first_spoilt,
            },
            "whole": {
                "mean": pixels.mean[0] if pixels.count else np.nan,
                "std": np.sqrt(pixels.variance[0]),
                "min": pixels.minimum[0],
                "max": pixels.maximum[0],
                "var_zero_mean": self._variances.mean[0] if self._variances.count else np.nan,
                "non_finite": self._non_finite,
            },
            "quietest_patch": self._quietest,
            "loudest_patch": self._loudest,
            "per_batch": self.per_batch,
            "per_patch": self.per_patch,
        }


def _of_patches(x: Array) -> dict[str, Array]:
    """Statistics of every row of ``x (patches, pixels)``."""
    with np.errstate(over="ignore", invalid="ignore"):
        mean = x.mean(axis=1)
        variance = np.mean((x - mean[:, None]) ** 2, axis=1)
        return {
            "mean": mean,
            "std": np.sqrt(variance),
            "min": x.min(axis=1),
            "max": x.max(axis=1),
            "var_zero_mean": variance,
            "non_finite": np.sum(~np.isfinite(x), axis=1),
        }


def _of_batch(x: Array, each: dict[str, Array]) -> dict[str, Any]:
    pixels = Moments(1)
    pixels.add(x.reshape(-1, 1))
    return {
        "mean": pixels.mean[0] if pixels.count else np.nan,
        "std": np.sqrt(pixels.variance[0]),
        "min": pixels.minimum[0],
        "max": pixels.maximum[0],
        "var_zero_mean": np.mean(each["var_zero_mean"]) if pixels.count else np.nan,
        "non_finite": int(each["non_finite"].sum()),
    }
