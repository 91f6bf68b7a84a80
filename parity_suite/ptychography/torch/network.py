"""The reference network, a transcription of :mod:`parity_suite.ptychography.learning.architecture` to PyTorch."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch.nn.functional import avg_pool2d, conv2d, silu

from parity_suite.ptychography.learning.architecture import DAMPING, parameters, width_of

Named = dict[str, torch.Tensor]


def network(
    amplitude: torch.Tensor, probe: torch.Tensor, scale: float | torch.Tensor, weights: torch.Tensor
) -> torch.Tensor:
    """Patches (B, N, N, C) of amplitudes (B, N, N, C) in sqrt(counts).

    ``probe`` is (P, N, N), ``weights`` the flat vector (W,); ``scale`` a plain number or a tensor without axes.
    """
    w = by_name(weights, amplitude.shape[3])
    update = projection(amplitude.permute(0, 3, 1, 2), probe, scale)
    h0 = silu(_convolve(torch.cat([update.real, update.imag], dim=1), w, "encoder0"))
    h1 = silu(_convolve(avg_pool2d(h0, 2), w, "encoder1"))
    h2 = silu(_convolve(avg_pool2d(h1, 2), w, "encoder2"))
    y1 = silu(_convolve(_up(h2), w, "decoder1") + h1)
    y0 = silu(_convolve(_up(y1), w, "decoder0") + h0)
    modulus, phase = _heads(y0, w)
    return torch.polar(2 * torch.sigmoid(modulus), math.pi * torch.tanh(phase)).permute(0, 2, 3, 1)


def projection(amplitude: torch.Tensor, probe: torch.Tensor, scale: float | torch.Tensor) -> torch.Tensor:
    """The update (B, C, N, N) of a transparent object by one projection on the moduli ``amplitude`` (B, C, N, N)."""
    far = torch.fft.fft2(probe, norm="ortho")
    light = power(far).sum(dim=0)
    direction = far / (light + DAMPING * light.mean()).sqrt()
    # The wave is linear in 1 / scale, so the transform is taken of what no scale has touched.
    waves = _inverse(torch.fft.ifftshift(amplitude, dim=(2, 3))[:, :, None] * direction)
    lit = power(probe)
    strength = lit.mean(dim=(1, 2)).sum()
    return (waves * probe.conj()).sum(dim=2) / (scale * strength) - lit.sum(dim=0) / strength


def power(wave: torch.Tensor) -> torch.Tensor:
    """``|wave|^2``, with a gradient where it is 0."""
    squared: torch.Tensor = wave.real.square() + wave.imag.square()
    return squared


def by_name(weights: torch.Tensor, channels: int) -> Named:
    """The arrays that a flat vector (W,) holds, as views."""
    table = parameters(channels, width_of(len(weights), channels))
    parts = weights.split([one.stop - one.start for one in table])
    return {one.name: part.reshape(one.shape) for one, part in zip(table, parts, strict=True)}


def _inverse(waves: torch.Tensor) -> Any:
    # MKL has no transform of an empty batch.
    return torch.fft.ifft2(waves, norm="ortho") if len(waves) else waves


def _convolve(x: torch.Tensor, weights: Named, name: str) -> torch.Tensor:
    return conv2d(x, weights[f"{name}.kernel"], weights.get(f"{name}.bias"), padding=1)


def _heads(x: torch.Tensor, weights: Named) -> tuple[torch.Tensor, torch.Tensor]:
    """The last two convolutions as one: with so few channels each alone takes longer than both together."""
    kernels = torch.cat([weights["modulus.kernel"], weights["phase.kernel"]])
    modulus, phase = conv2d(x, kernels, padding=1).chunk(2, dim=1)
    return modulus + weights["modulus.bias"][:, None, None], phase


def _up(x: torch.Tensor) -> torch.Tensor:
    """Each pixel 2 x 2 times."""
    return x.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
