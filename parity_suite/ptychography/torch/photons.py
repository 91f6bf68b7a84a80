"""Photon counts: their scale, and their noise."""

from __future__ import annotations

import math
from typing import Any

import torch


def scale(nphotons: float, size: int, psi: torch.Tensor | None = None, learned: float | None = None) -> dict[str, Any]:
    """The learned scale, else sqrt(nphotons / mean sum |psi|^2), else sqrt(nphotons) / (size / 2).

    ``psi`` is (B, P, N, N, C). The scale from it is a tensor without axes, the other two are plain numbers.
    """
    if learned is not None:
        return {"scale": float(learned), "source": "learned"}
    if psi is not None:
        power = psi.abs().square().sum(dim=(1, 2, 3)).mean()
        return {"scale": (nphotons / power).sqrt(), "source": "data"}
    return {"scale": math.sqrt(nphotons) / (size / 2), "source": "closed"}


def observe(amplitude: torch.Tensor, scale: float, seed: int) -> torch.Tensor:
    """Independent Poisson counts (B, N, N, C) float64 of rate ``(scale amplitude)^2``.

    Exact on the CPU. On CUDA the sampler is cuRAND's: a normal variate, rounded, at high rates, wrong above
    2**32 (pytorch/pytorch#86782).
    """
    # No tensor on the meta device holds a value, so it has no generator of its own.
    device = "cpu" if amplitude.is_meta else amplitude.device
    generator = torch.Generator(device).manual_seed(seed)
    rate = (scale * amplitude.to(torch.float64)).square()
    return torch.poisson(rate, generator=generator)
