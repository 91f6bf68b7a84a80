"""The probe, and the exit waves it makes."""

from __future__ import annotations

from typing import Any

import torch


def probe(probe: torch.Tensor, probe_scale: float, masked: bool) -> dict[str, Any]:
    """``p -> m p / factor`` with ``factor = probe_scale mean|m p|``; ``probe`` is (P, N, N).

    m is a disk of radius N/4 around pixel N//2 if masked, else 1. ``factor`` is a tensor without axes.
    """
    if masked:
        side = probe.shape[-1]
        distance = (torch.arange(side, device=probe.device) - side // 2).square()
        probe = probe * (distance[:, None] + distance <= (side / 4) ** 2)
    factor = probe_scale * probe.abs().mean()
    return {"probe": probe / factor, "factor": factor}


def illuminate(patches: torch.Tensor, probe: torch.Tensor) -> torch.Tensor:
    """Exit waves (B, P, N, N, C) of ``patches`` (B, N, N, C), one for each mode of ``probe`` (P, N, N)."""
    return patches[:, None] * probe[:, :, :, None]
