"""Statistics of patches."""

from __future__ import annotations

import torch


def stats(patches: torch.Tensor) -> dict[str, torch.Tensor]:
    """Of the modulus of ``patches`` (B, N, N, C), each (B, C); population variance, in two passes."""
    modulus = patches.abs()
    mean = modulus.mean(dim=(1, 2), keepdim=True)
    variance = (modulus - mean).square().mean(dim=(1, 2))
    return {
        "mean": mean[:, 0, 0],
        "std": variance.sqrt(),
        "minimum": modulus.amin(dim=(1, 2)),
        "maximum": modulus.amax(dim=(1, 2)),
        "var_zero_mean": variance,
    }
