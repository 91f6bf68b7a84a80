"""Groups of neighbouring scan positions."""

from __future__ import annotations

import torch

#: Pairs of positions sorted at a time, so that memory grows with M and not with M squared.
_PAIRS = 2**22


def group(
    positions: torch.Tensor, gridsize: int, neighbours: int | None = None, draws: torch.Tensor | None = None
) -> dict[str, torch.Tensor]:
    """Each position with its nearest, or with those of its ``neighbours`` nearest that ``draws`` picks.

    ``positions`` (M, 2) float64 [x, y] in pixels, ``draws`` (M, R, C-1). Gives ``indices`` (G, C) int64,
    ``coords_offsets`` (G, 1, 2, 1), the means, and ``coords_relative`` (G, 1, 2, C), mean less position.
    """
    channels = gridsize**2
    seeds = torch.arange(len(positions), device=positions.device)[:, None]
    if draws is None:
        indices = torch.cat([seeds, _nearest(positions, channels - 1)], dim=1)
    else:
        picked = _nearest(positions, neighbours or 0).gather(1, draws.flatten(1)).reshape(draws.shape)
        indices = torch.cat([seeds[:, None].expand(-1, draws.shape[1], 1), picked], dim=2).flatten(0, 1)
    grouped = positions[indices].transpose(1, 2)[:, None]
    offsets = grouped.mean(dim=3, keepdim=True)
    return {"indices": indices, "coords_offsets": offsets, "coords_relative": -(grouped - offsets)}


def _nearest(positions: torch.Tensor, count: int) -> torch.Tensor:
    """The ``count`` others nearest to each position, (M, count), by (squared distance, index)."""
    total = len(positions)
    if count == 0:
        return torch.empty((total, 0), dtype=torch.int64, device=positions.device)
    rows = max(1, _PAIRS // total)
    return torch.cat([_nearest_rows(positions, slice(i, i + rows), count) for i in range(0, total, rows)])


def _nearest_rows(positions: torch.Tensor, rows: slice, count: int) -> torch.Tensor:
    difference = positions[rows, None] - positions
    x, y = difference.unbind(-1)
    # Two products and a sum, each rounded: a fused multiply-add would break the ties of a raster.
    distance = x * x
    distance = distance + y * y
    seeds = torch.arange(len(positions), device=positions.device)[rows, None]
    # Below any distance, so that the seed sorts first even among positions that coincide with it.
    distance = distance.scatter(1, seeds, -1.0)
    return distance.sort(dim=1, stable=True).indices[:, 1 : count + 1]
