"""Strangers' stages in NumPy, each by every convention that there is, written with other means than the oracle's."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from scipy.ndimage import correlate1d
from scipy.spatial.distance import cdist
from scipy.special import gammaln

from parity_suite import Adapter, Capabilities, adapt, conventions, validate_inputs
from parity_suite.core.packs import BY_NAME
from parity_suite.core.stage import Setting
from parity_suite.ptychography.rules import Group, Loss, Probe

Array = np.ndarray[Any, Any]


class Stranger:
    """A backend by some settings; ``of`` makes the class that declares what it does."""

    settings: ClassVar[dict[str, Setting]] = {}

    def __init__(self, *, device: str = "cpu", precision: str = "float32") -> None:
        if device != "cpu":
            raise ValueError(f"device: {device!r} is not supported")
        self.real = np.dtype(precision)
        self.complex = np.result_type(self.real, np.complex64)

    def does(self, name: str, default: Setting) -> Any:
        return self.settings.get(name, default)


def of(cls: type[Stranger], does: dict[str, Setting], says: dict[str, Setting] | None = None) -> type[Stranger]:
    """A class that does its stage by some settings and declares them, or others."""
    stage = next(name for name in vars(cls) if name in BY_NAME)
    said = does if says is None else says

    def method(self: Any, **inputs: Any) -> Any:
        return getattr(cls, stage)(self, **inputs)

    words = [cls.__name__, *(f"{k}_{v}" for k, v in does.items())]
    words += ["says", *(f"{k}_{v}" for k, v in said.items())] if said != does else []
    name = "".join(sign if sign.isalnum() else "_" for sign in "_".join(words))
    made = type(name, (cls,), {"settings": does, "__module__": __name__, stage: conventions(**said)(method)})
    globals()[name] = made
    return made


class Probes(Stranger):
    def probe(self, probe: Array, probe_scale: float, masked: bool) -> dict[str, Any]:
        validate_inputs(BY_NAME["probe"], {"probe": probe, "probe_scale": probe_scale, "masked": masked})
        Probe().validate({"probe": probe, "probe_scale": probe_scale, "masked": masked})
        mask = self._mask(probe.shape[-1])
        lit = probe * mask if masked else probe
        mean = np.abs(probe * mask if self.does("norm_of", "probe") == "masked" else lit).mean(dtype=float)
        factor = float(probe_scale * mean)
        return {"probe": (lit / factor).astype(self.complex), "factor": factor}

    def _mask(self, n: int) -> Array:
        middle = {"pixel": n // 2, "middle": (n - 1) / 2, "corner": n // 2 - 0.5}[self.does("mask_centre", "pixel")]
        mask = (np.hypot(*np.ogrid[-middle : n - middle, -middle : n - middle]) <= n / 4).astype(float)
        if sigma := self.does("mask_softness", 0.0):
            x = np.arange(-np.ceil(3 * sigma), np.ceil(3 * sigma) + 1)
            bell = np.exp(-0.5 * (x / sigma) ** 2)
            for axis in (0, 1):
                mask = correlate1d(mask, bell / bell.sum(), axis=axis, mode="constant")
            mask /= mask.max()
        return mask


class Groups(Stranger):
    def group(
        self, positions: Array, gridsize: int, neighbours: int | None = None, draws: Array | None = None
    ) -> dict[str, Array]:
        given = {"positions": positions, "gridsize": gridsize, "neighbours": neighbours, "draws": draws}
        validate_inputs(BY_NAME["group"], given)
        Group().validate(given)
        far = (positions[:, None, 0] - positions[None, :, 0]) ** 2 + (
            positions[:, None, 1] - positions[None, :, 1]
        ) ** 2
        assert np.allclose(far, cdist(positions, positions) ** 2)
        np.fill_diagonal(far, -1)
        index = np.arange(len(positions))
        # Any of them, as the order of a tree has it.
        keys = {"lowest": index, "highest": -index, "any": (7 * index + 3) % 11}
        key = keys[self.does("ties", "lowest")]
        order = np.lexsort((np.broadcast_to(key, far.shape), far), axis=1)
        count = gridsize**2
        if draws is not None:
            picked = np.take_along_axis(order[:, None, 1:], draws, axis=2)
            seeds = np.broadcast_to(index[:, None, None], (*draws.shape[:2], 1))
            indices = np.concatenate([seeds, picked], axis=2).reshape(-1, count)
        else:
            first = 1 if self.does("seed", "first") == "left out" else 0
            indices = order[:, first : first + count]
        grouped = positions[indices].transpose(0, 2, 1)[:, None]
        centre = grouped.mean(axis=3, keepdims=True)
        kind = self.real
        return {
            "indices": indices.astype(np.int64),
            "coords_offsets": centre.astype(kind),
            "coords_relative": (centre - grouped).astype(kind),
        }


class Losses(Stranger):
    def loss(self, amplitude: Array, counts: Array, scale: float, patches: Array) -> dict[str, float]:
        given = {"amplitude": amplitude, "counts": counts, "scale": scale, "patches": patches}
        validate_inputs(BY_NAME["loss"], given)
        Loss().validate(given)
        root = scale * amplitude.astype(float)
        rate = np.clip(root**2, 1e-6, None)
        each = rate - counts * np.log(rate) + (gammaln(counts + 1) if self.does("log_factorial", False) else 0)
        steps = [np.diff(patches.astype(complex), axis=axis) for axis in (1, 2)]
        size = {
            "modulus": np.abs,
            "squared": lambda d: (d * d.conj()).real,
            "parts": lambda d: np.abs(d.real) + np.abs(d.imag),
        }[self.does("variation_norm", "modulus")]
        return {
            "poisson_nll": self._mean(self.does("nll_mean", "batch"), each, each.size),
            "amplitude_mae": self._mean(self.does("mae_mean", "pixels"), np.abs(root - np.sqrt(counts)), each.size),
            "total_variation": sum(
                self._mean(self.does("variation_mean", "batch"), size(step), patches.size) for step in steps
            ),
        }

    def _mean(self, over: str, values: Array, size: int) -> float:
        if over == "batch":
            return float(values.reshape(len(values), -1).sum(axis=1).mean())
        return float(values.sum() / (size if over == "pixels" else 1))


class Statistics(Stranger):
    def stats(self, patches: Array) -> dict[str, Array]:
        validate_inputs(BY_NAME["stats"], {"patches": patches})
        size, axes = np.abs(patches).astype(float), (1, 2)
        found = {
            "mean": size.mean(axis=axes),
            "std": size.std(axis=axes, ddof=self.does("std_ddof", 0)),
            "minimum": size.min(axis=axes),
            "maximum": size.max(axis=axes),
            "var_zero_mean": size.var(axis=axes),
        }
        return {name: one.astype(self.real) for name, one in found.items()}


def mean_loss(amplitude: Array, counts: Array, scale: float, patches: Array) -> Array:
    """The Poisson NLL of channels first, its mean over all pixels."""
    rate = np.clip((scale * amplitude.astype(float)) ** 2, 1e-6, None)
    return np.mean(rate - counts * np.log(rate))


class Adapted(Adapter, framework="numpy"):
    """A function of other axes and another mean."""

    capabilities = Capabilities(outputs={"loss": ("poisson_nll",)}, refuses={})
    loss = adapt(mean_loss, amplitude="B C N M", counts="B C N M", nll_mean="pixels")
