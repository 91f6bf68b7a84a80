"""Bilinear interpolation on images with a margin: what sampling and stitching share.

Every image or canvas has a margin one pixel wide. What lies outside is read from the margin, which is zero,
or added to it and cropped. So no shape depends on a value, and the kernels run on the ``meta`` device too.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch.nn.functional import pad

#: Pixels worked on at a time: some megabytes, so that the passes over them stay in a processor's cache.
_BLOCK_PIXELS = 2**18


def blocks(count: int, pixels: int, size: int | None = None) -> Iterator[slice]:
    """Slices of ``count`` items of ``pixels`` each, ``size`` at a time if given; one empty for no items."""
    size = size or max(1, _BLOCK_PIXELS // pixels)
    return (slice(start, start + size) for start in range(0, max(1, count), size))


def with_margin(images: torch.Tensor) -> torch.Tensor:
    """(Q, H, W) with zeros around, (Q, H + 2, W + 2)."""
    return pad(images, (1, 1, 1, 1))


def split(coordinate: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """A float64 coordinate as a whole pixel and a fraction in [0, 1], both float64."""
    whole = coordinate.floor()
    return whole, coordinate - whole


def lines(first: torch.Tensor, count: int, extent: int) -> torch.Tensor:
    """(Q, count) indices of rows or columns from ``first`` (Q,) on, in an image of ``extent`` and margin."""
    # Held at the far side of the margin before the cast: a float64 beyond 2**63 has no integer.
    start = first.clamp(-count, extent).to(torch.int64)
    steps = torch.arange(count, device=first.device)
    return (start[:, None] + steps).clamp(-1, extent) + 1


def interpolate(
    tiles: torch.Tensor, down: torch.Tensor, right: torch.Tensor, out: torch.Tensor | None = None
) -> torch.Tensor:
    """(Q, h, w) of ``tiles`` (Q, h + 1, w + 1), at the fractions (Q,) from each pixel to the next.

    Written into ``out`` if given, which is contiguous and has no gradient.
    """
    parts = torch.view_as_real(tiles).flatten(2) if tiles.is_complex() else tiles
    step = 2 if tiles.is_complex() else 1
    if out is not None and out.is_complex():
        out = torch.view_as_real(out).flatten(2)
    down, right = (weight.to(parts.dtype)[:, None, None] for weight in (down, right))
    parts = torch.lerp(parts[:, :-1], parts[:, 1:], down)
    parts = torch.lerp(parts[:, :, :-step], parts[:, :, step:], right, out=out)
    if not tiles.is_complex():
        return parts
    return torch.view_as_complex(parts.unflatten(2, (tiles.shape[2] - 1, 2)))
