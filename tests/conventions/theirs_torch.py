"""Two functions of a stranger's in PyTorch: channels first, [row, col] in metres, complex as two channels."""

from __future__ import annotations

from typing import Any

import torch

#: Metres; a power of two loses no digits.
PIXEL = 2.0**-24


def shift(images: Any, offsets: Any) -> Any:
    """``images`` (B, C, H, W) moved by ``offsets`` (B, 2), [row, col] in metres: down and to the right."""
    height, width = images.shape[-2:]
    pixels = offsets / PIXEL
    down, across = pixels[:, 0], pixels[:, 1]
    rows = torch.arange(height, device=images.device) - down[:, None]
    columns = torch.arange(width, device=images.device) - across[:, None]
    moved = 0
    for r, weight_r in _neighbours(rows):
        for c, weight_c in _neighbours(columns):
            inside = ((r >= 0) & (r < height))[:, :, None] & ((c >= 0) & (c < width))[:, None, :]
            r_in, c_in = r.clamp(0, height - 1).long(), c.clamp(0, width - 1).long()
            items = torch.arange(len(images), device=images.device)[:, None, None]
            picked = images.movedim(1, -1)[items, r_in[:, :, None], c_in[:, None, :]].movedim(-1, 1)
            weight = weight_r[:, :, None] * weight_c[:, None, :] * inside
            moved = moved + picked * weight[:, None]
    return moved


def _neighbours(places: Any) -> Any:
    low = places.floor()
    part = places - low
    return (low, 1 - part), (low + 1, part)


def far_field(psi: Any) -> Any:
    """Amplitudes (B, C, N, N) of waves ``psi`` (B, P, C, 2, N, N) of real and imaginary part."""
    wave = torch.complex(psi[:, :, :, 0], psi[:, :, :, 1])
    far = torch.fft.fftshift(torch.fft.fft2(wave, norm="ortho"), dim=(-2, -1))
    power = (far.real**2 + far.imag**2).sum(1)
    lit = power > 0
    return torch.where(lit, torch.where(lit, power, 1).sqrt(), 0)
