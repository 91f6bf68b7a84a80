"""Far-field diffraction."""

from __future__ import annotations

from typing import Any

import torch


def diffract(psi: torch.Tensor) -> torch.Tensor:
    """Amplitude (B, N, N, C) = sqrt(fftshift(sum_P |FFT2(psi)|^2 / N^2)) of exit waves (B, P, N, N, C).

    The zero frequency is at pixel N//2; the gradient is 0 where the intensity is 0.
    """
    # MKL has no transform of an empty batch.
    waves = torch.fft.fft2(psi, dim=(2, 3), norm="ortho") if len(psi) else psi
    intensity = (waves.real.square() + waves.imag.square()).sum(dim=1)
    return torch.fft.fftshift(_Root.apply(intensity), dim=(1, 2))


class _Root(torch.autograd.Function):  # type: ignore[misc]
    """The square root, with the gradient 0 at 0 where the framework's own is infinite."""

    @staticmethod
    def forward(ctx: Any, intensity: torch.Tensor) -> torch.Tensor:
        root = intensity.sqrt()
        ctx.save_for_backward(root)
        return root

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> torch.Tensor:
        (root,) = ctx.saved_tensors
        return torch.where(root > 0, gradient / (2 * torch.where(root > 0, root, 1.0)), 0.0)
