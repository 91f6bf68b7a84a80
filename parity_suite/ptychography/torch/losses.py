"""The training losses."""

from __future__ import annotations

import torch

from parity_suite.ptychography.pipeline import RATE_FLOOR


def loss(amplitude: torch.Tensor, counts: torch.Tensor, scale: float, patches: torch.Tensor) -> dict[str, torch.Tensor]:
    """Poisson NLL, mean absolute error of the amplitude and total variation, tensors without axes.

    ``amplitude`` and ``counts`` (B, N, N, C), ``counts`` in float64; ``patches`` (B, N, N, C).
    """
    values = {
        "poisson_nll": poisson_nll(amplitude, counts, scale),
        "amplitude_mae": (_fitted(amplitude, scale) - counts.sqrt()).abs().mean(),
        "total_variation": _total_variation(patches),
    }
    return {name: value.to(amplitude.dtype) for name, value in values.items()}


def poisson_nll(amplitude: torch.Tensor, counts: torch.Tensor, scale: float | torch.Tensor) -> torch.Tensor:
    """``rate - counts log(rate)`` summed over pixels and channels, mean over the batch: float64, without axes."""
    rate = _fitted(amplitude, scale).square().clamp(min=RATE_FLOOR)
    return (rate - counts * rate.log()).sum() / len(amplitude)


def _fitted(amplitude: torch.Tensor, scale: float | torch.Tensor) -> torch.Tensor:
    # In float64 whatever the precision: counts pass 2**24, and the NLL is a small difference of large terms.
    return scale * amplitude.to(torch.float64)


def _total_variation(patches: torch.Tensor) -> torch.Tensor:
    """Sum of the absolute differences of neighbours along both axes, mean over the batch."""
    differences = (patches.diff(dim=axis).abs().sum(dtype=torch.float64) for axis in (1, 2))
    return sum(differences, start=torch.zeros((), dtype=torch.float64, device=patches.device)) / len(patches)
