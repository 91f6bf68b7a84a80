"""A loss in PyTorch by other conventions in every output, and translations that take halves to the even pixel."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from parity_suite import Adapter, Capabilities, adapt, conventions
from parity_suite.ptychography.torch import Torch


def other_loss(amplitude: Tensor, counts: Tensor, scale: float, patches: Tensor) -> dict[str, Tensor]:
    root = scale * amplitude.double()
    rate = torch.clamp(root**2, min=1e-6)
    # At the floor the gradient is 0, as of ``max``.
    each = rate - counts * torch.log(rate) + torch.lgamma(counts + 1)
    steps = (torch.diff(patches, dim=1), torch.diff(patches, dim=2))
    squares = [(step.real**2 + step.imag**2).sum() for step in steps]
    return {
        "poisson_nll": each.mean(),
        "amplitude_mae": (root - torch.sqrt(counts)).abs().sum() / len(amplitude),
        "total_variation": squares[0] + squares[1],
    }


SAID = {
    "nll_mean": "pixels",
    "log_factorial": True,
    "mae_mean": "batch",
    "variation_norm": "squared",
    "variation_mean": "none",
}


class Declared(Adapter, framework="torch"):
    capabilities = Capabilities(refuses={})
    loss = adapt(other_loss, **SAID)


class Misdeclared(Adapter, framework="torch"):
    """Its gradients are those of a mean over all pixels."""

    capabilities = Capabilities(refuses={})
    loss = adapt(other_loss, **{**SAID, "nll_mean": "batch"})


class HalvesToEven(Torch):
    @conventions(halves="even")
    def translate(self, images: Any, offsets: Any, interpolation: str | None = None) -> Any:
        if interpolation == "nearest":
            return super().translate(images, offsets.round(), interpolation)
        return super().translate(images, offsets, interpolation)


class SilentHalves(Torch):
    def translate(self, images: Any, offsets: Any, interpolation: str | None = None) -> Any:
        given = offsets.round() if interpolation == "nearest" else offsets
        return super().translate(images, given, interpolation)


class Objective(Torch):
    """The objective's mean over all pixels, and its gradient."""

    @conventions(nll_mean="pixels", log_factorial=True)
    def objective(self, **inputs: Any) -> dict[str, Any]:
        found = super().objective(**inputs)
        counts = inputs["counts"]
        factorials = float(torch.lgamma(torch.from_numpy(counts.copy()) + 1).sum())
        return {**found, "poisson_nll": (found["poisson_nll"] * len(counts) + factorials) / counts.size}

    def vjp(self, stage: str, inputs: Any, output: str, wrt: str, cotangent: Any) -> Any:
        given = super().vjp(stage, inputs, output, wrt, cotangent)
        counts = inputs.get("counts")
        return given * (len(counts) / counts.size) if stage == "objective" else given
