"""The three layouts of a stack of patches."""

from __future__ import annotations

import torch


def layout(images: torch.Tensor, source: str, target: str, gridsize: int) -> torch.Tensor:
    """``images`` between grid (B, g, g, N, N, 1), channel (B, N, N, C) and flat (B*C, N, N, 1), C = g^2."""
    result = _from_stack(_to_stack(images, source, gridsize), target, gridsize)
    # A copy even where nothing moves: a result must not share memory with what went in.
    return result.clone(memory_format=torch.contiguous_format)


def _to_stack(images: torch.Tensor, source: str, gridsize: int) -> torch.Tensor:
    """As (B, C, N, N)."""
    if source == "channel":
        return images.permute(0, 3, 1, 2)
    rows, columns = images.shape[-3:-1]
    batch = images.shape[0] // gridsize**2 if source == "flat" else images.shape[0]
    return images.reshape(batch, gridsize**2, rows, columns)


def _from_stack(stack: torch.Tensor, target: str, gridsize: int) -> torch.Tensor:
    batch, channels, rows, columns = stack.shape
    if target == "channel":
        return stack.permute(0, 2, 3, 1)
    if target == "flat":
        return stack.reshape(batch * channels, rows, columns, 1)
    return stack.reshape(batch, gridsize, gridsize, rows, columns, 1)
