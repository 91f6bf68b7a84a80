"""What the guards measure on trained patches: quantities that a dead, flat, spiky or misscaled network cannot have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def quantities(patches: Array, truth: Array | None) -> dict[str, Array]:
    """Each quantity of ``contracts/guards.toml`` for every patch, (B, C); beside the truth only where it is known.

    ``patches`` and ``truth`` are (B, N, N, C) complex, the truth at the same places. A quotient by zero is infinite, so
    that it lies within no threshold.
    """
    whole = np.abs(_flat(patches))
    centre = _flat(central(patches))
    modulus = np.abs(centre)
    mean = whole.mean(axis=2)
    out = {
        "var_zero_mean": np.mean((whole - mean[:, :, None]) ** 2, axis=2),
        "mean": mean,
        "relative_variance": _over(modulus.var(axis=2), modulus.mean(axis=2) ** 2),
        "peak_share": _over(_power(centre).max(axis=2), _power(centre).sum(axis=2)),
    }
    if truth is not None:
        wanted = _flat(central(truth))
        out["variance_ratio"] = _over(_power(centre).mean(axis=2), _power(wanted).mean(axis=2))
        out["modulus_ratio"] = _over(modulus.mean(axis=2), np.abs(wanted).mean(axis=2))
    return out


def train_eval(training: Array, evaluation: Array) -> Array:
    """|var_zero_mean in evaluation / in training - 1| of every patch (B, C), infinite over a baseline of zero."""
    baseline, value = (quantities(patches, None)["var_zero_mean"] for patches in (training, evaluation))
    with np.errstate(all="ignore"):
        return np.where(baseline > 0, np.abs(value / np.where(baseline > 0, baseline, 1) - 1), np.inf)


def statistics(patches: Array) -> dict[str, float]:
    """Mean and standard deviation of |x| over all pixels of patches (B, N, N, C), and ``var_zero_mean`` over all
    patches, as a dump has them.
    """
    whole = np.abs(_flat(patches))
    spread = quantities(patches, None)["var_zero_mean"]
    return {"mean": float(whole.mean()), "std": float(whole.std()), "var_zero_mean": float(spread.mean())}


def worst(values: Mapping[str, Array], name: str, greatest: bool) -> tuple[float, tuple[int, ...]]:
    """The greatest or least value of a quantity, NaN before all, and the (group, channel) that has it."""
    array = values[name]
    flat = int(np.argmax(array) if greatest else np.argmin(array))
    place = tuple(int(i) for i in np.unravel_index(flat, array.shape))
    return float(array[place]), place


def central(patches: Array) -> Array:
    """The middle N/2 x N/2 of patches (B, N, N, C)."""
    side = patches.shape[1]
    middle = slice(side // 4, side // 4 + side // 2)
    return patches[:, middle, middle]


def _flat(patches: Array) -> Array:
    """(B, C, pixels) in double precision."""
    wide = np.moveaxis(patches, 3, 1).astype(np.complex128)
    return wide.reshape(*wide.shape[:2], -1)


def _power(flat: Array) -> Array:
    return np.asarray(np.abs(flat - flat.mean(axis=2, keepdims=True)) ** 2)


def _over(value: Array, baseline: Array) -> Array:
    with np.errstate(all="ignore"):
        return np.where(baseline > 0, value / np.where(baseline > 0, baseline, 1), np.inf)
